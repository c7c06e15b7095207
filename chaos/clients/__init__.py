"""Clients: what somebody tries to do with the database, on a schedule, and how each try ends."""
