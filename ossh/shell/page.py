"""A job's report as one page of HTML that needs nothing else: no network, no script, no font.

It reads on screens, light and dark, and on paper. Pure.
"""

from collections.abc import Iterator, Sequence

from ossh import __version__
from ossh.model import Entry, Status
from ossh.session.report import Report
from ossh.shell.markup import facts, plot, table, text
from ossh.shell.page_style import STYLE
from ossh.shell.plot import speed_text
from ossh.shell.summary import PROOFS
from ossh.shell.text import count, local_time
from ossh.units import format_duration, format_size

GENERATOR = '<meta name="generator" content="ossh">'
"""By this a page is known to be ours, so that it may be written anew."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STATES = {
    "done": ("good", "complete"),
    "failed": ("bad", "not complete"),
    "running": ("warn", "running"),
    "broken": ("bad", "broken"),
}
_STATUSES = {
    Status.DONE: "downloaded and proved",
    Status.SKIPPED: "here already, and the same",
    Status.PENDING: "still to fetch",
    Status.FAILED: "failed",
    Status.ARCHIVED: "archived: must be restored first",
    Status.GONE: "deleted since they were listed",
}
_OUTCOMES = {"": "not ended, or killed", "failed": "ended, some objects missing"}


def page(report: Report) -> str:
    """Return the whole page."""
    name = text(report.job.name)
    body = "".join(_sections(report))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n{GENERATOR}\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{name} - download report</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _sections(report: Report) -> Iterator[str]:
    yield _head(report)
    yield _section("What was asked for", _asked(report))
    yield _section("What is there", _there(report))
    if report.speed is not None:
        words = text(speed_text(report.speed))
        yield _section("Speed of the last run", f"{plot(report.speed)}<p>{words}</p>\n")
    if report.causes:
        yield _section("What is missing, and why", _missing(report))
    if report.largest:
        yield _section("Largest objects", _largest(report.largest))
    if report.slowest:
        yield _section("Slowest objects of the last run", _slowest(report))
    if report.runs:
        yield _section("Runs", _runs(report))
    made = text(local_time(report.made))
    yield f"<footer>Made by ossh {text(__version__)} on {made}.</footer>\n"


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{text(title)}</h2>\n{content}</section>\n"


def _head(report: Report) -> str:
    state = report.state
    tone, word = _STATES.get(state.state, ("warn", state.state))
    tiles = [
        (f"{state.done:,}", f"of {count(state.objects, 'object')} here"),
        (format_size(_size_here(report)), f"of {format_size(report.counts.total_size)}"),
        (f"{state.failed:,}", "not to be had"),
        (format_duration(report.seconds), f"in {count(len(report.runs), 'run')}"),
    ]
    shown = "\n".join(
        f'<div class="tile"><b>{text(value)}</b><span>{text(label)}</span></div>'
        for value, label in tiles
    )
    return (
        f'<header>\n<h1>{text(report.job.name)} <span class="state {tone}">{text(word)}</span>'
        f'</h1>\n<div class="tiles">\n{shown}\n</div>\n</header>\n'
    )


def _size_here(report: Report) -> int:
    return report.counts.size[Status.DONE] + report.counts.size[Status.SKIPPED]


def _asked(report: Report) -> str:
    job, source = report.job, report.job.source
    return facts(
        [
            ("source", f"oss://{source.bucket}/{source.prefix}"),
            ("endpoint", source.endpoint),
            ("filters", "; ".join(job.selection.rules()) or "none: every object"),
            ("target", job.directory),
            ("job file", job.path),
            ("asked on", local_time(job.created)),
        ]
    )


def _there(report: Report) -> str:
    counts = report.counts
    rows = [
        (meaning, f"{counts.objects[status]:,}", format_size(counts.size[status]))
        for status, meaning in _STATUSES.items()
        if counts.objects[status]
    ]
    proofs = [f"{n:,} {PROOFS[proof]}" for proof, n in sorted(report.proofs.items())]
    more = [("proved", ", ".join(proofs))] if proofs else []
    more += [("received", f"{format_size(report.received)} over the network, in all runs")]
    if report.mapped:
        differ = f"{count(report.mapped, 'object')} got a local name that differs from the key"
        more.append(("names", differ))
    return table(("status", "objects ", "size "), rows) + facts(more)


def _missing(report: Report) -> str:
    causes = [(one.cause, f"{one.objects:,}", one.meaning, one.advice) for one in report.causes]
    named = [_failure(entry) for entry in report.failures]
    total = sum(one.objects for one in report.causes)
    more = total - len(named)
    rest = f"and {more:,} more; 'failures --csv FILE' writes them all" if more > 0 else ""
    titles = ("cause", "key", "code", "tries ", "request", "message")
    by_cause = table(("cause", "objects ", "what it means", "what to do"), causes)
    return f"{by_cause}<h3>Objects</h3>\n{table(titles, named, rest)}"


def _failure(entry: Entry) -> tuple[object, ...]:
    why = entry.failure
    if why is None:
        return (entry.status, entry.key, "", entry.attempts, "", "")
    return (why.cause, entry.key, why.code, entry.attempts, why.request_id, why.message)


def _largest(entries: Sequence[Entry]) -> str:
    rows = [(format_size(one.size), one.key, one.status) for one in entries]
    return table(("size ", "key", "status"), rows)


def _slowest(report: Report) -> str:
    rows = [
        (format_duration(seconds), format_size(size), key) for key, seconds, size in report.slowest
    ]
    how = "From when the run took an object up until its file had its name."
    return table(("time ", "size ", "key"), rows, how)


def _runs(report: Report) -> str:
    rows = [
        (
            local_time(one.started),
            format_duration((one.ended - one.started).total_seconds()) if one.ended else "",
            _OUTCOMES.get(one.outcome, one.outcome),
            f"{one.fetched:,}",
            format_size(one.bytes_received),
            f"{one.objects[Status.FAILED] + one.objects[Status.GONE]:,}",
        )
        for one in report.runs
    ]
    titles = ("started", "took ", "how it ended", "fetched ", "received ", "failed ")
    return table(titles, rows)
