"""What is looked at again and again while something is broken, and written into the history."""
