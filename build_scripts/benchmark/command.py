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

from benchmark import alone, downloads, hostile, listings, prompt, quiet, report, tools
from benchmark.measure import ROOT
from benchmark.rounds import Outcome, say
from benchmark.server import make_certificate
from benchmark.setting import LeftOutError, Setting

PAGE = ROOT / "docs" / "benchmarks.md"
TMPFS = Path("/dev/shm")  # noqa: S108 - memory, not a place for names that others guess

WORKS: Mapping[str, Callable[[Setting], Outcome]] = {
    **{work.name: work for work in downloads.DOWNLOADS},
    "list": listings.list_all,
    "list-20ms": listings.list_delayed,
    "first-byte": listings.first_byte,
    "finished": listings.finished,
    "bar": downloads.bar,
    "startup": alone.startup,
    "prompt": prompt.prompt,
    "rate-small": prompt.rate_small,
    "rate-large": prompt.rate_large,
    "memory": alone.memory,
    "hostile": hostile.hostile,
    "memory-10m": alone.memory_10m,
}
LONG = ("finished", "memory", "memory-10m", "hostile", *downloads.RARE)  # only when they are named


def main(arguments: Sequence[str]) -> int:
    """Run the workloads that the command line names and return the exit status."""
    options = _parser().parse_args(arguments)
    names = options.works or [name for name in WORKS if name not in LONG]
    left_out: list[tuple[str, str]] = []
    failed = False
    signal.signal(signal.SIGTERM, _end)
    with folder() as root:
        found = tools.find(root)
        certificate = make_certificate(root)
        setting = Setting(
            root, found, options.runs, options.scale, certificate, is_kept=options.write
        )
        for line in report.missing(found, []):
            say(line)
        for name in names:
            try:
                if options.write:
                    quiet.require()
                circumstances = report.conditions(found, options.runs, options.scale)
                outcome = WORKS[name](setting)
            except LeftOutError as error:
                left_out.append((name, str(error)))
                continue
            failed = failed or any(series.failure for series in outcome.series)
            text = report.section(outcome, circumstances)
            print(f"\n## {name}\n\n{text}", flush=True)
            if options.write and not report.write(PAGE, name, text):
                say(f"{PAGE.name} has no section for '{name}'")
        for line in report.missing(found, left_out):
            say(line)
    return 1 if failed or left_out else 0


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
    add("--write", action="store_true", help=f"put the tables into {PAGE.relative_to(ROOT)}")
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
