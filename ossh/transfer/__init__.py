"""Runs a job: plans, fetches in two rounds, proves and records."""
