"""Writes the objects of a plan as one tar, in key order, while they arrive over many connections.

```
plan ▶ Order (pieces ahead, in order) ▶ pool ══ bodies in memory ══▶ Order ▶ Writer ══▶ stdout
```
"""
