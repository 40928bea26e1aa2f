"""What a process left: files, the manifest's rows, partial files, the CSV.

The manifest is read as any SQLite client reads it, without any of ossh's own code.
"""

from __future__ import annotations

import contextlib
import csv
import os
import sqlite3
import struct
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chaos_run.process import Home
from chaos_run.versions import Version, version_of

WORK_FOLDER = ".ossh"
FAILED_LIST = ".oss-failed.csv"
TRAIL = "trail-"
_MARK = struct.Struct("<8x3Q32x")  # received; row, start and stop; the rest
PAGE = 4096  # bytes: a disk knows no better where data begins and ends

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the manifest's `objects`."""

    number: int
    key: str
    path: str
    size: int
    etag: str
    status: str
    attempts: int
    cause: str

    @property
    def is_here(self) -> bool:
        return self.status in {"done", "skipped"}


@dataclass(frozen=True, slots=True)
class Evidence:
    rows: dict[str, Row]  # by key
    parts: dict[str, int]  # bytes of finished parts, by key
    pieces: dict[str, int]  # number of parts and of marks in part journals, by key
    unrecorded: dict[str, int]  # bytes of partial files that no part or mark has, by key
    files: dict[str, Version]  # by path below the target
    folders: frozenset[str]  # likewise
    partials: tuple[str, ...]  # names in the job's own folder: numbers of rows
    has_work_folder: bool
    failed: dict[str, str] | None  # of the CSV, last error by key; None: there is none
    outcome: str | None  # of the last run; None: it was killed


def gather(home: Home) -> Evidence:
    rows, spans, outcome = _manifest(home.manifest)
    files, folders = tree(home.target)
    own = home.target / WORK_FOLDER
    marks = journal_spans(own)
    recorded = {row.key: [*spans.get(row.key, ()), *marks[row.number]] for row in rows.values()}
    partials = {path.name: path for path in own.glob("*/*") if not path.name.startswith(TRAIL)}
    return Evidence(
        rows=rows,
        parts={key: sum(stop - start for start, stop in found) for key, found in spans.items()},
        pieces={key: len(found) for key, found in recorded.items()},
        unrecorded={
            row.key: unrecorded(path, recorded[row.key])
            for row in rows.values()
            if (path := partials.get(str(row.number))) is not None
        },
        files=files,
        folders=frozenset(folders),
        partials=tuple(partials),
        has_work_folder=own.exists(),
        failed=_failed(home.target / FAILED_LIST),
        outcome=outcome,
    )


def _manifest(
    path: Path,
) -> tuple[dict[str, Row], dict[str, list[Span]], str | None]:
    """Return rows, the spans of parts, and how the last run ended; none if killed early."""
    if not path.exists():
        return {}, {}, None
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            found = database.execute(
                "SELECT row, key, path, size, etag, status, attempts, coalesce(cause, '') "
                "FROM objects"
            ).fetchall()
            parts = database.execute(
                'SELECT key, "offset", "offset" + length FROM parts'
            ).fetchall()
            last = database.execute("SELECT outcome FROM runs ORDER BY row DESC LIMIT 1").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return {}, {}, None
    spans: dict[str, list[Span]] = {}
    for key, start, stop in parts:
        spans.setdefault(key, []).append((start, stop))
    return {row[1]: Row(*row) for row in found}, spans, last and last[0]


def tree(target: Path) -> tuple[dict[str, Version], set[str]]:
    """Return files and folders below the target, without ossh's own."""
    files: dict[str, Version] = {}
    folders: set[str] = set()
    for root, inner, names in os.walk(target):
        below = Path(root).relative_to(target)
        if below == Path():
            inner[:] = [name for name in inner if name != WORK_FOLDER]
            names = [name for name in names if name != FAILED_LIST]  # noqa: PLW2901 - the rest
        folders.update((below / name).as_posix() + "/" for name in inner)
        for name in names:
            data = (Path(root) / name).read_bytes()
            files[(below / name).as_posix()] = version_of(data)
    return files, folders


def _failed(path: Path) -> dict[str, str] | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["key"]: row["last_error"] for row in csv.DictReader(file)}
    except FileNotFoundError:
        return None


def journal_spans(folder: Path) -> dict[int, list[Span]]:
    """Return which bytes of each row's partial file are in the trails below a folder."""
    found: dict[int, list[Span]] = defaultdict(list)
    for path in folder.glob(f"*/{TRAIL}*"):
        data = path.read_bytes()
        for row, start, stop in _MARK.iter_unpack(data[: len(data) // _MARK.size * _MARK.size]):
            if row:
                found[row].append((start, stop))
    return found


def unrecorded(path: Path, recorded: Iterable[Span]) -> int:
    """Return how many bytes of a sparse file were written that none of some spans covers."""
    known = sorted(recorded)
    return sum(_uncovered(start, stop, known) for start, stop in _written(path))


def _uncovered(start: int, stop: int, known: list[Span]) -> int:
    """Return the bytes of a stretch that no span covers, except what rounding to pages adds."""
    left = 0
    for begin, end in (*known, (stop, stop)):
        left += max(0, min(begin, stop) - start - 2 * PAGE)
        start = max(start, end)
    return left


def _written(path: Path) -> list[Span]:
    if sys.platform == "win32":
        raise OSError("the chaos run needs Linux")
    found: list[Span] = []
    stop = 0
    with path.open("rb") as file, contextlib.suppress(OSError):  # no data after the last one
        while True:
            start = os.lseek(file.fileno(), stop, os.SEEK_DATA)
            stop = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            found.append((start, stop))
    return found
