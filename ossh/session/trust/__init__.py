"""Whether a job may be trusted: what is unusual about it, and who has vouched for it."""
