"""What must be true after each process of a job, however it ended."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chaos_run.evidence import Evidence, Row, Version, Versions
from chaos_run.plan import Plan
from chaos_run.process import ProcessRecord
from ossh.transfer.scheduling.item import SMALL_BODY

OK, SOME_FAILED, RESUMABLE, INTERRUPTED = 0, 1, 3, 130
_ENDS = {"kill": -9, "interrupt": INTERRUPTED, "terminate": 143}
PRECONDITION_FAILED = 412
_MISSING = frozenset({"failed", "gone", "archived"})
# How a signal ends a process that does not handle it; a shell reports 130 and 143.
_UNHEARD = frozenset({-signal.SIGINT, -signal.SIGTERM})
# Faults that cost nothing but time: no request has to be repeated.
HARMLESS = frozenset({"", "slow", "delay", "close", "no-crc", "chunked"})
# Faults after which an object may have to be fetched again from its start.
_STARTED_OVER = frozenset({"corrupt", "bad-crc", "long", "ignore-range", "changed-etag", "gone"})
# Faults that silently end a connection: using it again before noticing gives a reset.
_SILENT_ENDS = frozenset({"cut", "short", "stall", "reset"})
# GETs that a cut may cost an object, where it is not one. A run whose credentials are refused looks
# for others every five seconds; meanwhile it tries those it has, at once and 0.5, 1.5, 3.5 s later.
_COSTS = {"rotate": 4}
# Faults that are charged to the object they hit, and affect no other.
_OF_ONE_OBJECT = HARMLESS | {
    "cut",
    "short",
    "corrupt",
    "bad-crc",
    "long",
    "gone",
    "portal",
    " list",
}
MOST_THREADS = 80  # 32 streams, a lane, the listers of a cut listing, and libcurl's resolvers
SPARE_DESCRIPTORS = 64  # those of Python, SQLite, the loop, and listers


@dataclass(frozen=True, slots=True)
class Observation:
    """What the checks examine: a process, and the state before and after it."""

    plan: Plan
    versions: Versions
    started_over: Mapping[str, int]  # how often, so far, a key had to be
    before: Evidence
    record: ProcessRecord
    after: Evidence


def problems(observation: Observation) -> list[str]:
    found = [
        *_process(observation),
        *_files(observation),
        *_rows(observation),
        *_partials(observation),
        *_requests(observation),
    ]
    if has_ended(observation.record):
        found += [*_complete(observation), *_told(observation), *_left_open(observation.record)]
    return found


def has_ended(record: ProcessRecord) -> bool:
    """Return whether a process reached the end of its job by itself."""
    return record.status in {OK, SOME_FAILED}


def finished(observation: Observation, held: Mapping[str, Version]) -> Iterator[str]:
    """Yield the problems at a job's very end, when no fault is left and everything was retried."""
    cold = {
        planned.key for planned in observation.plan.objects if planned.storage_class != "Standard"
    }
    for key, version in held.items():
        row = observation.after.rows.get(key)
        if row is None or not (row.status == "archived" if key in cold else row.is_here):
            yield f"{key!r} is missing, although nothing is wrong any more: {row}"
        elif key not in cold and not _is_same(observation, row, version):
            yield f"{row.path!r} holds an older version of {key!r}"
    if observation.after.has_work_folder:
        yield f"the target still has a .ossh folder, with {observation.after.partials}"


def _is_same(observation: Observation, row: Row, version: Version) -> bool:
    """Return whether a file is what the bucket holds, as well as size and date can tell that.

    A version of the same size and of the same two seconds cannot be told from another one, and the
    listing does not show that a link's target was replaced.
    """
    found = observation.after.files.get(row.path, version)
    links = {planned.key for planned in observation.plan.objects if planned.link_to}
    if row.key in links & _changed(observation.plan):
        return found in observation.versions[row.key].values()
    is_twin = row.status == "skipped" and row.key in _changed(observation.plan)
    return found == version or (is_twin and found.size == version.size)


