"""What runs in the cluster when the runner cannot reach it from outside: clients, and their eyes on the servers."""
