"""The Kubernetes API as the instrument uses it."""
