"""A job's report as one page of HTML that needs nothing else: no network, no script, no font.

It reads on screens, light and dark, and on paper. Pure.
"""

from collections.abc import Iterator, Sequence

from ossh import __version__
from ossh.language import N_, _, said, spoken
from ossh.model import Entry, Status
from ossh.session.report import Report
from ossh.shell.markup import facts, plot, table, text
from ossh.shell.page_style import STYLE
from ossh.shell.plot import speed_text
from ossh.shell.summary import PROOFS
from ossh.shell.text import count, listed
from ossh.units import format_duration, format_size, local_time

GENERATOR = '<meta name="generator" content="ossh">'
"""Marks a page as ours, which may be overwritten."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STATES = {
    "done": ("good", N_("complete")),
    "failed": ("bad", N_("not complete")),
    "running": ("warn", N_("running")),
    "broken": ("bad", N_("broken")),
}
_STATUSES = {
    Status.DONE: N_("downloaded and verified"),
    Status.SKIPPED: N_("already here, unchanged"),
    Status.PENDING: N_("still to fetch"),
    Status.FAILED: N_("failed"),
    Status.ARCHIVED: N_("archived: must be restored first"),
    Status.GONE: N_("deleted since the listing"),
}
_OUTCOMES = {
    "": N_("not finished, or killed"),
    "failed": N_("ended, some objects missing"),
}


def page(report: Report) -> str:
    """Return the whole page."""
    title = text(_("{name} - download report").format(name=report.job.name))
    body = "".join(_sections(report))
    return (
        '<!DOCTYPE html>\n<html lang="'
        f'{spoken()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n{GENERATOR}\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _sections(report: Report) -> Iterator[str]:
    yield _head(report)
    yield _section(_("What was requested"), _asked(report))
    yield _section(_("What is here"), _there(report))
    if report.speed is not None:
        words = text(said(speed_text(report.speed)))
        yield _section(_("Speed of the last run"), f"{plot(report.speed)}<p>{words}</p>\n")
    if report.causes:
        yield _section(_("What is missing, and why"), _missing(report))
    if report.largest:
        yield _section(_("Largest objects"), _largest(report.largest))
    if report.slowest:
        yield _section(_("Slowest objects of the last run"), _slowest(report))
    if report.runs:
        yield _section(_("Runs"), _runs(report))
    made = _("Made by ossh {version} on {time}.").format(
        version=__version__, time=local_time(report.made)
    )
    yield f"<footer>{text(made)}</footer>\n"


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{text(title)}</h2>\n{content}</section>\n"


def _head(report: Report) -> str:
    state = report.state
    tone, word = _STATES.get(state.state, ("warn", state.state))
    tiles = [
        (f"{state.done:,}", _("of {objects} here").format(objects=count(state.objects, "object"))),
        (
            format_size(_size_here(report)),
            _("of {size}").format(size=format_size(report.counts.total_size)),
        ),
        (f"{state.failed:,}", _("missing")),
        (
            format_duration(report.seconds),
            _("in {runs}").format(runs=count(len(report.runs), "run")),
        ),
    ]
    shown = "\n".join(
        f'<div class="tile"><b>{text(value)}</b><span>{text(label)}</span></div>'
        for value, label in tiles
    )
    return (
        f'<header>\n<h1>{text(report.job.name)} <span class="state {tone}">{text(_(word))}</span>'
        f'</h1>\n<div class="tiles">\n{shown}\n</div>\n</header>\n'
    )


def _size_here(report: Report) -> int:
    return report.counts.size[Status.DONE] + report.counts.size[Status.SKIPPED]


def _asked(report: Report) -> str:
    job, source = report.job, report.job.source
    return facts(
        [
            (N_("source"), f"oss://{source.bucket}/{source.prefix}"),
            (N_("endpoint"), source.endpoint),
            (
                N_("filters"),
                _("; ").join(map(said, job.selection.rules())) or _("none, every object"),
            ),
            (N_("target"), job.directory),
            (N_("job file"), job.path),
            (N_("created on"), local_time(job.created)),
        ]
    )


def _there(report: Report) -> str:
    counts = report.counts
    rows = [
        (_(meaning), f"{counts.objects[status]:,}", format_size(counts.size[status]))
        for status, meaning in _STATUSES.items()
        if counts.objects[status]
    ]
    proofs = [_(PROOFS[proof]).format(number=n) for proof, n in sorted(report.proofs.items())]
    more = [(N_("verified"), listed(*proofs))] if proofs else []
    received = _("{size} over the network, all runs together").format(
        size=format_size(report.received)
    )
    more += [(N_("received"), received)]
    if report.mapped:
        differ = _("{objects} got a local name that differs from the key").format(
            objects=count(report.mapped, "object")
        )
        more.append((N_("names"), differ))
    return table((N_("status"), N_("objects "), N_("size ")), rows) + facts(more)


def _missing(report: Report) -> str:
    causes = [
        (one.cause, f"{one.objects:,}", _(one.meaning), _(one.advice)) for one in report.causes
    ]
    named = [_failure(entry) for entry in report.failures]
    total = sum(one.objects for one in report.causes)
    more = total - len(named)
    rest = ""
    if more > 0:
        rest = _("and {number:,} more; 'failures --csv FILE' lists them all").format(number=more)
    titles = (N_("cause"), N_("key"), N_("code"), N_("tries "), N_("request"), N_("message"))
    by_cause = table((N_("cause"), N_("objects "), N_("what it means"), N_("what to do")), causes)
    return f"{by_cause}<h3>{text(_('Objects'))}</h3>\n{table(titles, named, rest)}"


def _failure(entry: Entry) -> tuple[object, ...]:
    why = entry.failure
    if why is None:
        return (entry.status, entry.key, "", entry.attempts, "", "")
    return (why.cause, entry.key, why.code, entry.attempts, why.request_id, why.message)


def _largest(entries: Sequence[Entry]) -> str:
    rows = [(format_size(one.size), one.key, _(one.status)) for one in entries]
    return table((N_("size "), N_("key"), N_("status")), rows)


def _slowest(report: Report) -> str:
    rows = [
        (format_duration(seconds), format_size(size), key) for key, seconds, size in report.slowest
    ]
    how = _("From when the run started on an object until its file had its final name.")
    return table((N_("time "), N_("size "), N_("key")), rows, how)


def _runs(report: Report) -> str:
    rows = [
        (
            local_time(one.started),
            format_duration((one.ended - one.started).total_seconds()) if one.ended else "",
            _(_OUTCOMES.get(one.outcome, one.outcome)),
            f"{one.fetched:,}",
            format_size(one.bytes_received),
            f"{one.objects[Status.FAILED] + one.objects[Status.GONE]:,}",
        )
        for one in report.runs
    ]
    titles = (
        N_("started"),
        N_("took "),
        N_("how it ended"),
        N_("fetched "),
        N_("received "),
        N_("failed "),
    )
    return table(titles, rows)
