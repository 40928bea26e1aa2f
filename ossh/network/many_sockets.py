"""Waits for any number of sockets where Python's `select` takes some hundred at once: on Windows.

A job has 512 connections at its defaults, and while they are made, each may have two sockets under
way, one for each family of addresses.
"""

import selectors
import sys
import time

MOST_AT_ONCE = 512  # FD_SETSIZE of Python for Windows
_PAUSE_SECONDS = 0.01


class ManySockets(selectors.SelectSelector):
    """A selector that looks at sockets in groups once there are more than `select` takes.

    Then it may return after a moment although nothing is ready yet: whoever calls it calls again.
    """

    def __init__(self, most_at_once: int = MOST_AT_ONCE) -> None:
        super().__init__()
        self._most_at_once = most_at_once

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the sockets that are ready, and for what."""
        keys = list(self.get_map().values())
        most = self._most_at_once
        if len(keys) <= most:
            return super().select(timeout)
        groups = [keys[start : start + most] for start in range(0, len(keys), most)]
        if not (ready := _ready(groups)):
            time.sleep(_PAUSE_SECONDS if timeout is None else min(timeout, _PAUSE_SECONDS))
            ready = _ready(groups)
        return ready


def new_selector() -> selectors.BaseSelector:
    """Return what waits for any number of sockets on this system."""
    if sys.platform == "win32":
        return ManySockets()
    return selectors.DefaultSelector()


def _ready(groups: list[list[selectors.SelectorKey]]) -> list[tuple[selectors.SelectorKey, int]]:
    ready = []
    for group in groups:
        with selectors.SelectSelector() as selector:
            for key in group:
                selector.register(key.fileobj, key.events, key.data)
            ready += selector.select(0)
    return ready
