"""What must be true after each life of a job, however it ended."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chaos_run.evidence import Evidence, Row
from chaos_run.life import Lived
from chaos_run.plan import SMALL_BODY, Plan
from chaos_run.truth import Truth, Version

OK, SOME_FAILED, RESUMABLE, INTERRUPTED = 0, 1, 3, 130
_ENDS = {"kill": -9, "interrupt": INTERRUPTED, "terminate": 143}
PRECONDITION_FAILED = 412
_HERE = frozenset({"done", "skipped"})
_MISSING = frozenset({"failed", "gone", "archived"})
# How a signal ends a process that does not handle it; a shell reports 130 and 143.
_UNHEARD = frozenset({-signal.SIGINT, -signal.SIGTERM})
# Faults that cost nothing but time: no request has to be repeated.
HARMLESS = frozenset({"", "slow", "delay", "close", "no-crc", "chunked"})
# Faults after which an object may have to be fetched again from its start.
_STARTED_OVER = frozenset({"corrupt", "bad-crc", "long", "ignore-range", "changed-etag", "gone"})
# Faults that silently end a connection: using it again before noticing gives a reset.
_SILENT_ENDS = frozenset({"cut", "short", "stall", "reset"})
STREAMS = 32  # connections that large bodies have at most
BLOCK = 512 * 1024  # bytes: what each of these may have in hand
# Faults that are charged to the object they hit, and affect no other.
_OF_ONE_OBJECT = HARMLESS | {
    " list",
    "portal",
    "cut",
    "short",
    "corrupt",
    "bad-crc",
    "long",
    "gone",
}
MOST_THREADS = 80  # 32 streams, a lane, the listers of a cut listing, and libcurl's resolvers
SPARE_DESCRIPTORS = 64  # those of Python, SQLite, the loop, and listers


@dataclass(frozen=True, slots=True)
class Scene:
    """What the checks examine: a life, and the state before and after it."""

    plan: Plan
    truth: Truth
    started_over: Mapping[str, int]  # how often, until the end of this life, a key had to be
    before: Evidence
    lived: Lived
    after: Evidence
    edited: Mapping[str, Version] = field(default_factory=dict)  # what a person made, by path


def problems(scene: Scene) -> list[str]:
    """Return every problem found, one per line."""
    found = [
        *_process(scene),
        *_files(scene),
        *_rows(scene),
        *_partials(scene),
        *_requests(scene),
    ]
    if has_ended(scene.lived):
        found += [*_complete(scene), *_told(scene), *_left_open(scene.lived)]
    return found


def has_ended(lived: Lived) -> bool:
    """Tell whether a life reached the end of its job by itself."""
    return lived.status in {OK, SOME_FAILED} and not _was_stillborn(lived)


def _was_stillborn(lived: Lived) -> bool:
    """Tell whether Ctrl-C came before Python ran any of it; the status is then Python's own."""
    return lived.from_start and "runpy" in lived.output and "KeyboardInterrupt" in lived.output


def finished(scene: Scene, held: Mapping[str, Version]) -> Iterator[str]:
    """Yield the problems at a job's very end, when no fault is left and everything was retried.

    Args:
        scene: Of the last life.
        held: What the bucket holds now, by key.
    """
    cold = {thing.key for thing in scene.plan.things if thing.storage_class != "Standard"}
    for key, version in held.items():
        row = scene.after.rows.get(key)
        if row is not None and row.path in scene.edited:
            yield from _untold(row, scene.edited[row.path])
            continue
        if row is not None and row.cause == "local-conflict" and key in _changed(scene.plan):
            continue  # a restarted server holds the first version again: here is a newer one
        if row is None or row.status not in (_HERE if key not in cold else {"archived"}):
            yield f"{key!r} is missing, although nothing is wrong any more: {row}"
        elif key not in cold and not _is_same(scene, row, version):
            yield f"{row.path!r} holds an older version of {key!r}"
    if scene.after.has_work_folder:
        yield f"the target still has a .ossh folder, with {scene.after.partials}"


def _untold(row: Row, made: Version) -> Iterator[str]:
    """Report a person's file that counts as the object, unless it looks like it."""
    is_told = row.status == "failed" and row.cause == "local-conflict"
    if not is_told and made.size != row.size:
        yield f"{row.path!r} was edited, but its row says {row.status} {row.cause}"


