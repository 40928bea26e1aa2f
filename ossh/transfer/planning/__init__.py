"""Decides what a run will fetch: a job is resumed, and pages of its listing become rows."""
