"""The command line of the measurement, and its table."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark import report, tools
from benchmark.checks import check_tree
from benchmark.command import PAGE, folder
from benchmark.contenders import JOB, Place, ossh_command
from benchmark.data import Bucket
from benchmark.measure import ROOT, FailedError, base_environ
from benchmark.rounds import say
from benchmark.server import Server, make_certificate
from benchmark.setting import Setting

from interpreter_lock.sampling import Held, layout, watch, while_busy

if sys.platform == "win32":
    message = "the measurement runs on Linux only"
    raise SystemExit(message)

RUNS = 5
NAMED_THREADS = Path(__file__).with_name("named_threads.py")
WORKERS = ("ossh-lane", "ossh-stream")
OBJECTS, GIB = 10_000, 1 << 30
LOOP = 10_000_000

HEAD = """| for {unit} | s of the lock | threads that fetch | CPU s | one process at most |
|---|---:|---:|---:|---:|"""


@dataclass(frozen=True, slots=True)
class Work:
    """A download.

    Args:
        bucket: What is fetched.
        setting: A command of ossh before it.
    """

    bucket: Bucket
    setting: str


# One connection for the large ones: threads that share two cores are stopped while they hold the
# lock, and what they hold it for would count twice. The work for each byte is the same.
SMALL = Work(Bucket("small", OBJECTS, 4096), "set connections 512")
LARGE = Work(Bucket("large", 2, GIB // 2), "set connections 1")


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, and write it where that is asked for; return the exit status."""
    if set(arguments) - {"--write"}:
        say("usage: lock.py [--write]")
        return 2
    with folder() as root:
        setting = Setting(root, tools.Tools(), RUNS, 1.0, make_certificate(root))
        circumstances = report.conditions(setting.tools, RUNS, 1.0).partition("; .")[0]
        try:
            lines = [*_table(setting, SMALL), "", *_table(setting, LARGE)]
        except FailedError as error:
            say(f"error: {error}")
            return 1
    loop = f"{LOOP:,} turns of an empty loop took {_loop_seconds():.2f} s of CPU."
    text = "\n".join([*lines, "", f"{circumstances}. {loop}", ""])
    print(text)
    if "--write" in arguments and not report.write(PAGE, "lock", text):
        say(f"{PAGE.name} has no section for 'lock'")
    return 0


def _loop_seconds() -> float:
    """Return what tells how fast this machine is now."""
    started = time.process_time()
    for _ in range(LOOP):
        pass
    return time.process_time() - started


def _table(setting: Setting, work: Work) -> Iterator[str]:
    is_small = work is SMALL
    yield HEAD.format(unit=f"{OBJECTS:,} x 4 KiB" if is_small else "1 GiB")
    bucket = setting.make(work.bucket)
    try:
        for with_tls in (False, True):
            with setting.serving(bucket, with_tls=with_tls) as server:
                runs = [_run(setting.root, server, work) for _ in range(setting.runs)]
            # whatever else the machine does only adds to it
            held, cpu_seconds = min(runs, key=lambda one: one[0].total)
            seconds, fetching = held.total, sum(held.by_thread[name] for name in WORKERS)
            most = f"{OBJECTS / seconds:,.0f} obj/s"
            if not is_small:
                most = f"{GIB * 8e-9 / seconds:.1f} Gbit/s"
            yield (
                f"| {'TLS' if with_tls else 'plain'} | {seconds:.3f}"
                f" | {fetching:.3f} | {cpu_seconds:.2f} | {most} |"
            )
    finally:
        shutil.rmtree(setting.root / bucket.name, ignore_errors=True)


def _run(root: Path, server: Server, work: Work) -> tuple[Held, float]:
    """Return how long a download held the lock, and its CPU seconds, its start included.

    Raises:
        FailedError: Not everything was fetched.
    """
    scratch = Path(tempfile.mkdtemp(prefix="run-", dir=root))
    place = Place(server, scratch)
    get = f"get --to {place.target} --name {JOB}"
    _, _, _, *arguments = ossh_command(place, work.setting, get, quiet=True)
    process = subprocess.Popen(
        [sys.executable, str(NAMED_THREADS), *arguments],
        cwd=scratch,
        env={**base_environ(scratch), **place.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        seen = watch(process.pid, layout())
    finally:
        os.kill(process.pid, signal.SIGKILL)  # its own `kill` may wait for it, and lose the usage
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    check_tree(server.bucket, place.target, with_mtime=True)
    shutil.rmtree(scratch)
    held = while_busy(seen, WORKERS)
    say(f"{work.bucket.name}: {held.total:.3f} s of {held.seconds:.2f}: {dict(held.by_thread)}")
    return held, usage.ru_utime + usage.ru_stime
