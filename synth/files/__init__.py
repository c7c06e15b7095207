"""Programs that travel in a ConfigMap; they use the standard library only."""
