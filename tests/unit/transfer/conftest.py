"""Servers for one test; see `tests.unit.network.peer`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.unit.network.peer import Peer, Script


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    """Start servers that serve connections by scripts."""
    with ExitStack() as ends:

        def start(*scripts: Script) -> Peer:
            return ends.enter_context(Peer(scripts))

        yield start
