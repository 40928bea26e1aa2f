"""Writes outcomes as Markdown tables, on the screen and into docs/benchmarks.md."""

import os
import platform
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmark.measure import Sample
from benchmark.quiet import busy
from benchmark.rounds import PEAK, Outcome, Series

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
    best = max(outcome.series, key=lambda one: one.median(metric.of))
    lowest, _ = _range(best, metric.of)

    def median(one: Series) -> str:
        text = _number(one.median(metric.of))
        is_first = outcome.is_race and _range(one, metric.of)[1] >= lowest
        return f"**{text}**" if is_first else text

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


def _range(series: Series, of: Callable[[Sample], float]) -> tuple[float, float]:
    values = [of(sample) for sample in series.samples]
    return min(values), max(values)


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


def write(page: Path, work: str, text: str) -> None:
    """Replace the section of a workload in a page.

    A section is between `<!-- begin NAME -->` and `<!-- end NAME -->`. Sections of workloads that
    were not run stay, as each has its own ratios and says when it was measured.
    """
    before = page.read_text(encoding="utf-8")
    start = before.index(f"<!-- begin {work} -->\n") + len(f"<!-- begin {work} -->\n")
    stop = before.index(f"<!-- end {work} -->")
    page.write_text(before[:start] + text + before[stop:], encoding="utf-8")
