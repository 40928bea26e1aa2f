"""The benchmark's command line."""

import argparse
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from benchmark import (
    alone,
    downloads,
    hostile,
    listings,
    prompt,
    quiet,
    readme,
    reads,
    report,
    rows,
    tools,
)
from benchmark.measure import ROOT
from benchmark.rounds import Outcome, say
from benchmark.server import make_certificate
from benchmark.setting import LeftOutError, Setting

PAGE = ROOT / "docs" / "benchmarks.md"
TMPFS = Path("/dev/shm")  # noqa: S108 - memory, not a place for names that others guess

WORKS: Mapping[str, Callable[[Setting], Outcome]] = {
    **{work.name: work for work in rows.DOWNLOADS},
    "list": listings.list_all,
    "list-20ms": listings.list_delayed,
    "first-byte": listings.first_byte,
    "finished": listings.finished,
    **{work.name: work for work in reads.WORKS},
    "bar": downloads.bar,
    "durable": downloads.durable,
    "durable-large": downloads.durable_large,
    "startup": alone.startup,
    "prompt": prompt.prompt,
    "rate-small": prompt.rate_small,
    "rate-large": prompt.rate_large,
    "memory": alone.memory,
    "hostile": hostile.hostile,
    "memory-10m": alone.memory_10m,
}
# Only when they are named.
LONG = ("durable", "durable-large", "finished", "memory", "memory-10m", "hostile")
USUAL = [name for name in WORKS if name not in LONG]


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit status."""
    options = _options(arguments)
    if options.readme:
        readme.fill(PAGE)
        return 0
    signal.signal(signal.SIGTERM, _end)
    with folder() as root:
        certificate = make_certificate(root)
        found = tools.find(root)
        setting = Setting(
            root, found, options.runs, options.scale, certificate, is_kept=options.write
        )
        return _measure(options.works or USUAL, setting)


def _measure(names: Sequence[str], setting: Setting) -> int:
    left_out: list[tuple[str, str]] = []
    failed = False
    for line in report.missing(setting.tools, []):
        say(line)
    for name in names:
        try:
            if setting.is_kept:
                say(f"{name}: waiting until nothing else runs")
                quiet.require()
            circumstances = report.conditions(setting.runs, setting.scale)
            outcome = WORKS[name](setting)
        except LeftOutError as error:
            left_out.append((name, str(error)))
            continue
        failed = failed or any(series.failure for series in outcome.series)
        text = report.section(outcome, circumstances, setting.tools.versions)
        print(f"\n## {name}\n\n{text}", flush=True)
        if setting.is_kept:
            _keep(name, text)
    for line in report.missing(setting.tools, left_out):
        say(line)
    return 1 if failed or left_out else 0


def _keep(name: str, text: str) -> None:
    if report.write(PAGE, name, text):
        readme.fill(PAGE)
    else:
        say(f"{PAGE.name} has no section for '{name}'")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what the command line says; refuse what cannot be together."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.write and options.scale != 1:
        parser.error("--write needs whole workloads: leave out --scale")
    if options.readme and (options.works or options.write):
        parser.error("--readme measures nothing: give it alone")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench.py",
        description="Measure ossh against other tools, on this machine alone.",
        epilog=f"workloads: {', '.join(WORKS)}; by default all but {', '.join(LONG)}",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("works", nargs="*", type=_work, metavar="WORKLOAD", help="one of those listed below")
    add("--runs", type=_runs, default=5, metavar="N", help="runs of each tool (default 5)")
    add("--scale", type=float, default=1.0, metavar="F", help="0.05 makes the workloads small")
    add("--write", action="store_true", help="put the tables into docs, if the machine is quiet")
    add("--readme", action="store_true", help="only fill README's table from docs")
    return parser


def _work(text: str) -> str:
    if text not in WORKS:
        message = f"there is no workload '{text}'"
        raise argparse.ArgumentTypeError(message)
    return text


def _runs(text: str) -> int:
    if not text.isdecimal() or not int(text):
        message = f"'{text}' is not a number of runs"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(143)


@contextmanager
def folder() -> Iterator[Path]:
    """Return a new folder on tmpfs that is gone afterwards, whatever happens."""
    parent = TMPFS if TMPFS.is_dir() else None
    root = Path(tempfile.mkdtemp(prefix="ossh-bench-", dir=parent))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
