"""Gives you a Kubernetes cluster with the platform on it: kind, from pulled or self-built images."""
