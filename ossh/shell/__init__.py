"""Everything that knows cmd2, rich or alive-progress, and nothing else."""
