"""What windows.py does: a Windows to run on, a Python for it, and the tests."""
