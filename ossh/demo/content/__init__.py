"""What the buckets hold: bytes, objects, the built-in story, real folders."""
