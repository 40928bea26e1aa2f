"""Saved jobs: which one a request means, what state each is in, and what may be done with it."""
