"""Finds out what keeps a download from working, and says what to do about it."""
