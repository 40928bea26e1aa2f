"""What a life left behind: the target's files, the manifest's rows, partial files, the CSV.

The manifest is read as any SQLite client reads it, without any of ossh's own code.
"""

from __future__ import annotations

import contextlib
import csv
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from fastcrc import crc64

from chaos_run import trails
from chaos_run.life import Home
from chaos_run.truth import Version

WORK_FOLDER = ".ossh"
FAILED_LIST = ".oss-failed.csv"


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


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is left after a life."""

    rows: dict[str, Row]  # by key
    parts: dict[str, int]  # bytes of finished parts, by key
    pieces: dict[str, int]  # number of parts and of marks in trails, by key
    untold: dict[str, int]  # bytes of partial files that neither a part nor a mark tells of, by key
    files: dict[str, Version]  # by path below the target
    folders: frozenset[str]  # likewise
    partials: tuple[str, ...]  # names of what is in the job's own folder; rows, that is
    has_work_folder: bool
    failed: dict[str, str] | None  # of the CSV, last error by key; None: there is none
    outcome: str | None  # of the last run; None: it was killed


def gather(home: Home) -> Evidence:
    """Collect everything."""
    rows, spans, outcome = _manifest(home.manifest)
    files, folders = _tree(home.target)
    own = home.target / WORK_FOLDER
    marks = trails.spans(own)
    told = {row.key: [*spans.get(row.key, ()), *marks[row.number]] for row in rows.values()}
    partials = {
        path.name: path for path in own.glob("*/*") if not path.name.startswith(trails.NAME)
    }
    return Evidence(
        rows=rows,
        parts={key: sum(stop - start for start, stop in found) for key, found in spans.items()},
        pieces={key: len(found) for key, found in told.items()},
        untold={
            row.key: trails.untold(path, told[row.key])
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
) -> tuple[dict[str, Row], dict[str, list[trails.Span]], str | None]:
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
    spans: dict[str, list[trails.Span]] = {}
    for key, start, stop in parts:
        spans.setdefault(key, []).append((start, stop))
    return {row[1]: Row(*row) for row in found}, spans, last and last[0]


def _tree(target: Path) -> tuple[dict[str, Version], set[str]]:
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
            files[(below / name).as_posix()] = Version(len(data), crc64.xz(data))
    return files, folders


def _failed(path: Path) -> dict[str, str] | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["key"]: row["last_error"] for row in csv.DictReader(file)}
    except FileNotFoundError:
        return None
