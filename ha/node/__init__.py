"""The node agent: PID 1 beside PostgreSQL, decides how it starts, whom it follows and when it may lead."""
