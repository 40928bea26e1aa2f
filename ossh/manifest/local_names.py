"""Which key gets which local name: conflicts between keys are settled by arrival.

Two names conflict when they are equal as the disk compares them, or when one is a file and the
other needs a folder of that name. The later key gives way, by `paths.alternative`; when a folder
is in the way, the folder of the later key is renamed, the same way for all keys below it. So it is
where a name would be that of a file of ossh's own. The manifest is the record, so a name given once
stays.

A row takes a name in one of two ways: by its column `name` or, as most rows do, by its key, which
then is the text `base` and the name. So keys in order need only one index.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing

from ossh.manifest import schema
from ossh.manifest.entry_queries import base_of
from ossh.paths import NameRules, alternative, ancestors, folded

AreOwn = Callable[[Sequence[str]], bool]
"""Tells whether any of some paths is to stay ossh's own."""

_AFTER_SLASH = "0"  # the character after "/": what lies in folder x is >= "x/" and < "x0"


def assign_paths(
    connection: sqlite3.Connection,
    candidates: Sequence[tuple[str, str]],
    rules: NameRules,
    are_own: AreOwn,
) -> list[str]:
    """Return the final path of each (key, path), in order; see `Manifest.claim`."""
    if not candidates:
        return []
    wanted = [path for _, path in candidates]
    names = _TakenNames(connection, rules, wanted, are_own)
    if names.are_all_free(wanted):
        return wanted
    return [names.take(key, path) for key, path in candidates]


def distinct_paths(
    candidates: Sequence[tuple[str, str]], rules: NameRules, are_own: AreOwn
) -> list[str]:
    """Return the final path of each (key, path), in order, for what gets no rows."""
    with closing(sqlite3.connect(":memory:")) as empty:
        schema.build(empty, {})
        return assign_paths(empty, candidates, rules, are_own)


class _TakenNames:
    """The names taken so far: by rows of the manifest, and by this call.

    `paths`, at least one, are what will be asked for. When no row has a name between the first and
    the last of them, as for most pages of a listing in key order, the rows are not queried again.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        rules: NameRules,
        paths: Sequence[str],
        are_own: AreOwn,
    ) -> None:
        self._connection = connection
        self._base = base = base_of(connection)
        self._rules = rules
        self._are_own = are_own
        self._names: set[str] = set()  # taken by this call; a folder's ends in "/"
        self._folders: set[str] = set()  # known to be no files
        folds = rules.fold_case or rules.fold_form
        self._wanted = [folded(path, rules) for path in paths] if folds else paths
        self._first = min(self._wanted)
        self._end = max(name + _AFTER_SLASH for name in self._wanted)
        if connection.execute(
            "SELECT 1 FROM entries WHERE key >= ? AND key < ?"
            " UNION ALL SELECT 1 FROM entries WHERE name >= ? AND name < ? LIMIT 1",
            (base + self._first, base + self._end, self._first, self._end),
        ).fetchone():
            self._end = self._first  # nothing is known to be free

    def are_all_free(self, paths: Sequence[str]) -> bool:
        """Return whether all can have the paths they want; False where that takes a closer look."""
        names = set(self._wanted)
        if self._end == self._first or len(names) < len(paths):
            return False
        parents = {path.rpartition("/")[0] for path in paths}
        folders = {above for parent in parents if parent for above in ancestors(parent + "/x")}
        if self._are_own(paths) or self._are_own(tuple(folders)):
            return False
        names_of_folders = {folded(folder, self._rules) for folder in folders}
        return names.isdisjoint(names_of_folders) and not any(map(self._has_row, names_of_folders))

    def take(self, key: str, path: str) -> str:
        """Give a key its path, or another one that is free and always the same."""
        wanted, salted = path, key
        while True:
            path = self._clear_of_files(path)
            name = folded(path, self._rules)
            if not self._are_own([path]) and self._is_free(name):
                self._names.add(name)
                return path
            path = self._other(wanted, salted)
            salted += "\n"  # for the next time, if even that is taken

    def _clear_of_files(self, path: str) -> str:
        """Return the path with each folder renamed whose name a file has."""
        for folder in ancestors(f"{path}x"):  # a folder is its own
            name = folded(folder, self._rules)
            if name in self._folders:
                continue
            if name in self._names or self._are_own([folder]) or self._has_row(name):
                return self._clear_of_files(self._renamed(folder) + path[len(folder) :])
            self._folders.add(name)
        return path

    def _renamed(self, folder: str) -> str:
        """Return another name for a folder, the same one for all that is below it."""
        salted = f"{folder}/"
        while True:
            other = self._other(folder, salted)
            name = folded(other, self._rules)
            if name not in self._names and not self._has_row(name):
                return other
            salted += "\n"

    def _other(self, path: str, salted: str) -> str:
        """Return another path for one that is taken, or that is to stay ossh's own."""
        is_own = self._are_own([path])
        return alternative(path, salted, self._rules, keeps_extension=not is_own)

    def _is_free(self, name: str) -> bool:
        if name in self._names or name in self._folders or self._has_row(name):
            return False
        if name.endswith("/"):
            return True
        return not self._has_rows(name + "/", name + _AFTER_SLASH)

    def _has_row(self, name: str) -> bool:
        return self._has_rows(name, f"{name}\0")  # no other name is between these

    def _has_rows(self, start: str, end: str) -> bool:
        if self._first <= start and end <= self._end:
            return False
        rows = self._connection.execute(
            "SELECT 1 FROM entries WHERE name >= ? AND name < ?"
            " UNION ALL SELECT 1 FROM entries WHERE key >= ? AND key < ? AND name IS NULL LIMIT 1",
            (start, end, self._base + start, self._base + end),
        )
        return rows.fetchone() is not None
