"""What can be asked about the entries of a manifest, by its writer and its readers alike."""

import json
import sqlite3
from abc import ABC, abstractmethod
from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ossh.errors import ManifestError
from ossh.manifest.database import damaged
from ossh.manifest.former import HOLDER, IS_GONE
from ossh.manifest.rows import (
    ENTRY_COLUMNS,
    FILE_COLUMNS,
    PART_COLUMNS,
    checked,
    entry_of,
    files_of,
    part_of,
)
from ossh.manifest.schema import IS_AT_TARGET, IS_MISSING, one_of
from ossh.manifest.values import LEFT_CODE, FileRow
from ossh.model import MISSING, Entry, Part, Status
from ossh.printable import printable

PAGE = 1000  # rows in memory while something walks through all of them
_PENDING = (
    f"SELECT json_group_array(json_array({ENTRY_COLUMNS})) FROM (SELECT {ENTRY_COLUMNS}"
    " FROM entries WHERE status = 'pending' AND (attempts > 0) = ? AND row > ?{}"
    " ORDER BY row LIMIT ?)"
)
_IS_LEFT = f"{IS_MISSING} AND status = 'gone' AND error_code = '{LEFT_CODE}'"
_NO_LINKS = " AND type IS NOT 'Symlink'"
_AMONG = "IN (SELECT value FROM json_each(?))"

Kinds = Sequence[type | tuple[type, ...]]


