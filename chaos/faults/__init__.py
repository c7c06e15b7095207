"""What can be broken, and put right again."""
