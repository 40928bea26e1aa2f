"""What a process left: files, the rows of the manifest, partial files, the CSV.

The manifest is read as any SQLite client reads it, without any of ossh's own code.
"""

from __future__ import annotations

import contextlib
import csv
import sqlite3
import struct
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastcrc import crc64

from chaos_run.plan import Plan, PlannedObject
from chaos_run.process import Home
from ossh.demo.content.buckets import changed, make_object

WORK_FOLDER = ".ossh"
FAILED_LIST = ".oss-failed.csv"
TRAIL = "trail-"
_MARK = struct.Struct("<8xQ48x")  # received; row; the rest


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, as seen from its bytes."""

    size: int
    crc64: int


Versions = Mapping[str, Mapping[str, Version]]
"""The versions of every object of a bucket, by key and ETag."""


def version_of(data: bytes) -> Version:
    return Version(len(data), crc64.xz(data))


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
    pieces: dict[str, int]  # number of parts and of marks in part journals, by key
    files: dict[str, Version]  # by path below the target
    folders: frozenset[str]  # likewise
    partials: tuple[str, ...]  # names in the job's own folder: numbers of rows
    has_work_folder: bool
    failed: dict[str, str] | None  # of the CSV, last error by key; None: there is none
    outcome: str | None  # of the last run; None: it was killed


def gather(home: Home) -> Evidence:
    rows, parts, outcome = _manifest(home.manifest)
    files, folders = _tree(home.target)
    own = home.target / WORK_FOLDER
    marks = _marks(own)
    return Evidence(
        rows=rows,
        pieces={row.key: parts[row.key] + marks[row.number] for row in rows.values()},
        files=files,
        folders=frozenset(folders),
        partials=tuple(path.name for path in own.glob("*/*") if not path.name.startswith(TRAIL)),
        has_work_folder=own.exists(),
        failed=_failed(home.target / FAILED_LIST),
        outcome=outcome,
    )


def _manifest(path: Path) -> tuple[dict[str, Row], Counter[str], str | None]:
    """Return rows, the number of parts by key, and how the last run ended; none if killed early."""
    if not path.exists():
        return {}, Counter(), None
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            found = database.execute(
                "SELECT row, key, path, size, etag, status, attempts, coalesce(cause, '') "
                "FROM objects"
            ).fetchall()
            parts = Counter(key for (key,) in database.execute("SELECT key FROM parts"))
            last = database.execute("SELECT outcome FROM runs ORDER BY row DESC LIMIT 1").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return {}, Counter(), None
    return {row[1]: Row(*row) for row in found}, parts, last and last[0]


def _tree(target: Path) -> tuple[dict[str, Version], set[str]]:
    """Return files and folders below the target, without ossh's own."""
    files: dict[str, Version] = {}
    folders: set[str] = set()
    for path in target.rglob("*"):
        below = path.relative_to(target).as_posix()
        if below == FAILED_LIST or below.partition("/")[0] == WORK_FOLDER:
            continue
        if path.is_dir():
            folders.add(f"{below}/")
        else:
            files[below] = version_of(path.read_bytes())
    return files, folders


def _failed(path: Path) -> dict[str, str] | None:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["key"]: row["last_error"] for row in csv.DictReader(file)}
    except FileNotFoundError:
        return None


def _marks(folder: Path) -> Counter[int]:
    """Return how many stretches of each row's partial file are in the trails below a folder."""
    found: Counter[int] = Counter()
    for path in folder.glob(f"*/{TRAIL}*"):
        data = path.read_bytes()
        whole = data[: len(data) // _MARK.size * _MARK.size]
        found.update(row for (row,) in _MARK.iter_unpack(whole) if row)
    return found


def versions_of(plan: Plan) -> Versions:
    """Work out the versions as the demo server does; a link's are those of what it points to."""
    sizes: defaultdict[str, list[int | None]] = defaultdict(list)
    for fault in plan.faults:
        if fault.kind == "changed-etag" and not plan.is_past:
            sizes[fault.key].append(fault.details["size"])
    own = {planned.key: _versions(planned, sizes[planned.key]) for planned in plan.objects}
    return {planned.key: own[planned.link_to or planned.key] for planned in plan.objects}


def _versions(planned: PlannedObject, sizes: list[int | None]) -> dict[str, Version]:
    """Return the versions that an object may go through, changed to these sizes in any order."""
    newest = [make_object(planned.key, size=planned.size)]
    found = list(newest)
    for _ in sizes:
        later = (changed(one, 0.0, size) for one in newest for size in sizes)
        newest = list({one.etag: one for one in later}.values())
        found += newest
    return {one.etag: version_of(one.content.read(0, one.size)) for one in found}
