"""How long downloads hold the interpreter's lock, and what one process can reach at most."""
