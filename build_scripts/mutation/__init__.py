"""What mutants.py does: small faults on purpose, each of which a test has to notice."""
