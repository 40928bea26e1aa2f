"""What ossh says to a person beside its results, and what it asks them."""
