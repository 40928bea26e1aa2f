"""The command line of the chaos run: job after job until the time is up, then the counts."""

from __future__ import annotations

import argparse
import pprint
import secrets
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from glob import escape
from itertools import count
from pathlib import Path

from chaos_run import checks, evidence
from chaos_run.evidence import Evidence, Version, version_of, versions_of
from chaos_run.plan import Plan, ProcessPlan, make
from chaos_run.process import JOB, CheckFailed, Home, ProcessRecord, run_process
from ossh import demo
from ossh.demo import DemoError, DemoServer

MOST_QUIET_RUNS = 12  # each portal or refusal ends one; more would be a run in circles
_MOMENT = "2026-01-02T00:00:00Z"  # between these versions and the later ones
_LONG_AGO = 1767225600.0  # 2026-01-01T00:00:00Z; later versions have later dates


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="chaos.py",
        description="Disturb ossh jobs at random, resume them, and check the results.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--minutes", type=float, default=5.0, metavar="M", help="how long to start jobs (5)")
    add("--seed", default="", metavar="S", help="any text; determines everything that happens")
    add("--job", type=int, default=0, metavar="N", help="run only job N of the seed")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    seed = options.seed or secrets.token_hex(4)
    counts = Counter[str]()
    started = time.monotonic()
    numbers: Iterable[int] = [options.job] if options.job else count(1)
    failed = False
    try:
        for number in numbers:
            failed = _fails(f"{seed}/{number}", counts) or failed
            if time.monotonic() - started >= 60 * options.minutes:
                break
    finally:
        print(f"\nseed {seed}, {(time.monotonic() - started) / 60:.1f} minutes")
        for name, number in sorted(counts.items()):
            print(f"{name:<30}  {number:>15,}", flush=True)
    return 1 if failed else 0


def _fails(seed: str, counts: Counter[str]) -> bool:
    """Run one job; tell whether a check failed, and if so keep its files."""
    folder = Path(tempfile.mkdtemp(prefix="ossh-chaos-"))
    plan = make(seed)
    counts["jobs"] += 1
    counts["objects"] += len(plan.objects)
    counts["bytes of objects"] += sum(planned.size for planned in plan.objects)
    try:
        with _serving(plan) as server:
            _Job(plan, Home(folder, server), counts).run()
    except CheckFailed as failed:
        (folder / "plan.txt").write_text(pprint.pformat(plan), encoding="utf-8")
        print(f"FAILED job {seed}: {failed}\n  evidence in {folder}", flush=True)
        return True
    shutil.rmtree(folder)
    return False


@contextmanager
def _serving(plan: Plan) -> Iterator[DemoServer]:
    """Serve a plan's objects from a separate process, with its faults armed."""
    with demo.start(empty=True) as server:
        if plan.is_past:
            server.set_versioning("Enabled")
        for planned in plan.objects:
            server.put(
                planned.key,
                size=None if planned.link_to else planned.size,  # as OSS lists links
                storage_class=planned.storage_class,
                crc=planned.crc,
                symlink_to=planned.link_to or None,
                last_modified=_LONG_AGO,
            )
        for fault in plan.faults:
            options = {"times": 1, "after": fault.after, **fault.details}
            server.fault(fault.kind, key=escape(fault.key), **options)
        if plan.requests_per_second:
            server.fault("throttle", rate=plan.requests_per_second, operation="get")
        server.fault("delay", key="small/*", seconds=plan.delay_seconds, operation="get")
        server.fault("slow", rate=plan.rate)
        yield server


class _Job:
    def __init__(self, plan: Plan, home: Home, counts: Counter[str]) -> None:
        self._plan = plan
        self._home = home
        self._counts = counts
        self._versions = versions_of(plan)
        self._now = evidence.gather(home)
        self._started_over: Counter[str] = Counter()
        self._number = 0

    def run(self) -> None:
        """Run it through its plan, then quietly to its end, then without any fault.

        Raises:
            CheckFailed: A check failed.
        """
        self._save()
        for plan in self._plan.processes:
            if checks.has_ended(self._checked(plan)):
                break
        for _ in range(MOST_QUIET_RUNS):
            if checks.has_ended(self._checked(ProcessPlan())):
                break
        else:
            raise CheckFailed(f"job has not ended after {MOST_QUIET_RUNS} quiet runs")
        self._home.server.clear_faults()
        self._checked(ProcessPlan(), "refresh", "retry")
        if left := list(checks.finished(self._observation, self._held())):
            raise CheckFailed("at the end: " + "\n  ".join(left))

    def _held(self) -> dict[str, Version]:
        """Return what the bucket holds now, or held at the job's moment, by key."""
        if self._plan.is_past:
            return {key: next(iter(known.values())) for key, known in self._versions.items()}
        held = {}
        for key in self._versions:
            with suppress(DemoError):
                held[key] = version_of(self._home.server.body(key))
        return held

    def _save(self) -> None:
        server, plan = self._home.server, self._plan
        as_of = f"as_of = {_MOMENT}\n" if plan.is_past else ""
        (self._home.folder / "jobs" / f"{JOB}.toml").write_text(
            f'version = 1\n\n[source]\nendpoint = "{server.endpoint}"\n'
            f'region = "{server.region}"\nbucket = "{server.bucket}"\n{as_of}\n'
            f'[target]\ndirectory = "../target"\n\n'
            f"[transfer]\nconnections = {plan.connections}\npart_size = {plan.part_size}\n"
            f"max_attempts = {plan.max_attempts}\nprocesses = {plan.fetching}\n",
            encoding="utf-8",
        )

    def _checked(self, plan: ProcessPlan, *commands: str) -> ProcessRecord:
        """Run a process, count it, and check what it left.

        Raises:
            CheckFailed: A check failed.
        """
        self._number += 1
        record = run_process(self._home, plan, self._number, commands or ("get",))
        before, self._now = self._now, evidence.gather(self._home)
        self._count(before, record)
        here = sum(row.is_here for row in self._now.rows.values())
        what = ", ".join((*record.commands, *record.cuts, record.ended_by or f"{record.status}"))
        print(
            f"job {self._plan.seed} process {self._number}: {what} after {record.seconds:.1f} s, "
            f"{here} of {len(self._plan.objects)} here, {len(record.requests)} requests",
            flush=True,
        )
        self._started_over += checks.restarts(record)
        self._observation = checks.Observation(
            self._plan, self._versions, self._started_over, before, record, self._now
        )
        if found := checks.problems(self._observation):
            (self._home.folder / "requests.txt").write_text(
                pprint.pformat(record.requests), "utf-8"
            )
            raise CheckFailed("\n  ".join([f"process {self._number}:", *found]))
        return record

    def _count(self, before: Evidence, record: ProcessRecord) -> None:
        """Count what happened to a process, what it resumed from, and what it requested."""
        counts = self._counts
        counts["processes"] += 1
        counts["requests"] += len(record.requests)
        counts["parts that were there already"] += sum(before.pieces.values())
        counts.update([*record.cuts, record.ended_by or "ended by itself"])
        counts.update(f"fault: {one['fault']}" for one in record.requests if one["fault"])
        counts |= record.most
