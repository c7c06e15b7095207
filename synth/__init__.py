"""Settings in, Kubernetes manifests out: `python -m synth` writes everything `kubectl apply -f` needs."""
