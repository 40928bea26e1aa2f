"""What dependencies.py does: which packages ossh needs at run time, and what each system gets."""