def _changed(plan: Plan) -> set[str]:
    """Return the keys that had more than one version, links to such objects included."""
    changed = _hit(plan, "changed-etag")
    return changed | {planned.key for planned in plan.objects if planned.link_to in changed}


def _hit(plan: Plan, kind: str) -> set[str]:
    """Return the keys that a fault changes for whoever wants the bucket as it is now."""
    return set() if plan.is_past else {one.key for one in plan.faults if one.kind == kind}


def restarts(record: ProcessRecord) -> Counter[str]:
    """Return how often the faults of a process made it necessary to fetch a key from its start.

    A bad part is seen only when the object is whole, perhaps in a later process.
    """
    return Counter(
        one["key"]
        for one in record.requests
        if one["fault"] in _STARTED_OVER or one["status"] == PRECONDITION_FAILED
    )


def _process(observation: Observation) -> Iterator[str]:
    record = observation.record
    if record.status in _UNHEARD and observation.after.outcome is not None:
        return  # it had taken its handlers away at its end
    if "Traceback" in record.output or "Fatal Python error" in record.output:
        yield f"a traceback: {record.output[-2000:]}"
    usual = {OK, SOME_FAILED, RESUMABLE}
    if record.status not in usual | {_ENDS.get(record.ended_by, OK)}:
        yield f"exit status {record.status}: {record.output[-2000:]}"
    is_whole = not record.cuts and _faults(record) <= _OF_ONE_OBJECT
    if record.status == RESUMABLE and is_whole:
        yield f"it stopped because of faults in single objects: {record.output[-2000:]}"
    if record.most["most threads"] > MOST_THREADS:
        yield f"{record.most['most threads']} threads"
    if record.most["most descriptors"] > 4 * observation.plan.connections + SPARE_DESCRIPTORS:
        yield f"{record.most['most descriptors']} descriptors"


def _faults(record: ProcessRecord) -> set[str]:
    """Return the faults that hit requests, those of the listing separately."""
    return {f"{one['fault']} list" if not one["key"] else one["fault"] for one in record.requests}


def _files(observation: Observation) -> Iterator[str]:
    """Check every final name: it holds a complete object, and its row says so."""
    by_path = {row.path: row for row in observation.after.rows.values()}
    if len(by_path) != len(observation.after.rows):
        yield "two rows have the same path"
    for path, found in observation.after.files.items():
        row = by_path.get(path)
        if row is None:
            yield f"an extra file {path!r}"
        elif found not in observation.versions[row.key].values():
            yield f"{path!r} holds {found}, which is no version of {row.key!r}"
        elif row.status == "done" and found != observation.versions[row.key].get(row.etag):
            yield f"{path!r} holds a different version than its row says"
        elif row.status == "skipped" and found.size != row.size:
            yield f"{path!r} has {found.size} bytes, its row says {row.size}"


def _rows(observation: Observation) -> Iterator[str]:
    after = observation.after
    unknown = after.rows.keys() - observation.versions.keys()
    if unknown:
        yield f"rows of keys that the bucket never had: {sorted(unknown)}"
    struck = _struck(observation)
    for row in after.rows.values():
        if row.is_here and row.path not in after.files.keys() | after.folders:
            yield f"the row of {row.key!r} says {row.status}, but there is no file"
        if row.attempts > observation.plan.max_attempts:
            yield f"{row.key!r} had {row.attempts} attempts of {observation.plan.max_attempts}"
        if row.status == "failed" and row.key not in struck and not observation.record.cuts:
            old = observation.before.rows.get(row.key)
            if old is None or old.status != "failed":
                yield f"{row.key!r} failed ({row.cause}) although no fault hit it"


def _struck(observation: Observation) -> set[str]:
    """Return the keys that may fail in this process because of faults."""
    struck = {one["key"] for one in observation.record.requests if one["fault"] not in HARMLESS}
    struck |= observation.started_over.keys()  # a bad part of an earlier process may show only now
    if any(one["fault"] in _SILENT_ENDS for one in observation.record.requests):
        struck |= {row.key for row in observation.after.rows.values() if row.cause == "reset"}
    if "refresh" in observation.record.commands:  # what changed meanwhile may be a local conflict
        struck |= _changed(observation.plan)
    return struck | {planned.key for planned in observation.plan.objects if planned.link_to}


