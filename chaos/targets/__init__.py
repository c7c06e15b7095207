"""Where histories come from: kind, GKE, any PostgreSQL by its DSN."""
