"""A job's report as one page of HTML that needs nothing else: no network, no script, no font.

How the page looks is in `page.html`; here is what fills it. Pure, but for reading that file.
"""

import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from typing import Any

from ossh import __version__
from ossh.console.views.charts import speed_text
from ossh.console.views.failures import entry_record
from ossh.console.views.jobs import RUNS, STATE_TONES, ended, verified_facts
from ossh.console.views.text import Tone, count, count_sentence, rate
from ossh.language import N_, _, said, spoken
from ossh.model import Status
from ossh.printable import printable
from ossh.session.jobs.job_facts import Report
from ossh.session.speed import Throughput
from ossh.units import format_duration, format_size, local_time

GENERATOR = '<meta name="generator" content="ossh">'
"""Marks a page as ours, which may be overwritten."""

# In the template: words of the page, a value, and lines that are repeated for each of some values.
_TAG = re.compile(
    r'\{\{"(?P<words>[^"]+)"\}\}'
    r"|\{\{(?P<name>\w+)\}\}"
    r"|^\{\{#(?P<each>\w+)\}\}\n(?P<lines>.*?)^\{\{/(?P=each)\}\}\n",
    re.MULTILINE | re.DOTALL,
)

_STATUSES = {
    Status.DONE: N_("downloaded and verified"),
    Status.SKIPPED: N_("already here, unchanged"),
    Status.PENDING: N_("still to fetch"),
    Status.FAILED: N_("failed"),
    Status.ARCHIVED: N_("archived: must be restored first"),
    Status.GONE: N_("not in the bucket"),
}

_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 712, 12, 190  # of the plot within its picture
_COLUMNS = 120  # stretches of time that are told apart
_TICKS = 4

Values = dict[str, Any]


def page(report: Report) -> str:
    template = files("ossh.console.report").joinpath("page.html").read_text(encoding="utf-8")
    made = _("Made by ossh {version} on {time}.")
    return filled(
        template,
        {
            "language": spoken(),
            "title": _("{name} - download report").format(name=report.job.name),
            **_head(report),
            **_requested(report),
            **_here(report),
            "speed": [_plot(report.speed)] if report.speed is not None else [],
            "failures": [_missing(report)] if report.causes else [],
            "largest": _section(
                {"size": format_size(one.size), "key": one.key, "status": _(one.status)}
                for one in report.largest
            ),
            "slowest": _section(
                {"time": format_duration(seconds), "size": format_size(size), "key": key}
                for key, seconds, size in report.slowest
            ),
            "runs": _section(_runs(report)),
            "made": made.format(version=__version__, time=local_time(report.made)),
        },
    )


def filled(template: str, values: Mapping[str, Any]) -> str:
    """Return a template with its words looked up and its values filled in, all of them escaped.

    `{{"words"}}` are in English. `{{name}}` is a value. The lines between `{{#rows}}` and
    `{{/rows}}` are written for each of the mappings in the list `rows`, with its values too.
    """

    def put(tag: re.Match[str]) -> str:
        if tag["each"]:
            return "".join(filled(tag["lines"], {**values, **one}) for one in values[tag["each"]])
        value = _(tag["words"]) if tag["words"] else values[tag["name"]]
        return escape(printable(str(value)))  # no markup, nothing unseen or that drives a reader

    return _TAG.sub(put, template)


def _section(rows: Iterable[Values]) -> list[Values]:
    """Return the values of a section that is left out if there are no rows."""
    there = list(rows)
    return [{"rows": there}] if there else []


def _head(report: Report) -> Values:
    state, counts = report.state, report.state.counts
    here = _("of {objects} here") if state.is_listed else _("of {objects} listed so far")
    return {
        "name": report.job.name,
        "tone": STATE_TONES.get(state.state, Tone.PLAIN).name.lower(),
        "state": _(state.state),
        "objects_here": f"{counts.at_target:,}",
        "of_objects": here.format(objects=count(counts.total, "object")),
        "size_here": format_size(counts.size_at_target),
        "of_size": _("of {size}").format(size=format_size(counts.total_size)),
        "missing_objects": f"{counts.missing:,}",
        "seconds": format_duration(report.seconds),
        "in_runs": _("in {runs}").format(runs=count(len(report.runs), "run")),
    }


def _requested(report: Report) -> Values:
    job, source = report.job, report.job.source
    return {
        "source": f"oss://{source.bucket}/{source.prefix}",
        "endpoint": source.endpoint,
        "filters": _("; ").join(map(said, job.selection.rules())) or _("none, every object"),
        "target": job.directory,
        "job_file": job.path,
        "created": local_time(job.created),
    }


def _here(report: Report) -> Values:
    counts = report.state.counts
    received = _("{size} over the network, all runs together")
    differ = _("{objects} got a local name that differs from the key")
    return {
        "statuses": [
            {
                "meaning": _(meaning),
                "objects": f"{counts.objects[status]:,}",
                "size": format_size(counts.size[status]),
            }
            for status, meaning in _STATUSES.items()
            if counts.objects[status]
        ],
        "facts": [
            {"label": _(label), "fact": said(fact)}
            for label, fact in verified_facts(report.state).items()
        ],
        "received": received.format(size=format_size(report.received)),
        "mapped": [{"differ": text} for text in count_sentence(report.mapped, "object", differ)],
    }


def _missing(report: Report) -> Values:
    more = sum(one.objects for one in report.causes) - len(report.failures)
    unnamed = _("and {number:,} more; 'failures --csv FILE' lists them all").format(number=more)
    return {
        "causes": [
            {
                "cause": one.cause,
                "objects": f"{one.objects:,}",
                "meaning": _(one.meaning),
                "advice": _(one.advice),
            }
            for one in report.causes
        ],
        "named": map(entry_record, report.failures),
        "unnamed": [{"more": unnamed}] if more > 0 else [],
    }


def _runs(report: Report) -> Iterable[Values]:
    for one in report.runs:
        # the page has a place for each title of these columns
        shown = {column.title: column.cell(one) for column in RUNS.columns}
        failed = one.objects[Status.FAILED] + one.objects[Status.GONE]
        yield {**shown, "ended": ended(one).text, "failed": f"{failed:,}"}


def _plot(speed: Throughput) -> Values:
    """Return a run's speed over time as what its picture is drawn from."""
    rates = speed.rates(_COLUMNS)
    highest = max(rates) or 1.0
    step = (_RIGHT - _LEFT) / len(rates)
    steps = [
        f"{_LEFT + (number + end) * step:.1f},{_height(one / highest):.1f}"
        for number, one in enumerate(rates)
        for end in (0, 1)
    ]
    summary = _("speed over {time}, at most {rate}")
    return {
        "summary": summary.format(time=format_duration(speed.duration), rate=rate(highest)),
        "words": said(speed_text(speed)),
        "left": _LEFT,
        "right": _RIGHT,
        "bottom": _BOTTOM,
        "line": " ".join(steps),
        "rates": [_tick(number / _TICKS, highest) for number in range(_TICKS + 1)],
        "times": [
            {
                "x": f"{_LEFT + share * (_RIGHT - _LEFT):.1f}",
                "anchor": anchor,
                "time": format_duration(speed.duration * share),
            }
            for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
        ],
    }


def _height(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _tick(share: float, highest: float) -> Values:
    y = _height(share)
    return {"y": f"{y:.1f}", "label_y": f"{y + 4:.1f}", "rate": rate(highest * share)}
