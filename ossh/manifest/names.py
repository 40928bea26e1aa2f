"""Which key gets which local name: conflicts between keys are settled by arrival.

Two names are in conflict when they are equal as the disk compares them, or when one is a file and
the other needs a folder of that name. The later key yields, by `paths.alternative`; when a folder
is in the way, the folder of the later key is renamed, the same way for all keys below it. The
manifest is the record, so a name given once stays.
"""

import sqlite3
from collections.abc import Sequence

from ossh.manifest.schema import NAME
from ossh.paths import NameRules, alternative, ancestors, folded

_VARIABLES = 500  # in one statement; old builds of SQLite allow 999
_AFTER_SLASH = "0"  # the character after "/": what lies in folder x is >= "x/" and < "x0"


def settle(
    connection: sqlite3.Connection, candidates: Sequence[tuple[str, str]], rules: NameRules
) -> list[str]:
    """Return the final path of each (key, path), in order; see `Manifest.claim`."""
    known = _known_paths(connection, [key for key, _ in candidates])
    names = _Names(connection, rules, [path for key, path in candidates if key not in known])
    paths = []
    for key, path in candidates:
        if key not in known:
            known[key] = names.take(key, path)
        paths.append(known[key])
    return paths


def _known_paths(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, str]:
    """Return the paths of those keys that have a row; most pages have none, in one look."""
    if (
        not keys
        or not connection.execute(
            "SELECT 1 FROM objects WHERE key BETWEEN ? AND ? LIMIT 1", (min(keys), max(keys))
        ).fetchone()
    ):
        return {}
    known: dict[str, str] = {}
    for start in range(0, len(keys), _VARIABLES):
        some = keys[start : start + _VARIABLES]
        marks = ",".join("?" * len(some))
        known.update(
            connection.execute(f"SELECT key, path FROM objects WHERE key IN ({marks})", some)
        )
    return known


class _Names:
    """The names taken so far: by rows of the manifest, and by this call.

    Args:
        connection: The manifest.
        rules: How the disk compares names.
        paths: What will be asked for. When no row has a name between the first and the last of
            them, as for most pages of a listing in key order, the rows need no further look.
    """

    def __init__(
        self, connection: sqlite3.Connection, rules: NameRules, paths: Sequence[str]
    ) -> None:
        self._connection = connection
        self._rules = rules
        self._names: set[str] = set()  # taken by this call; a folder's ends in "/"
        self._folders: set[str] = set()  # known to be no files
        self._parent: str | None = None  # the last folder looked at, with all above it
        wanted = [folded(path, rules) for path in paths]
        self._first = min(wanted, default="")
        self._end = max((name + _AFTER_SLASH for name in wanted), default="")
        if connection.execute(
            f"SELECT 1 FROM objects WHERE {NAME} >= ? AND {NAME} < ? LIMIT 1",
            (self._first, self._end),
        ).fetchone():
            self._end = self._first  # nothing is known to be free

    def take(self, key: str, path: str) -> str:
        """Give a key its path, or a stable other one that is free."""
        wanted, salted = path, key
        while True:
            path = self._clear_of_files(path)
            name = folded(path, self._rules)
            if self._is_free(name):
                self._names.add(name)
                return path
            path = alternative(wanted, salted, self._rules)
            salted += "\n"  # for the next time, if even that is taken

    def _clear_of_files(self, path: str) -> str:
        """Return the path with each folder renamed whose name a file has."""
        parent = path.rpartition("/")[0]
        if parent == self._parent:
            return path
        for folder in ancestors(path + "x" if path.endswith("/") else path):
            name = folded(folder, self._rules)
            if name in self._folders:
                continue
            if name in self._names or self._has_row(name):
                return self._clear_of_files(self._renamed(folder) + path[len(folder) :])
            self._folders.add(name)
        self._parent = parent
        return path

    def _renamed(self, folder: str) -> str:
        """Return another name for a folder, the same one for all that is below it."""
        salted = f"{folder}/"
        while True:
            other = alternative(folder, salted, self._rules)
            name = folded(other, self._rules)
            if name not in self._names and not self._has_row(name):
                return other
            salted += "\n"

    def _is_free(self, name: str) -> bool:
        if name in self._names or name in self._folders or self._has_row(name):
            return False
        if name.endswith("/"):
            return True
        return not self._has_rows(name + "/", name + _AFTER_SLASH)

    def _has_row(self, name: str) -> bool:
        if self._first <= name < self._end:
            return False
        row = self._connection.execute(f"SELECT 1 FROM objects WHERE {NAME} = ?", (name,))
        return row.fetchone() is not None

    def _has_rows(self, start: str, end: str) -> bool:
        if self._first <= start and end <= self._end:
            return False
        rows = self._connection.execute(
            f"SELECT 1 FROM objects WHERE {NAME} >= ? AND {NAME} < ? LIMIT 1", (start, end)
        )
        return rows.fetchone() is not None
