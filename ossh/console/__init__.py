"""How ossh speaks and asks: a console over the standard streams, and what is written to it."""
