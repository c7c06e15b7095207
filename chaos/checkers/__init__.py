"""Pure judgements over a stored history: a function for every promise, and `judge` over all of them."""