class EntryQueries(ABC):
    """Questions about entries; a subclass says how the manifest's file is opened."""

    path: Path  # of the manifest's file

    @abstractmethod
    def _connected(self) -> AbstractContextManager[sqlite3.Connection]:
        """Lend a connection for one question, and translate what sqlite3 raises meanwhile."""

    def damaged(self, what: str) -> ManifestError:
        """Return the error for a remembered value that no ossh wrote."""
        return damaged(self.path, printable(what))

    def _rows(
        self, table: str, kinds: Kinds, select: str, *values: str | float
    ) -> list[tuple[Any, ...]]:
        """Return the rows of an answer, whose columns have to be of these types."""
        with self._connected() as db:
            return [checked(table, row, *kinds) for row in db.execute(select, values)]

    def _number(self, table: str, select: str) -> int:
        return int(self._rows(table, (int,), f"SELECT coalesce(({select}), 0)")[0][0])

    def entry(self, key: str) -> Entry | None:
        """Return the entry of a key, with its parts, or None."""
        with self._connected() as db:
            return entry_with(db, key)

    def entries_at(self, rows: Sequence[int]) -> list[Entry]:
        """Return the entries of some rows, without parts, in no order."""
        return self._chosen(f"WHERE row {_AMONG}", json.dumps(rows))

    def file_of(self, key: str) -> str:
        """Return the local path of the file that a key has, or will have; "" when it has none.

        A folder is no file, nor is a symlink, nor what was deleted since.
        """
        found = self.entry(key)
        if found is None or found.is_symlink or found.status is Status.GONE:
            return ""
        return "" if found.path.endswith("/") else found.path

    def entries_named(self, names: Sequence[str]) -> dict[str, Entry]:
        """Return the entries that have some local names, as the disk compares them, by these.

        `paths.folded` gives such names.
        """
        with self._connected() as db:
            base = base_of(db)
            by_column = entries_with(db, "name", f"WHERE name {_AMONG}", json.dumps(names))
            keys = json.dumps([base + name for name in names])
            by_key = entries_with(db, "NULL", f"WHERE key {_AMONG} AND name IS NULL", keys)
            return {str(name or one.path): one for one, name in by_column + by_key}

    def has_former(self) -> bool:
        """Return whether anything was put aside."""
        return bool(self._rows("former", (int,), "SELECT 1 FROM former LIMIT 1"))

    def former_named(self, names: Sequence[str]) -> dict[str, Entry]:
        """Return what was put aside and has some local names, as `entries_named` does."""
        where = f"WHERE name {_AMONG}"
        with self._connected() as db:
            found = entries_with(db, "name", where, json.dumps(names), table="former")
            return {str(name): one for one, name in found}

    def displaced(self) -> Iterator[list[tuple[Entry, Entry | None]]]:
        """Yield what was put aside, and whose object is gone, with the entry that has its place.

        Their paths may differ in what a disk may not tell apart. If the object has come to another
        place, and no entry has this one, it comes with that. It comes a page at a time.
        """
        row, condition = 0, f"{IS_GONE} AND {HOLDER} IS NOT NULL"
        while page := self._former(str(row), PAGE, condition):
            yield page
            row = page[-1][0].row

    def _former(
        self, after: str, limit: int, condition: str = "true"
    ) -> list[tuple[Entry, Entry | None]]:
        """Return the next rows that were put aside, each with the entry that has its place."""
        rest = f"WHERE row > {after} AND {condition} ORDER BY row LIMIT ?"
        with self._connected() as db:
            page = entries_with(db, HOLDER, rest, limit, table="former")
        rows = [int(str(row)) for _, row in page if row is not None]
        holders: dict[object, Entry] = {one.row: one for one in self.entries_at(rows)}
        return [(one, holders.get(row)) for one, row in page]

    def largest(self, limit: int) -> list[Entry]:
        """Return the largest entries, without parts; this reads all rows."""
        return self._chosen("ORDER BY size DESC, row LIMIT ?", limit)

    def pending(
        self, after_row: int, limit: int, *, tried: bool, with_links: bool = True
    ) -> list[Entry]:
        """Return the next pending entries after a row, 0 to begin, with their finished parts.

        Those that were `tried` have charged attempts, the others none. All rows come as one text:
        sqlite3 gives the interpreter's lock up for each step, and in a run flat out would wait for
        it again and again.
        """
        statement = _PENDING.format("" if with_links else _NO_LINKS)
        with self._connected() as db:
            text = db.execute(statement, (tried, after_row, limit)).fetchone()[0]
            rows = sorted(json.loads(text))
            base, parts = base_of(db), _parts(db, [row[1] for row in rows])
            return [entry_of(row, base, tuple(parts.get(row[1], ()))) for row in rows]

    def page(
        self, after_row: int, limit: int, statuses: Collection[Status] = MISSING
    ) -> list[Entry]:
        """Return the next entries of some statuses after a row, 0 to begin, without their parts.

        Fewer than `limit` mean that there are no more.
        """
        rest = f"WHERE row > ? AND {_condition(statuses)} ORDER BY row LIMIT ?"
        return self._chosen(rest, after_row, limit)

    def entries(self, statuses: Collection[Status] = tuple(Status)) -> Iterator[Entry]:
        """Yield all entries of some statuses in order of rows, without parts, a page at a time.

        What is recorded in between is seen by the pages that follow.
        """
        return self._walk(_condition(statuses))

    def in_key_order(self) -> Iterator[Entry]:
        """Yield all entries in the order of their keys' bytes, without parts, a page at a time."""
        key = ""
        while page := self._chosen("WHERE key > ? ORDER BY key LIMIT ?", key, PAGE):
            yield from page
            key = page[-1].key

    def not_at_target(self) -> Iterator[Entry]:
        """Yield every entry that failed, is archived or gone; found by index among millions."""
        return self.entries(MISSING)

    def left_here(self) -> Iterator[Entry]:
        """Yield the entries whose object a finished listing no longer had, and whose file is left.

        What was put aside is only among them once a mirror takes it back.
        """
        return self._walk(_IS_LEFT)

    def folders_left(self) -> Iterator[Entry]:
        """Yield those of `left_here` that are folders, the inner ones first, a page at a time."""
        path = "coalesce(path, substr(key, ?))"
        with self._connected() as db:
            start = len(base_of(db)) + 1
            found = db.execute(
                f"SELECT row FROM entries WHERE {_IS_LEFT} AND {path} LIKE '%/'"
                f" ORDER BY {path} DESC",
                (start, start),
            )
            rows = array("q", (row for (row,) in found))  # where an entry takes 100 times as much
        for first in range(0, len(rows), PAGE):
            page = self.entries_at(list(rows[first : first + PAGE]))
            yield from sorted(page, key=lambda one: one.path, reverse=True)

    def count_left(self) -> int:
        """Return how many files are left whose object a finished listing no longer had."""
        left = f"SELECT count(*) FROM entries WHERE {_IS_LEFT}"
        former = f"SELECT count(*) FROM former WHERE {IS_GONE}"
        return self._number("entries", f"SELECT ({left}) + ({former})")

    def last_finished(self, now: float) -> float:
        """Return when the last file was fetched, in epoch seconds; 0 when none was.

        What a wrong clock dated after `now` counts only where there is no other. This reads all
        rows.
        """
        select = (
            "SELECT coalesce(max(CASE WHEN finished <= ? THEN finished END), max(finished), 0)"
            " FROM entries WHERE status = 'done'"
        )
        return float(self._rows("entries", ((int, float),), select, now)[0][0])

    def finished_since(self, moment: float) -> Iterator[Entry]:
        """Yield what was fetched at a moment, in epoch seconds, or later; this reads all rows."""
        return self._walk("status = 'done' AND finished >= ?", moment)

    def _chosen(self, rest: str, *values: str | float) -> list[Entry]:
        """Return the entries that the rest of a statement chooses, without their parts."""
        with self._connected() as db:
            return [one for one, _ in entries_with(db, "NULL", rest, *values)]

    def _walk(self, condition: str, *values: float) -> Iterator[Entry]:
        for page in self._pages("NULL", condition, *values):
            for entry, _ in page:
                yield entry

    def _pages(
        self, column: str, condition: str, *values: float
    ) -> Iterator[list[tuple[Entry, object]]]:
        """Yield the entries that a condition holds for, in order of rows, with one more column."""
        row, rest = 0, f"WHERE row > ? AND {condition} ORDER BY row LIMIT ?"
        while True:
            with self._connected() as db:
                page = entries_with(db, column, rest, row, *values, PAGE)
            if not page:
                return
            yield page
            row = page[-1][0].row

    def files(self) -> Iterator[list[FileRow]]:
        """Yield the files of done and skipped rows, a page of plain tuples at a time."""
        select = f"SELECT {FILE_COLUMNS} FROM entries WHERE row > ? AND {IS_AT_TARGET}"
        row = 0
        while True:
            with self._connected() as db:
                rows = db.execute(f"{select} ORDER BY row LIMIT ?", (row, PAGE)).fetchall()
                page = files_of(rows, base_of(db))
            if not page:
                return
            yield page
            row = page[-1][0]


