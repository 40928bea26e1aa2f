"""What build.py does: executables of ossh that need no Python, with their accompanying files."""
