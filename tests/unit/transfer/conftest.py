"""Servers for one test."""

from tests.unit.network.peer import peer

__all__ = ["peer"]  # a fixture
