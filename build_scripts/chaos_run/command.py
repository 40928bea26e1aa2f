"""The command line of the chaos run: job after job until the time is up, then the counts."""

from __future__ import annotations

import argparse
import pprint
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from types import FrameType

from fastcrc import crc64

from chaos_run import checks, evidence, person
from chaos_run.counts import Counts
from chaos_run.life import JOB, Broken, Home, Lived, live
from chaos_run.plan import Life, Plan, make
from chaos_run.truth import Truth, Version
from ossh import demo
from ossh.demo import DemoError, DemoServer

MOST_CALM_LIVES = 12  # a portal or a refusal ends one each; more than there are is a run in circles
_LONG_AGO = 1767225600.0  # 2026-01-01T00:00:00Z; later versions have later dates


def main(arguments: Sequence[str]) -> int:
    """Run jobs as the command line says; return 1 if a check failed."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    seed = options.seed or secrets.token_hex(4)
    counts = Counts()
    started = time.monotonic()
    failed = False
    try:
        for number in _numbers(options.minutes, options.jobs, options.job):
            failed = _tried(f"{seed}/{number}", options.scale, counts) or failed
    finally:
        minutes = (time.monotonic() - started) / 60
        print(f"\nseed {seed}, {minutes:.1f} minutes\n{counts.table()}", flush=True)
    return 1 if failed else 0


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(143)  # so that no server and no process is left behind


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chaos.py",
        description="Disturb ossh jobs at random, resume them, and check the results.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--minutes", type=float, default=5.0, metavar="M", help="how long to start jobs (5)")
    add("--jobs", type=int, default=0, metavar="N", help="run N jobs, however long it takes")
    add("--seed", default="", metavar="S", help="any text; determines everything that happens")
    add("--job", type=int, default=0, metavar="N", help="run only job N of the seed")
    add("--scale", type=float, default=1.0, metavar="F", help="the size of the jobs (1)")
    return parser


def _numbers(minutes: float, jobs: int, only: int) -> Iterator[int]:
    """Yield the numbers of the jobs to run."""
    if only:
        yield only
        return
    number, end = 1, time.monotonic() + 60 * minutes
    while number <= jobs if jobs else time.monotonic() < end:
        yield number
        number += 1


def _tried(seed: str, scale: float, counts: Counts) -> bool:
    """Run one job; tell whether a check failed, and if so keep its files."""
    folder = Path(tempfile.mkdtemp(prefix="ossh-chaos-"))
    plan = make(seed, scale)
    counts.job(plan)
    try:
        with _serving(plan) as server:
            _Job(plan, Home(folder, server), counts).run()
    except Broken as broken:
        (folder / "plan.txt").write_text(pprint.pformat(plan), encoding="utf-8")
        (folder / "problem.txt").write_text(str(broken), encoding="utf-8")
        print(f"FAILED job {seed}: {broken}\n  evidence in {folder}", flush=True)
        return True
    shutil.rmtree(folder)
    return False


@contextmanager
def _serving(plan: Plan) -> Iterator[DemoServer]:
    """Serve a plan's objects from a separate process, with its faults armed."""
    with demo.start(empty=True) as server:
        for thing in plan.things:
            server.put(
                thing.key,
                size=None if thing.link_to else thing.size,  # as OSS lists links
                storage_class=thing.storage_class,
                crc=thing.crc,
                symlink_to=thing.link_to or None,
                last_modified=_LONG_AGO,
            )
        for strike in plan.strikes:
            options = {"times": 1, "after": strike.after, **strike.details}
            server.fault(strike.kind, key=escape(strike.key), **options)
        if plan.requests_per_second:
            server.fault("throttle", rate=plan.requests_per_second, operation="get")
        server.fault("delay", key="small/*", seconds=plan.delay_seconds, operation="get")
        server.fault("slow", rate=plan.rate)
        yield server


class _Job:
    """One job, life after life."""

    def __init__(self, plan: Plan, home: Home, counts: Counts) -> None:
        self._plan = plan
        self._home = home
        self._counts = counts
        self._truth = Truth(plan)
        self._before = evidence.gather(home)
        self._started_over: Counter[str] = Counter()
        self._edited: dict[str, Version] = {}
        self._number = 0

    def run(self) -> None:
        """Run it through its plan, then quietly to its end, then without any fault.

        Raises:
            Broken: A check failed.
        """
        self._save()
        for life in self._plan.lives:
            if checks.has_ended(self._live(life)):
                break
        for _ in range(MOST_CALM_LIVES):
            if checks.has_ended(self._live(Life())):
                break
        else:
            raise Broken(f"job has not ended after {MOST_CALM_LIVES} quiet runs")
        self._home.server.clear_faults()
        self._live(Life(), "refresh", "retry")
        if left := list(checks.finished(self._scene, self._held())):
            raise Broken("at the end: " + "\n  ".join(left))

    def _held(self) -> dict[str, Version]:
        """Return what the bucket holds now, by key."""
        held = {}
        for key in self._truth.keys:
            with suppress(DemoError):
                data = self._home.server.body(key)
                held[key] = Version(len(data), crc64.xz(data))
        return held

    def _save(self) -> None:
        server, plan = self._home.server, self._plan
        (self._home.folder / "jobs" / f"{JOB}.toml").write_text(
            f'version = 1\n\n[source]\nendpoint = "{server.endpoint}"\n'
            f'region = "{server.region}"\nbucket = "{server.bucket}"\n\n'
            f'[target]\ndirectory = "../target"\n\n'
            f"[transfer]\nconnections = {plan.connections}\npart_size = {plan.part_size}\n"
            f"max_attempts = {plan.max_attempts}\n",
            encoding="utf-8",
        )

    def _live(self, life: Life, *commands: str) -> Lived:
        """Run one life, count it, and check what it left."""
        self._number += 1
        self._edited |= person.edit(self._home, life.edits, self._before)
        try:
            lived = live(self._home, life, self._number, commands or ("get",))
        except Broken as broken:
            raise Broken(f"life {self._number}, {life}: {broken}") from None
        after = evidence.gather(self._home)
        self._started_over += checks.restarts(lived)
        self._scene = checks.Scene(
            self._plan,
            self._truth,
            self._started_over,
            self._before,
            lived,
            after,
            self._edited,
        )
        self._counts.life(self._before, lived, len(life.edits))
        self._before = after
        print(self._line(lived, after), flush=True)
        if found := checks.problems(self._scene):
            (self._home.folder / "requests.txt").write_text(pprint.pformat(lived.requests), "utf-8")
            where = f"life {self._number}, {lived.ended_by or 'its end'} at {lived.instant:.2f} s"
            raise Broken(f"{where}:\n  " + "\n  ".join(found))
        return lived

    def _line(self, lived: Lived, after: evidence.Evidence) -> str:
        here = sum(row.status in {"done", "skipped"} for row in after.rows.values())
        through = f" through {', '.join(lived.cuts)}" if lived.cuts else ""
        through += f" with a link at {lived.planted}" if lived.planted else ""
        how = lived.ended_by or f"status {lived.status}{self._reason(lived)}"
        return (
            f"job {self._plan.seed} life {self._number}: {' and '.join(lived.commands)}{through}, "
            f"{how} after {lived.instant:.1f} s, {here} of {len(self._plan.things)} objects here, "
            f"{len(lived.requests)} requests"
        )

    @staticmethod
    def _reason(lived: Lived) -> str:
        """Return why a life stopped before its end, as ossh says it."""
        said = [line for line in lived.output.splitlines() if line.startswith("error: ")]
        return f" ({said[0]})" if lived.status == checks.RESUMABLE and said else ""
