"""Where histories come from: kind, any PostgreSQL by its DSN."""