def _partials(observation: Observation) -> Iterator[str]:
    """Check partial files: each belongs to an object that may still resume from it."""
    rows = {str(row.number): row for row in observation.after.rows.values()}
    for name in observation.after.partials:
        row = rows.get(name)
        if row is None:
            # else it may be a probe of the disk
            if name.isdecimal() or observation.record.ended_by != "kill":
                yield f"a partial file '{name}' without a row"
        elif row.status not in {"pending", "failed"} and observation.record.ended_by != "kill":
            yield f"a partial file of {row.key!r}, which is {row.status}"


def _requests(observation: Observation) -> Iterator[str]:
    """Account for every GET: no object is requested more often than faults and cuts require."""
    asked: Counter[str] = Counter()
    strikes: Counter[str] = Counter()
    for one in observation.record.requests:
        if one["method"] != "GET" or not one["key"]:
            continue
        asked[one["key"]] += 1
        strikes[one["key"]] += one["fault"] not in HARMLESS
    for key, count in asked.items():
        row = observation.before.rows.get(key)
        if row is not None and row.is_here and "refresh" not in observation.record.commands:
            yield f"{key!r} was {row.status} but was requested"
        pieces = _pieces(observation, key) + observation.before.pieces.get(key, 0)
        cost = sum(_COSTS.get(cut, 1) for cut in observation.record.cuts)
        starts = 1 + observation.started_over.get(key, 0) + cost
        most = pieces * starts + strikes[key]
        if count > most:
            yield f"{count} GETs of {key!r}, of which at most {most} are accounted for"


def _pieces(observation: Observation, key: str) -> int:
    """Return how many GETs an object takes when nothing goes wrong."""
    size = max(version.size for version in observation.versions[key].values())
    return 1 if size <= SMALL_BODY else -(-size // observation.plan.part_size)


def _complete(observation: Observation) -> Iterator[str]:
    """Check what a finished job must have: a row for every key, with a final status."""
    after = observation.after
    missing = observation.versions.keys() - after.rows.keys() - _hit(observation.plan, "gone")
    if missing:
        yield f"no row for {sorted(missing)}"
    pending = [row.key for row in after.rows.values() if row.status == "pending"]
    if pending:
        yield f"still pending: {pending}"
    if observation.record.status == OK and after.has_work_folder:
        yield f"the target still has a .ossh folder, with {after.partials}"


def _told(observation: Observation) -> Iterator[str]:
    """Compare what the run reported with the facts: exit status, CSV, the row of the run."""
    after, record = observation.after, observation.record
    missing = {row.key: row for row in after.rows.values() if row.status in _MISSING}
    if (record.status == SOME_FAILED) != bool(missing):
        yield f"exit status {record.status} with {len(missing)} objects missing"
    listed = after.failed or {}
    if listed.keys() != missing.keys():
        yield f"the CSV differs from the rows in {sorted(listed.keys() ^ missing.keys())}"
    for key, row in missing.items():
        if not listed.get(key, "").startswith(row.cause):
            yield f"the CSV says {listed.get(key)!r} of {key!r}, whose cause is {row.cause}"
    wanted = "failed" if missing else "done"
    if after.outcome != wanted:
        yield f"the run's row says {after.outcome}, not {wanted}"


def _left_open(record: ProcessRecord) -> Iterator[str]:
    """Check what the process still had open after its last run: no socket, no file, no thread."""
    for line in record.output.splitlines():
        _, arrow, place = line.partition(" -> ")
        if arrow and (place.startswith("socket:") or "/target" in place or ".sqlite" in place):
            yield f"still open after the run: {place}"
        if line.startswith("ossh-"):
            yield f"still running after the run: thread {line}"
