"""What runs inside the postgres and pgpool images: the node agent, the pool agent and `ha status`."""
