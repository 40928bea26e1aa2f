"""What was listed, for a while and as far as there is room: fsspec's own grows without end."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, Final

from ossh.fsspec.levels import Info

_MOST: Final = 10_000  # levels; of most paths that were looked at, one entry is all


class Remembered(MutableMapping[str, list[Info]]):
    """Levels by their paths; the oldest go first. Threads may share it.

    The arguments are those of fsspec's `DirCache` (an expiry time in seconds), and a clock in
    seconds. Without `max_paths` as many levels as usual are remembered.
    """

    def __init__(
        self,
        *,
        use_listings_cache: bool = True,
        listings_expiry_time: float | None = None,
        max_paths: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        **others: Any,  # noqa: ANN401, ARG002 - each has its own type
    ) -> None:
        self.use_listings_cache = use_listings_cache
        self.listings_expiry_time = listings_expiry_time
        self.max_paths = max_paths or _MOST
        self._clock = clock
        self._levels = OrderedDict[str, tuple[float, list[Info]]]()  # with when each was set

    def __getitem__(self, path: str) -> list[Info]:
        since, level = self._levels[path]
        seconds = self.listings_expiry_time
        if seconds is not None and self._clock() - since > seconds:
            self._levels.pop(path, None)
            raise KeyError(path)
        return level

    def __setitem__(self, path: str, level: list[Info]) -> None:
        if not self.use_listings_cache:
            return
        self._levels.pop(path, None)  # the newest is the last
        self._levels[path] = self._clock(), level
        while len(self._levels) > self.max_paths:
            self._levels.popitem(last=False)

    def __delitem__(self, path: str) -> None:
        del self._levels[path]

    def clear(self) -> None:
        self._levels.clear()

    def pop(self, path: str, default: Any = None) -> Any:  # noqa: ANN401 - as of a dict
        """Remove a level, and return it, or the default where there is none."""
        found = self._levels.pop(path, None)
        return default if found is None else found[1]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._levels))

    def __len__(self) -> int:
        return len(self._levels)
