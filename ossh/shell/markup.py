"""Pieces of HTML and SVG, with everything that comes from elsewhere escaped. Pure."""

from collections.abc import Iterable, Sequence
from html import escape

from ossh.language import _
from ossh.paths import printable
from ossh.session.throughput import Throughput
from ossh.shell.text import rate
from ossh.units import format_duration

_WIDTH, _HEIGHT = 720, 220  # of the plot, in its own units
_LEFT, _BOTTOM, _TOP = 84, 30, 12  # room for the axes
_COLUMNS = 120  # stretches of time that are told apart
_TICKS = 4


def text(value: object) -> str:
    """Return a value as text of a page: nothing in it is markup, drives a reader or is unseen."""
    return escape(printable(str(value)), quote=True)


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], numbers: str = "") -> str:
    """Return a table.

    Args:
        titles: Of its columns, in English; those that are numbers end in a space. What stands below
            "key" and "message" may be broken anywhere, as it may be long.
        rows: Their cells.
        numbers: Said below it; "" for nothing.
    """
    kinds = [_kind(title) for title in titles]
    head = "".join(
        f'<th scope="col"{kind}>{text(_(title).strip())}</th>'
        for title, kind in zip(titles, kinds, strict=True)
    )
    body = "\n".join(
        "<tr>"
        + "".join(f"<td{kind}>{text(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    note = f'<p class="note">{text(numbers)}</p>\n' if numbers else ""
    return (
        f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>\n{note}"
    )


def _kind(title: str) -> str:
    if title.endswith(" "):
        return ' class="n"'
    return ' class="long"' if title in {"key", "message"} else ""


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Return names, which are given in English, and values as a list."""
    rows = "\n".join(f"<dt>{text(_(name))}</dt><dd>{text(value)}</dd>" for name, value in pairs)
    return f"<dl>\n{rows}\n</dl>\n"


def plot(speed: Throughput) -> str:
    """Return a run's speed over time as an SVG picture."""
    rates = speed.rates(_COLUMNS)
    highest = max(rates) or 1.0
    right, bottom = _WIDTH - 8, _HEIGHT - _BOTTOM
    step = (right - _LEFT) / len(rates)
    points = []
    for number, one in enumerate(rates):
        height = bottom - one / highest * (bottom - _TOP)
        points.append(f"{_LEFT + number * step:.1f},{height:.1f}")
        points.append(f"{_LEFT + (number + 1) * step:.1f},{height:.1f}")
    line = " ".join(points)
    summary = _("speed over {time}, at most {rate}").format(
        time=format_duration(speed.duration), rate=rate(highest)
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{text(summary)}">\n'
        f"{_axes(speed.duration, highest, right, bottom)}"
        f'<polygon class="area" points="{_LEFT},{bottom} {line} {right},{bottom}"/>\n'
        f'<polyline class="line" points="{line}"/>\n</svg>\n'
    )


def _axes(duration: float, highest: float, right: int, bottom: int) -> str:
    """Return lines and labels: speeds at the left, seconds below."""
    lines = []
    for tick in range(_TICKS + 1):
        share = tick / _TICKS
        y = bottom - share * (bottom - _TOP)
        lines.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        label = text(rate(highest * share))
        lines.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        x = _LEFT + share * (right - _LEFT)
        label = text(format_duration(duration * share))
        lines.append(f'<text x="{x:.1f}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{label}</text>')
    return "\n".join(lines) + "\n"
