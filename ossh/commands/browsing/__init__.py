"""The full-screen picker: what it shows and what keys do is pure, threads ask the bucket."""