def meta(db: sqlite3.Connection, name: str) -> str:
    """Return a remembered text, "" when none has that name."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return "" if row is None else str(checked("meta", row, str)[0])


def base_of(db: sqlite3.Connection) -> str:
    """Return what keys start with and plain paths do not, "" when no row needs it."""
    return meta(db, "base")


def entry_with(db: sqlite3.Connection, key: str) -> Entry | None:
    """Return the entry of a key, with its parts, or None."""
    row = db.execute(f"SELECT {ENTRY_COLUMNS} FROM entries WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    return entry_of(row, base_of(db), tuple(_parts(db, [key]).get(key, ())))


def _condition(statuses: Collection[Status]) -> str:
    """Return the condition for some statuses; for missing ones it is such that an index is used."""
    wanted = one_of(sorted(statuses))
    return f"{IS_MISSING} AND {wanted}" if set(statuses) <= set(MISSING) else wanted


def entries_with(
    db: sqlite3.Connection, column: str, rest: str, *values: str | float, table: str = "entries"
) -> list[tuple[Entry, object]]:
    """Return the entries that the rest of a statement chooses, each with one more column."""
    rows = db.execute(f"SELECT {column}, {ENTRY_COLUMNS} FROM {table} {rest}", values).fetchall()
    base = base_of(db)
    return [(entry_of(row[1:], base), row[0]) for row in rows]


def _parts(db: sqlite3.Connection, keys: Sequence[str]) -> dict[str, list[Part]]:
    """Return the finished parts of some objects, in order; most jobs have none at all."""
    parts: dict[str, list[Part]] = {}
    if not db.execute("SELECT 1 FROM parts LIMIT 1").fetchone():
        return parts
    for key in keys:
        for row in db.execute(
            f'SELECT {PART_COLUMNS} FROM parts WHERE key = ? ORDER BY "offset"', (key,)
        ):
            parts.setdefault(key, []).append(part_of(row))
    return parts
