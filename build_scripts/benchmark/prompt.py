"""The prompt's workloads: how fast it responds during a job, and how accurate `set rate` is.

A key's echo is timed from the moment it is pressed until the terminal shows it, as a person
sees it. Keys are pressed at random moments, whatever else happens.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from terminal import Terminal

from benchmark.contenders import JOB
from benchmark.launch import COLUMNS, LINES
from benchmark.measure import ROOT, FailedError, Sample, base_environ
from benchmark.rounds import Cost, Metric, Outcome, Series, Trial, play, say
from benchmark.setting import Setting
from ossh import demo

if sys.platform == "win32":
    raise SystemExit("the benchmark runs on Linux only")

BUCKET = "many"
PROMPT = f"oss://{BUCKET}/>"
COUNT, OBJECT_BYTES = 400_000, 4096
KEYS = 250  # pressed in a run
LETTERS = "QWXZVY"  # in no text of the toolbar
LINE = 40  # letters after which the line is cleared
CLEAR = "\x15"  # Ctrl-U: forgets what was typed
PAUSE_SECONDS = (0.01, 0.05)  # between two keys

MIB = 1 << 20
WINDOW_SECONDS = 5.0
LARGE_COUNT, LARGE_BYTES = 8, 256 * MIB
SMALL_RATES = (1, 4, 2)  # MiB/s, one after another in one run
LARGE_RATES = (20, 50, 10)


def prompt(setting: Setting) -> Outcome:
    """Measure how long a key's echo takes, with and without a job in the background."""
    count, keys = setting.scaled(COUNT), setting.scaled(KEYS)
    setting.need(2 * count * OBJECT_BYTES)
    names = ("p99, a job runs", "p50, a job runs", "p99, nothing runs", "p50, nothing runs")
    shown = {name: Series(name) for name in names}
    with demo.start(empty=True, synthetic={BUCKET: (count, OBJECT_BYTES)}) as server:

        def press(scratch: Path, *, busy: bool) -> Sample:
            waits, sample = _pressed(server, scratch, keys, busy=busy)
            what = "a job runs" if busy else "nothing runs"
            for part, index in (("p50", 50), ("p99", 99)):
                value = statistics.quantiles(waits, n=100, method="inclusive")[index - 1]
                taken = Sample(value, sample.cpu_seconds, sample.peak_bytes)
                shown[f"{part}, {what}"].samples.append(taken)
            say(f"slowest {max(waits) * 1e3:.1f} ms")
            return sample

        trials = [
            Trial("a job runs", lambda scratch: press(scratch, busy=True)),
            Trial("nothing runs", lambda scratch: press(scratch, busy=False)),
        ]
        for series in play("prompt", trials, setting.runs, setting.root):
            for one in shown.values():
                if one.name.endswith(series.name):
                    one.failure = series.failure
    metric = Metric("ms", lambda sample: sample.seconds * 1e3)
    title = f"echo of {keys} keys while {count:,} x {OBJECT_BYTES // 1024} KiB are fetched"
    return Outcome("prompt", title, metric, Cost(), list(shown.values()))


def _pressed(
    server: demo.DemoServer, scratch: Path, keys: int, *, busy: bool
) -> tuple[list[float], Sample]:
    rng = random.Random(7)  # noqa: S311 - moments and letters
    with _shell(server, scratch) as terminal:
        terminal.until(PROMPT)
        if busy:
            _begin(terminal, scratch)
        waits = []
        for number in range(keys):
            waits.append(_echo(terminal, rng.choice(LETTERS)))
            if number % LINE == LINE - 1:
                terminal.type(CLEAR, end="")
            time.sleep(rng.uniform(*PAUSE_SECONDS))
        if busy and _files(scratch) >= COUNT:
            raise FailedError("the job was over before the last key")
        return waits, _killed(terminal, sum(waits))


@contextmanager
def _shell(server: demo.DemoServer, scratch: Path) -> Iterator[Terminal]:
    """Give ossh at its prompt; what it showed is left in `scratch/output`."""
    (scratch / ".local/state/ossh").mkdir(parents=True)
    (scratch / ".local/state/ossh/history").touch()  # else it greets a newcomer
    options = ["--endpoint", server.endpoint, "--region", "cn-hangzhou", "--jobs-dir", "jobs"]
    command = [sys.executable, "-P", "-m", "ossh", f"oss://{BUCKET}/", *options]
    environ = {**base_environ(scratch), "PYTHONPATH": str(ROOT), **server.environ}
    with Terminal(command, scratch, environ, (LINES, COLUMNS)) as terminal:
        try:
            yield terminal
        finally:
            (scratch / "output").write_text(terminal.text, encoding="utf-8")


