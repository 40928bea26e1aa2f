"""What dependencies.py does: which packages ossh needs, and what each system installs."""