def _is_same(scene: Scene, row: Row, version: Version) -> bool:
    """Tell whether a file is what the bucket holds, as well as size and date can tell that.

    A version of the same size and of the same two seconds cannot be told from another one, and the
    listing does not show that a link's target was replaced.
    """
    found = scene.after.files.get(row.path, version)
    links = {thing.key for thing in scene.plan.things if thing.link_to}
    if row.key in links & _changed(scene.plan):
        return found in scene.truth.versions(row.key)
    is_twin = row.status == "skipped" and row.key in _changed(scene.plan)
    return found == version or (is_twin and found.size == version.size)


def _changed(plan: Plan) -> set[str]:
    """Return the keys that had more than one version, links to such objects included."""
    changed = {strike.key for strike in plan.strikes if strike.kind == "changed-etag"}
    return changed | {thing.key for thing in plan.things if thing.link_to in changed}


def restarts(lived: Lived) -> Counter[str]:
    """Return how often a life's faults made it necessary to fetch a key from its start.

    A bad part is seen only when the object is whole, perhaps in a later life.
    """
    return Counter(
        one["key"]
        for one in lived.requests
        if one["fault"] in _STARTED_OVER or one["status"] == PRECONDITION_FAILED
    )


def _process(scene: Scene) -> Iterator[str]:
    lived = scene.lived
    if lived.status in _UNHEARD and (lived.from_start or scene.after.outcome is not None):
        return  # it had not begun yet to listen, or had ended all it had to do
    if _was_stillborn(lived):
        return
    if "Traceback" in lived.output or "Fatal Python error" in lived.output:
        yield f"a traceback: {lived.output[-2000:]}"
    usual = {OK, SOME_FAILED, RESUMABLE}
    if lived.status not in usual | {_ENDS.get(lived.ended_by, OK)}:
        yield f"exit status {lived.status}: {lived.output[-2000:]}"
    is_barred = lived.planted.startswith("jobs/")
    is_whole = not (lived.cuts or is_barred) and _faults(lived) <= _OF_ONE_OBJECT
    if lived.status == RESUMABLE and is_whole:
        yield f"it stopped because of faults in single objects: {lived.output[-2000:]}"
    if lived.most["task"] > MOST_THREADS:
        yield f"{lived.most['task']} threads"
    if lived.most["fd"] > 4 * scene.plan.connections + SPARE_DESCRIPTORS:
        yield f"{lived.most['fd']} descriptors"


def _faults(lived: Lived) -> set[str]:
    """Return the faults that hit requests, those of the listing separately."""
    return {f"{one['fault']} list" if not one["key"] else one["fault"] for one in lived.requests}


def _files(scene: Scene) -> Iterator[str]:
    """Check every final name: it holds a complete object, and its row says so."""
    by_path = {row.path: row for row in scene.after.rows.values()}
    if len(by_path) != len(scene.after.rows):
        yield "two rows have the same path"
    for path, made in scene.edited.items():
        if scene.after.files.get(path) != made:
            yield f"a person's edit of {path!r} was lost"
    for path, found in scene.after.files.items():
        if path in scene.edited:
            continue
        row = by_path.get(path)
        if row is None:
            yield f"an extra file {path!r}"
        elif found not in scene.truth.versions(row.key):
            yield f"{path!r} holds {found}, which is no version of {row.key!r}"
        elif row.status == "done" and found != scene.truth.version(row.key, row.etag):
            yield f"{path!r} holds a different version than its row says"
        elif row.status == "skipped" and found.size != row.size:
            yield f"{path!r} has {found.size} bytes, its row says {row.size}"


def _rows(scene: Scene) -> Iterator[str]:
    after = scene.after
    unknown = after.rows.keys() - scene.truth.keys
    if unknown:
        yield f"rows of keys that the bucket never had: {sorted(unknown)}"
    struck = _struck(scene)
    for row in after.rows.values():
        if row.status in _HERE and row.path not in after.files.keys() | after.folders:
            yield f"the row of {row.key!r} says {row.status}, but there is no file"
        if row.attempts > scene.plan.max_attempts:
            yield f"{row.key!r} had {row.attempts} attempts of {scene.plan.max_attempts}"
        if row.status == "failed" and row.key not in struck and not scene.lived.cuts:
            old = scene.before.rows.get(row.key)
            if old is None or old.status != "failed":
                yield f"{row.key!r} failed ({row.cause}) although no fault hit it"


