"""Archived objects: OSS is asked to thaw them, and asked again until they can be read."""
