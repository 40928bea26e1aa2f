"""Writes outcomes as Markdown tables, on the screen and into docs/benchmarks.md."""

import os
import platform
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.measure import Sample
from benchmark.quiet import busy
from benchmark.rounds import PEAK, Outcome, Series
from benchmark.tools import Tools

TO = "\N{EN DASH}"  # between the ends of a range


def table(outcome: Outcome) -> str:
    """Return an outcome as a table: medians, the range of the runs, ossh against each peer."""
    columns = list(_columns(outcome))
    rows = [[text(one) for _, text in columns] for one in outcome.series]
    drawn = markdown([[head for head, _ in columns], *rows])
    return "\n".join([drawn, *(f"\n{note}" for note in outcome.notes)])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return a table of a head and rows; all but the first column are aligned as numbers."""
    head, *lines = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, f"|---{'|---:' * (len(rows[0]) - 1)}|", *lines])


def _columns(outcome: Outcome) -> Iterator[tuple[str, Callable[[Series], str]]]:
    """Yield the heading of each column, with what returns a tool's cell below it.

    In a race the fastest is bold. So is each whose range overlaps with its: that is a tie.
    """
    metric, begun, cost = outcome.metric, outcome.begun, outcome.cost
    fastest = _first(outcome) if outcome.is_race else []

    def median(one: Series) -> str:
        text = _number(one.median(metric.of))
        return f"**{text}**" if one in fastest else text

    yield outcome.title, lambda one: one.name
    yield metric.label, median
    yield "range", lambda one: TO.join(map(_number, _range(one, metric.of)))
    if outcome.is_race:
        yield "ossh / it", lambda one: _ratio(outcome.series[0], one, metric.of)
    if begun:
        yield begun.label, lambda one: _number(one.median(begun.of))
    if outcome.arithmetic:
        of = (begun or metric).of
        yield "of the arithmetic", lambda one: f"{one.median(of) / outcome.arithmetic:.2f}"
    if cost.label != metric.label:
        yield cost.label, lambda one: _number(one.median(cost.of))
    if PEAK.label != metric.label:
        yield PEAK.label, lambda one: f"{one.median(PEAK.of):.0f}"


def _first(outcome: Outcome) -> list[Series]:
    """Return the fastest series, with those that tie with it."""
    of = outcome.metric.of
    results = [Result(one.median(of), *_range(one, of)) for one in outcome.series]
    return [one for one, is_first in zip(outcome.series, first(results), strict=True) if is_first]


def _range(series: Series, of: Callable[[Sample], float]) -> tuple[float, float]:
    values = [of(sample) for sample in series.samples]
    return min(values), max(values)


@dataclass(frozen=True, slots=True)
class Result:
    """What one tool reached in a workload: more is better."""

    median: float
    lowest: float
    highest: float
    text: str = ""  # the median as it is shown


def first(results: Sequence[Result]) -> list[bool]:
    """Tell of each result whether it is the best, or ties with it: their ranges overlap."""
    best = max(results, key=lambda one: one.median, default=None)
    return [
        best is not None and one.highest >= best.lowest and best.highest >= one.lowest
        for one in results
    ]


def _ratio(ours: Series, series: Series, of: Callable[[Sample], float]) -> str:
    """Return ours as a multiple of a peer's."""
    return "" if series is ours else f"{ours.median(of) / series.median(of):.2f}"


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


def section(outcome: Outcome, circumstances: str) -> str:
    """Return the text between the markers of a workload."""
    return f"{table(outcome)}\n\n{circumstances}.\n"


def write(page: Path, work: str, text: str) -> bool:
    """Replace the section of a workload in a page; return whether the page has one.

    A section is between `<!-- begin NAME -->` and `<!-- end NAME -->`. Sections of workloads that
    were not run stay, as each has its own ratios and says when it was measured.
    """
    before = page.read_text(encoding="utf-8")
    pattern = re.compile(
        rf"(<!-- begin {re.escape(work)} -->\n).*?(<!-- end {re.escape(work)} -->)", re.DOTALL
    )
    after, count = pattern.subn(lambda found: f"{found[1]}{text}{found[2]}", before)
    if count:
        page.write_text(after, encoding="utf-8")
    return bool(count)


def missing(tools: Tools, works: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each tool and each workload that was left out, and why."""
    lines = [f"left out: {name}, {why}" for name, why in tools.missing.items()]
    return lines + [f"left out: workload '{name}': {why}" for name, why in works]