def _struck(scene: Scene) -> set[str]:
    """Return the keys for which something went wrong that may make them fail in this life."""
    struck = {one["key"] for one in scene.lived.requests if one["fault"] not in HARMLESS}
    struck |= scene.started_over.keys()  # a bad part of an earlier life may show only now
    if any(one["fault"] in _SILENT_ENDS for one in scene.lived.requests):
        struck |= {row.key for row in scene.after.rows.values() if row.cause == "reset"}
    if "refresh" in scene.lived.commands:  # what changed meanwhile may be a local conflict
        struck |= _changed(scene.plan)
    struck |= {row.key for row in scene.after.rows.values() if row.path in scene.edited}
    return struck | {thing.key for thing in scene.plan.things if thing.link_to}


def _partials(scene: Scene) -> Iterator[str]:
    """Check partial files: each belongs to an object that may still resume from it."""
    rows = {str(row.number): row for row in scene.after.rows.values()}
    for name in scene.after.partials:
        row = rows.get(name)
        if row is None:
            if name.isdecimal() or scene.lived.ended_by != "kill":  # else what it asked the disk by
                yield f"a partial file '{name}' without a row"
        elif row.status not in {"pending", "failed"} and scene.lived.ended_by != "kill":
            yield f"a partial file of {row.key!r}, which is {row.status}"
    most = min(scene.plan.connections, STREAMS) * min(BLOCK, scene.plan.part_size)
    for key, size in scene.after.untold.items():
        if size > most and key not in scene.started_over:
            yield f"{size} bytes of {key!r} on disk would be fetched again, at most {most} may be"


def _requests(scene: Scene) -> Iterator[str]:
    """Account for every GET: no object is requested more often than faults and cuts require."""
    asked: Counter[str] = Counter()
    strikes: Counter[str] = Counter()
    for one in scene.lived.requests:
        if one["method"] != "GET" or not one["key"]:
            continue
        asked[one["key"]] += 1
        strikes[one["key"]] += one["fault"] not in HARMLESS
    for key, count in asked.items():
        row = scene.before.rows.get(key)
        if row is not None and row.status in _HERE and "refresh" not in scene.lived.commands:
            yield f"{key!r} was {row.status} but was requested"
        pieces = _pieces(scene, key) + scene.before.pieces.get(key, 0)
        starts = 1 + scene.started_over.get(key, 0) + len(scene.lived.cuts)
        most = pieces * starts + strikes[key]
        if count > most:
            yield f"{count} GETs of {key!r}, of which at most {most} are accounted for"


def _pieces(scene: Scene, key: str) -> int:
    """Return how many GETs an object takes when nothing goes wrong."""
    size = max(version.size for version in scene.truth.versions(key))
    return 1 if size <= SMALL_BODY else -(-size // scene.plan.part_size)


def _complete(scene: Scene) -> Iterator[str]:
    """Check what a finished job must have: a row for every key, with a final status."""
    after = scene.after
    missing = scene.truth.keys - after.rows.keys() - _deleted(scene)
    if missing:
        yield f"no row for {sorted(missing)}"
    pending = [row.key for row in after.rows.values() if row.status == "pending"]
    if pending:
        yield f"still pending: {pending}"
    if scene.lived.status == OK and after.has_work_folder:
        yield f"the target still has a .ossh folder, with {after.partials}"


def _deleted(scene: Scene) -> set[str]:
    return {strike.key for strike in scene.plan.strikes if strike.kind == "gone"}


def _told(scene: Scene) -> Iterator[str]:
    """Compare what the run reported with the facts: exit status, CSV, the row of the run."""
    after, lived = scene.after, scene.lived
    missing = {row.key: row for row in after.rows.values() if row.status in _MISSING}
    if (lived.status == SOME_FAILED) != bool(missing):
        yield f"exit status {lived.status} with {len(missing)} objects missing"
    listed = after.failed or {}
    if listed.keys() != missing.keys():
        yield f"the CSV differs from the rows in {sorted(listed.keys() ^ missing.keys())}"
    yield from (
        _mistold(row, listed.get(key, ""))
        for key, row in missing.items()
        if row.cause and not listed.get(key, "").startswith(row.cause)
    )
    wanted = "failed" if missing else "done"
    if after.outcome != wanted:
        yield f"the run's row says {after.outcome}, not {wanted}"


def _mistold(row: Row, text: str) -> str:
    return f"the CSV says {text!r} of {row.key!r}, whose cause is {row.cause}"


def _left_open(lived: Lived) -> Iterator[str]:
    """Check what the process still had open after its last run: no socket, no file, no thread."""
    for line in lived.stdout.splitlines():
        _, arrow, place = line.partition(" -> ")
        if arrow and (place.startswith("socket:") or "/target" in place or ".sqlite" in place):
            yield f"still open after the run: {place}"
        if line.startswith("ossh-"):
            yield f"still running after the run: thread {line}"
