"""The parts of live.py: questions to a bucket, asked by ossh's own code."""