def _killed(terminal: Terminal, seconds: float) -> Sample:
    """Kill ossh; return a sample with these seconds and the CPU and memory it used."""
    terminal.process.kill()
    _, status, usage = os.wait4(terminal.process.pid, 0)
    terminal.process.returncode = os.waitstatus_to_exitcode(status)
    return Sample(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _begin(terminal: Terminal, scratch: Path) -> None:
    """Start the job and wait until it fetches."""
    terminal.type(f"get --background --to files --name {JOB}")
    terminal.until(rf"is running in the background[\s\S]*{PROMPT}")
    while not _stored(scratch / "files"):
        time.sleep(0.05)


def _echo(terminal: Terminal, letter: str) -> float:
    """Press a key and return the seconds until it is shown."""
    pressed = time.perf_counter()
    terminal.type(letter, end="")
    terminal.until(letter)
    return time.perf_counter() - pressed


def rate_small(setting: Setting) -> Outcome:
    """Measure how accurate `set rate` is with small objects, changed while the job runs."""
    return _rate(setting, "rate-small", COUNT, OBJECT_BYTES, SMALL_RATES)


def rate_large(setting: Setting) -> Outcome:
    """Measure how accurate `set rate` is with large objects, changed while the job runs."""
    return _rate(setting, "rate-large", LARGE_COUNT, LARGE_BYTES, LARGE_RATES)


def _rate(setting: Setting, work: str, count: int, size: int, rates: tuple[int, ...]) -> Outcome:
    setting.need(round(2 * WINDOW_SECONDS * sum(rates) * MIB))
    shown = {rate: Series(f"set rate {rate}MiB") for rate in rates}
    with demo.start(empty=True, synthetic={BUCKET: (count, size)}) as server:

        def measured(scratch: Path) -> Sample:
            with _shell(server, scratch) as terminal:
                speeds = list(_speeds(terminal, scratch, rates))
                sample = _killed(terminal, WINDOW_SECONDS * len(rates))
            for rate, speed in zip((*rates[1:], rates[0]), speeds, strict=True):
                deviation = abs(speed / (rate * MIB) - 1)
                say(f"set rate {rate}MiB: {speed / MIB:.3f} MiB/s, off by {deviation:.2%}")
                taken = Sample(deviation, sample.cpu_seconds, sample.peak_bytes)
                shown[rate].samples.append(taken)
            return sample

        for series in play(work, [Trial("set rate", measured)], setting.runs, setting.root):
            for one in shown.values():
                one.failure = series.failure
    metric = Metric("% off", lambda sample: sample.seconds * 100)
    title = f"bytes on disk over {WINDOW_SECONDS:.0f} s after each change"
    return Outcome(work, title, metric, Cost(), list(shown.values()))


def _speeds(terminal: Terminal, scratch: Path, rates: tuple[int, ...]) -> Iterator[float]:
    """Set one rate after another and yield the bytes per second that reach the disk at each."""
    target = scratch / "files"
    terminal.until(PROMPT)
    _set_rate(terminal, rates[0])
    _begin(terminal, scratch)
    for rate in (*rates[1:], rates[0]):
        _set_rate(terminal, rate)
        since, before = time.perf_counter(), _stored(target)
        time.sleep(WINDOW_SECONDS)
        after = _stored(target)
        yield (after - before) / (time.perf_counter() - since)


def _set_rate(terminal: Terminal, rate: int) -> None:
    terminal.type(f"set rate {rate}MiB")
    terminal.until(rf"\N{{BOX DRAWINGS LIGHT HORIZONTAL}}> [\s\S]*{PROMPT}")


def _stored(target: Path) -> int:
    """Return the bytes that are really on disk below a folder, unfinished files included."""
    total = 0
    for folder, _, names in os.walk(target):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH116, PTH118 - many files
            except FileNotFoundError:
                continue  # it has just got its final name
    return total


def _files(scratch: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(scratch / "files"))
