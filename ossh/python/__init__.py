"""ossh from Python: its functions, and how it speaks to a program: errors, hints, progress."""
