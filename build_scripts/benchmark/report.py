"""Writes outcomes as Markdown tables: on the screen, into docs/benchmarks.md and into README."""

import os
import platform
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import environment

from benchmark.measure import Sample
from benchmark.peers import PEERS
from benchmark.quiet import busy
from benchmark.racing import PEAK, Outcome

# README is filled from the tables of docs/benchmarks.md, never by hand.
PAGES = {"README.md": 0, "README.zh-CN.md": 1}  # and which of the labels below is in its language
ROWS = {
    "small": ("10,000 × 4 KiB, objects/s", "10,000 × 4 KiB，个/s"),
    "medium": ("2,000 × 1 MiB, MB/s", "2,000 × 1 MiB，MB/s"),
    "large": ("4 × 512 MiB, MB/s", "4 × 512 MiB，MB/s"),
    "large-tls": ("4 × 512 MiB over TLS, MB/s", "4 × 512 MiB，TLS，MB/s"),
    "slow-20": (
        "8 × 128 MiB, 20 MB/s a connection, MB/s",
        "8 × 128 MiB，每个连接 20 MB/s，MB/s",
    ),
    "list": ("a million keys listed, keys/s", "列举一百万个对象，个/s"),
}
TOOLS = ("ossh", *(one.tool for one in PEERS))
ROW = re.compile(r"(?m)^\| (.*?) \| (\**[\d,.]+\**) \|")  # of a tool: its name, and its median


def table(outcome: Outcome) -> str:
    """Return an outcome as a table: medians, the range of the runs, ossh against each peer."""
    columns = list(_columns(outcome))
    rows = [
        [name, *(text(samples) for _, text in columns)] for name, samples in outcome.runs.items()
    ]
    drawn = markdown([[outcome.title, *(head for head, _ in columns)], *rows])
    return "\n".join([drawn, *(f"\n{note}" for note in outcome.notes)])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return a table of a head and rows; all but the first column are aligned as numbers."""
    head, *lines = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, f"|---{'|---:' * (len(rows[0]) - 1)}|", *lines])


def _columns(outcome: Outcome) -> Iterator[tuple[str, Callable[[list[Sample]], str]]]:
    """Yield the heading of each column of figures, with what returns a tool's cell below it.

    In a race the fastest is bold. So is each whose range overlaps with its: that is a tie.
    """
    metric, begun = outcome.metric, outcome.begun
    ours = next(iter(outcome.runs.values()))
    lowest = min(map(metric.of, max(outcome.runs.values(), key=metric.median)))

    def median(samples: list[Sample]) -> str:
        text = _number(metric.median(samples))
        is_first = outcome.is_race and max(map(metric.of, samples)) >= lowest
        return f"**{text}**" if is_first else text

    def spread(samples: list[Sample]) -> str:
        values = sorted(map(metric.of, samples))
        return f"{_number(values[0])}\N{EN DASH}{_number(values[-1])}"

    def ratio(samples: list[Sample]) -> str:
        """Return ours as a multiple of a peer's."""
        return "" if samples is ours else f"{metric.median(ours) / metric.median(samples):.2f}"

    yield metric.label, median
    yield "range", spread
    if outcome.is_race:
        yield "ossh / it", ratio
    if begun:
        yield begun.label, lambda samples: _number(begun.median(samples))
    if begun and outcome.arithmetic:
        yield (
            "of the arithmetic",
            lambda samples: f"{begun.median(samples) / outcome.arithmetic:.2f}",
        )
    if outcome.cost.label != metric.label:
        yield outcome.cost.label, lambda samples: _number(outcome.cost.median(samples))
    if PEAK.label != metric.label:
        yield PEAK.label, lambda samples: f"{PEAK.median(samples):.0f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def conditions(runs: int, scale: float) -> str:
    """Return the conditions of a workload, as one line; looking at them takes two seconds."""
    size = "" if scale == 1 else f", scaled by {scale:g}: the figures mean nothing"
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    machine = f"{_processor()}, {os.cpu_count()} cores, {busy():.0%} in use before"
    system = f"Linux {platform.release()}, Python {platform.python_version()}"
    return f"{when} UTC, {runs} runs{size}; {machine}; {system}"


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()


def write(page: Path, work: str, text: str) -> None:
    """Replace the section of a workload in a page.

    A section is between `<!-- begin NAME -->` and `<!-- end NAME -->`. Sections of workloads that
    were not run stay, as each has its own ratios and says when it was measured.
    """
    before = page.read_text(encoding="utf-8")
    start = before.index(f"<!-- begin {work} -->\n") + len(f"<!-- begin {work} -->\n")
    stop = before.index(f"<!-- end {work} -->")
    page.write_text(before[:start] + text + before[stop:], encoding="utf-8")


def fill(page: Path) -> None:
    """Replace the tables of speeds in README, in each language, by what a page says."""
    text = page.read_text(encoding="utf-8")
    for name, language in PAGES.items():
        write(environment.ROOT / name, "speeds", speeds(text, language))


def speeds(page: str, language: int = 0) -> str:
    """Return a table with a row for each workload and a column for each tool that is in any."""
    rows = {name: _medians(page, name) for name in ROWS}
    tools = [tool for tool in TOOLS if any(tool in row for row in rows.values())]
    lines = [
        [ROWS[name][language], *(row.get(tool, "–") for tool in tools)]
        for name, row in rows.items()
        if row
    ]
    return markdown([["", *tools], *lines]) + "\n"


def _medians(page: str, work: str) -> dict[str, str]:
    """Return what each tool reached in a workload, as its table shows it; none without a table."""
    section = re.search(rf"<!-- begin {work} -->\n(.*?)<!-- end {work} -->", page, re.DOTALL)
    rows = ROW.findall(section[1] if section else "")
    return {tool: shown for name, shown in rows for tool in TOOLS if name.startswith(tool)}
