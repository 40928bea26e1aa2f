"""The workloads that only ossh runs: its startup, and its memory with millions of objects."""

import sys
from functools import partial
from pathlib import Path

from benchmark.checks import check_planned
from benchmark.contenders import ossh_order
from benchmark.measure import Order, Sample, run
from benchmark.rounds import CPU, PEAK, Outcome, Trial, play
from benchmark.setting import Setting
from ossh import demo

OBJECT_BYTES = 16
COUNTS = (1_000_000, 10_000_000)
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


def memory(setting: Setting) -> Outcome:
    """Measure the peak of planning huge buckets, once, as it hardly varies and takes minutes."""
    counts = [setting.scaled(count) for count in COUNTS]
    setting.need(max(counts) * 800)
    many = {f"{count}-objects": (count, OBJECT_BYTES) for count in counts}
    with demo.start(empty=True, synthetic=many) as server:
        trials = [
            Trial(f"{count:,} objects", partial(_planned, server, bucket, count))
            for bucket, (count, _) in many.items()
        ]
        series = play("memory", trials, 1, setting.root)
    return Outcome("`ossh get --dry-run`", PEAK, CPU, series, ["One run."])


def _planned(server: demo.DemoServer, bucket: str, count: int, scratch: Path) -> Sample:
    words = ("get", f"oss://{bucket}/", "--to", str(scratch / "files"), "--dry-run")
    order = ossh_order(server.endpoint, server.environ, scratch / "jobs", *words)
    sample = run(order, scratch)
    check_planned(count, scratch / "output")
    return sample
