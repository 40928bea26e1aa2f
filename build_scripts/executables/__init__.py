"""What build.py does: executables of ossh that need no Python, and what belongs beside them."""
