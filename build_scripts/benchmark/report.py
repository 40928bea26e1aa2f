"""Writes outcomes as Markdown tables, on the screen and into docs/benchmarks.md."""

import os
import platform
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.measure import Sample
from benchmark.peers import FLOOR
from benchmark.quiet import busy
from benchmark.rounds import Outcome, Series
from benchmark.tools import Tools

MIB = 1 << 20
PEAK = "peak MiB"
TO = "\N{EN DASH}"  # between the ends of a range


def table(outcome: Outcome) -> str:
    """Return an outcome as a table: medians, the range of the runs, ossh against each peer.

    In a race the fastest is bold. So is each whose range overlaps with its: that is a tie.
    """
    metric, ours = outcome.metric, outcome.series[0]
    heads = [outcome.title, metric.label, "range"]
    heads += ["ossh / it"] if outcome.is_race else []
    heads += [outcome.begun.label] if outcome.begun else []
    heads += ["of the arithmetic"] if outcome.arithmetic else []
    heads += [label for label in (outcome.cost.label, PEAK) if label != metric.label]
    first = _first(outcome) if outcome.is_race else []
    lines = [
        f"| {' | '.join(heads)} |",
        f"|---{'|---:' * (len(heads) - 1)}|",
        *(
            _line(outcome, ours, series, len(heads), is_first=series in first)
            for series in outcome.series
        ),
    ]
    return "\n".join([*lines, *(f"\n{note}" for note in outcome.notes)])


def _first(outcome: Outcome) -> list[Series]:
    """Return the fastest series, with those that tie with it."""
    of = outcome.metric.of
    racing = [one for one in outcome.series if one.samples and not one.name.startswith(FLOOR)]
    results = [Result(one.median(of), *_range(one, of)) for one in racing]
    return [one for one, is_first in zip(racing, first(results), strict=True) if is_first]


def _range(series: Series, of: Callable[[Sample], float]) -> tuple[float, float]:
    values = [of(sample) for sample in series.samples]
    return min(values), max(values)


@dataclass(frozen=True, slots=True)
class Result:
    """What one tool reached in a workload: more is better.

    Args:
        median: Of its runs.
        lowest: The slowest of them.
        highest: The fastest.
        text: The median as it is shown.
    """

    median: float
    lowest: float
    highest: float
    text: str = ""


def first(results: Sequence[Result]) -> list[bool]:
    """Tell of each result whether it is the best, or ties with it: their ranges overlap."""
    best = max(results, key=lambda one: one.median, default=None)
    return [
        best is not None and one.highest >= best.lowest and best.highest >= one.lowest
        for one in results
    ]


def _line(outcome: Outcome, ours: Series, series: Series, columns: int, *, is_first: bool) -> str:
    if not series.samples:
        return f"| {series.name} | failed: {_cell(series.failure)} |" + " |" * (columns - 2)
    of = outcome.metric.of
    lowest, highest = _range(series, of)
    median = _number(series.median(of))
    begun = () if outcome.begun is None else (outcome.begun.of,)
    spent = {
        outcome.cost.label: _number(
            series.median(lambda sample: sample.cpu_seconds) * outcome.cost.factor
        ),
        PEAK: f"{series.median(lambda sample: sample.peak_bytes) / MIB:.0f}",
    }
    cells = (
        series.name if not series.failure else f"{series.name} (failed later)",
        f"**{median}**" if is_first else median,
        f"{_number(lowest)}{TO}{_number(highest)}",
        *([_ratio(ours, series, of)] if outcome.is_race else []),
        *(_number(series.median(one)) for one in begun),
        *_share(outcome, series),
        *(text for label, text in spent.items() if label != outcome.metric.label),
    )
    return f"| {' | '.join(cells)} |"


def _ratio(ours: Series, series: Series, of: Callable[[Sample], float]) -> str:
    """Return ours as a multiple of a peer's."""
    if series is ours or not ours.samples or not series.median(of):
        return "" if series is ours else "?"
    return f"{ours.median(of) / series.median(of):.2f}"


def _share(outcome: Outcome, series: Series) -> list[str]:
    """Return how much of the arithmetic it reached, in a list; an empty one if there is none."""
    of = (outcome.begun or outcome.metric).of
    return [f"{series.median(of) / outcome.arithmetic:.2f}"] if outcome.arithmetic else []


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")[:160]


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


def section(outcome: Outcome, circumstances: str, versions: Sequence[str]) -> str:
    """Return the text between the markers of a workload; of versions, those of its tools."""
    names = tuple(f"{one.name} ".replace(",", " ") for one in outcome.series)
    shown = [one for one in versions if any(name.startswith(f"{_tool(one)} ") for name in names)]
    return f"{table(outcome)}\n\n{'; '.join([circumstances, *shown])}.\n"


def _tool(version: str) -> str:
    return version.rpartition(" ")[0]


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
