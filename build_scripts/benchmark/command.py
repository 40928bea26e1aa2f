"""The benchmark's command line."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import environment

from benchmark import downloads, listings, peers, quiet, report
from benchmark.measure import FailedError
from benchmark.racing import Outcome, say
from benchmark.setting import Setting

PAGE = environment.ROOT / "docs" / "benchmarks.md"
TMPFS = Path("/dev/shm")  # noqa: S108 - memory, not a place for names that others guess

WORKS: Mapping[str, Callable[[Setting], Outcome]] = {
    **{work.name: work for work in downloads.DOWNLOADS},
    "list": listings.list_all,
    "list-20ms": partial(listings.list_all, name="list-20ms", delay_ms=20),
    "first-byte": listings.first_byte,
    "finished": listings.finished,
    "durable": downloads.durable,
    "startup": listings.startup,
    "memory": listings.memory,
}
# Only when they are named.
LONG = ("slow-sets-in", "slow-lifted", "durable", "finished", "memory")


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    if options.readme:
        report.fill(PAGE)
        return 0
    with TemporaryDirectory(prefix="ossh-bench-", dir=TMPFS, ignore_cleanup_errors=True) as name:
        setting = Setting(
            Path(name), peers.find(), options.runs, options.scale, is_kept=options.write
        )
        return _measure(options.works or [name for name in WORKS if name not in LONG], setting)


def _measure(names: Sequence[str], setting: Setting) -> int:
    status = 0
    for name in names:
        try:
            if setting.is_kept:
                say(f"{name}: waiting until nothing else runs")
                quiet.require()
            circumstances = report.conditions(setting.runs, setting.scale)
            text = f"{report.table(WORKS[name](setting))}\n\n{circumstances}.\n"
        except FailedError as error:
            say(f"left out: workload '{name}': {error}")
            status = 1
            continue
        print(f"\n## {name}\n\n{text}", flush=True)
        if setting.is_kept:
            report.write(PAGE, name, text)
            report.fill(PAGE)
    return status


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.py",
        description="Measure ossh against other tools, on this machine alone.",
        epilog=f"workloads: {', '.join(WORKS)}; by default all but {', '.join(LONG)}",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("works", nargs="*", metavar="WORKLOAD", help="one of those listed below")
    add("--runs", type=int, default=5, metavar="N", help="runs of each tool (default 5)")
    add("--scale", type=float, default=1.0, metavar="F", help="0.05 makes the workloads small")
    add("--write", action="store_true", help="put the tables into docs, if the machine is quiet")
    add("--readme", action="store_true", help="fill README's table from docs, and measure nothing")
    options = parser.parse_args(arguments)
    for name in set(options.works).difference(WORKS):
        parser.error(f"there is no workload '{name}'")
    if options.write and options.scale != 1:
        parser.error("--write needs whole workloads: leave out --scale")
    return options
