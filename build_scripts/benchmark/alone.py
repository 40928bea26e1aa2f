"""The workloads that only ossh runs: its startup, and its memory with millions of objects."""

import contextlib
import os
import shlex
import sqlite3
import sys
from functools import partial
from pathlib import Path

from benchmark.checks import BLOCK
from benchmark.contenders import JOB, ossh_order
from benchmark.measure import FailedError, Order, Sample, run, tail
from benchmark.rounds import CPU, PEAK, Outcome, Trial, play
from benchmark.setting import Setting
from ossh import demo

OBJECT_BYTES = 16
ENDS = 10_000  # objects that are fetched, at each end of the listing
STARTS = 5  # runs at least, as a start is short and its time varies


def startup(setting: Setting) -> Outcome:
    """Measure the CPU time of `ossh -c pwd`, from source."""
    commands = {
        "ossh -c pwd": [sys.executable, "-P", "-m", "ossh", "-c", "pwd"],
        "python -c 'import cmd2'": [sys.executable, "-c", "import cmd2"],
        "python -c pass": [sys.executable, "-c", "pass"],
    }
    trials = [Trial(name, partial(run, Order(command, {}))) for name, command in commands.items()]
    series = play("startup", trials, max(setting.runs, STARTS), setting.root)
    return Outcome("start, print where one stands, leave", CPU, CPU, series)


def memory(setting: Setting, name: str = "memory", objects: int = 1_000_000) -> Outcome:
    """Measure the peak with a huge bucket: list and plan all, fetch the first and last 10,000.

    The plan is made by `refresh`. Then the rows between are marked in the manifest, which
    is a public format, as refused by the service: `get` leaves them alone, and fetches the rest.
    It runs once, as memory hardly varies and a run takes minutes.
    """
    count = setting.scaled(objects)
    setting.need(count * 800)
    with demo.start(empty=True, synthetic={"many": (count, OBJECT_BYTES)}) as server:
        trial = Trial("ossh", partial(_plan_and_fetch, server, count))
        series = play(name, [trial], 1, setting.root)
    title = f"{count:,} objects listed and planned, the first and last {ENDS:,} fetched"
    return Outcome(title, PEAK, CPU, series, ["One run."])


def _plan_and_fetch(server: demo.DemoServer, count: int, scratch: Path) -> Sample:
    target, jobs = scratch / "files", scratch / "jobs"
    save = f"save {JOB} --to {shlex.quote(str(target))}"
    ossh = partial(ossh_order, server.endpoint, server.environ, jobs)
    planned = run(ossh("oss://many/", "-c", save, "-c", "refresh"), scratch)
    rows = _refuse_middle(jobs / f"{JOB}.sqlite")
    if rows != count:
        message = f"{rows} objects planned instead of {count}: {tail(scratch / 'output')}"
        raise FailedError(message)
    refused = (1,) if count > 2 * ENDS else (0,)
    job = str(jobs / f"{JOB}.toml")
    fetched = run(ossh(job, "-c", "get", accepted=refused), scratch)
    files = sum(len(names) for folder, _, names in os.walk(target) if Path(folder) != target)
    if files < min(count, 2 * ENDS):
        raise FailedError(f"{files} files fetched instead of {min(count, 2 * ENDS)}")
    return Sample(
        planned.seconds + fetched.seconds,
        planned.cpu_seconds + fetched.cpu_seconds,
        max(planned.peak_bytes, fetched.peak_bytes),
    )


def _refuse_middle(manifest: Path) -> int:
    """Mark all but the ends as refused by the service; return how many rows there are."""
    with contextlib.closing(sqlite3.connect(manifest)) as database, database:
        database.execute(f"PRAGMA cache_size = -{BLOCK // 16}")
        (rows,) = database.execute("SELECT count(*) FROM objects").fetchone()
        database.execute(
            "UPDATE entries SET status = 'failed', cause = 'denied', attempts = 1 "
            "WHERE row > ? AND row <= ?",
            (ENDS, rows - ENDS),
        )
        database.execute("DELETE FROM counts")
        database.execute(
            "INSERT INTO counts SELECT status, coalesce(cause, ''), coalesce(proof, ''), mapped,"
            " count(*), sum(size) FROM entries GROUP BY 1, 2, 3, 4"
        )
    return int(rows)
