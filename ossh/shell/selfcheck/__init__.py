"""Whether ossh works on this machine: `ossh --selfcheck`."""
