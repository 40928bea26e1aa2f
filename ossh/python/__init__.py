"""How ossh speaks to a program: its errors, its hints, its progress."""
