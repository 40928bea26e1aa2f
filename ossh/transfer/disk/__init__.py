"""The folder on this machine: what is there, what may be replaced, and how files arrive."""
