"""Eyes and a hand on a node that nobody can reach from outside."""
