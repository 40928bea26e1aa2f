"""Tells the user how a run ended, and what to know about a job before and after it."""

from collections.abc import Sequence
from itertools import islice
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from ossh.errors import OsshError
from ossh.job import Job
from ossh.language import _
from ossh.paths import printable
from ossh.session import Background, Place, Session
from ossh.shell.runs import ending, status_of
from ossh.shell.summary import summary_lines
from ossh.shell.text import rate

if TYPE_CHECKING:
    from ossh.shell.app import OsshShell
    from ossh.transfer.run import Run


def going_on(session: Session, job: Job) -> str:
    """Return what to type to resume a job: "'get'" for the open one."""
    is_open = (opened := session.job) is not None and opened.path == job.path
    return "'get'" if is_open else _("'open {name}', then 'get',").format(name=printable(job.name))


def tell_empty(shell: "OsshShell", job: Job, objects: int) -> None:
    """Say so when it is the filters of a job that leave it no object."""
    if not objects and not job.selection.is_empty:
        shell.note(_("no object passes the filters ('filter' shows them)"))


def tell_limit(shell: "OsshShell", job: Job) -> None:
    """Say so when this system allows a job fewer connections than it wishes."""
    from ossh.transfer.machine import affordable

    wished = job.transfer.connections
    if (allowed := affordable(wished)) < wished:
        shell.warn(
            _(
                "using {allowed} of {wished} connections: the system allows no more open files"
            ).format(allowed=allowed, wished=wished)
        )


def tell_turn(shell: "OsshShell", one: Background, text: str) -> None:
    """Say that a job in the background is queued; or a text about its `{name}`, if it is not."""
    other = ""
    if (before := one.before) is not None:
        text, other = _("{name} is queued behind {other}"), printable(before.job.name)
    shell.note(text.format(name=printable(one.job.name), other=other))


def tell_company(shell: "OsshShell", job: Job) -> None:
    """Say so when a job runs in the foreground beside others, and what they share."""
    runs = shell.session.runs
    if not runs.running:
        return
    text = _("running {name}; still running in the background: {others}")
    if runs.rate:
        text = _(
            "running {name}; still running in the background: {others}; together at most {rate}"
        )
    others = ", ".join(printable(one.job.name) for one in runs.running)
    shell.note(text.format(name=printable(job.name), others=others, rate=rate(runs.rate)))


def tell_other_source(shell: "OsshShell", job: Job, names: Sequence[str], text: str) -> None:
    """Say so when a command without names means the open job, which fetches from elsewhere.

    Args:
        shell: Where to say it.
        job: That the command means.
        names: Of keys and prefixes, as typed.
        text: What to say, with `{name}` and `{place}` of the job.
    """
    source, opened = Place(job.source.bucket, job.source.prefix), shell.session.job
    is_open = opened is not None and opened.path == job.path
    if is_open and not names and source != shell.session.place:
        shell.note(text.format(name=printable(job.name), place=source.shown))


def tell(shell: "OsshShell", run: "Run") -> None:
    """Show how a run ended and let it decide the command's exit status; the worst one counts."""
    shell.status = max(shell.status, status_of(run))  # first: whoever reads may have left
    if run.summary is not None:
        lines = summary_lines(
            run.summary,
            str(run.job.directory),
            shell.paint,
            go_on=going_on(shell.session, run.job),
            is_planned=run.progress.is_planned,
            width=get_terminal_size().columns if shell.is_table else 0,
        )
        if run.summary.file:  # a script wants no more than that
            shell.say([printable(run.summary.file)])
            for line in islice(lines, 1, None):
                shell.note(line)
        else:
            shell.say(lines)
        shell.show_error(run.summary.error, run.summary.hint)
        if run.summary.ended == "done":
            tell_empty(shell, run.job, sum(run.summary.objects.values()))
    elif isinstance(run.error, OsshError):
        shell.pexcept(run.error)
    elif run.error is not None:
        raise run.error
    else:
        shell.note(ending(run)[0])
