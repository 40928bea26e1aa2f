"""Tells the user how a run ended, and what to know about a job before and after it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from ossh.errors import OsshError
from ossh.job import Job
from ossh.language import _
from ossh.printable import printable
from ossh.session import BackgroundRun, Place, Session
from ossh.session.done_command import is_due
from ossh.shell.console import Console
from ossh.shell.views.run_summary import ending, round_text, summary_lines
from ossh.shell.views.text import rate, unpainted
from ossh.transfer.messages import Round

if TYPE_CHECKING:
    from ossh.transfer.run import Run


def resume_command(session: Session, job: Job) -> str:
    """Return what to type to resume a job: "'get'" for the open one."""
    is_open = (opened := session.job) is not None and opened.path == job.path
    return "'get'" if is_open else _("'open {name}', then 'get',").format(name=printable(job.name))


def tell_empty(shell: Console, job: Job, objects: int) -> None:
    """Say so when it is the filters of a job that leave it no object."""
    if not objects and job.selection:
        shell.note(_("no object passes the filters ('filter' shows them)"))


def tell_limit(shell: Console, job: Job) -> None:
    """Say so when this system allows a job fewer connections than it wishes."""
    from ossh.transfer.machine import affordable

    wished = job.transfer.connections
    if (allowed := affordable(wished)) < wished:
        shell.warn(
            _(
                "using {allowed} of {wished} connections: the system allows no more open files"
            ).format(allowed=allowed, wished=wished)
        )


def tell_queue(shell: Console, one: BackgroundRun, text: str) -> None:
    """Say that a job in the background is queued; or a text about its `{name}`, if it is not."""
    other = ""
    if (before := one.before) is not None:
        text, other = _("{name} is queued behind {other}"), printable(before.job.name)
    shell.note(text.format(name=printable(one.job.name), other=other))


def tell_others_running(shell: Console, job: Job) -> None:
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


def tell_other_source(shell: Console, job: Job, names: Sequence[str], text: str) -> None:
    """Say so when a command without names means the open job, which fetches from elsewhere.

    `text` says it, with `{name}` and `{place}` of the job.
    """
    source, opened = Place.of(job.source), shell.session.job
    is_open = opened is not None and opened.path == job.path
    if is_open and not names and source != shell.session.place:
        shell.note(text.format(name=printable(job.name), place=source.dated))


def tell_problem(shell: Console, job: Job, problem: str) -> None:
    """Say so when the command that follows a job failed, which changes nothing else."""
    if problem:
        shell.warn(problem_text(job, problem))


def problem_text(job: Job, problem: str) -> str:
    return _("after {name}: {problem}").format(name=printable(job.name), problem=problem)


def tell_rounds(shell: Console, run: "Run") -> None:
    """Tell of the rounds of a run that follows its bucket, a line each."""
    for one in untold(run):
        if one.trouble:
            shell.warn(round_text(one))
            shell.show_error("", one.hint)
        else:
            shell.say([round_text(one)])
        tell_problem(shell, run.job, one.problem)


def untold(run: "Run") -> Iterator[Round]:
    """Take the rounds that nobody has told of; another thread may do so, too."""
    with suppress(IndexError):
        while True:
            yield run.rounds.popleft()


def ring(shell: Console, run: "Run") -> None:
    """Ring the terminal's bell when a long run has ended by itself."""
    is_long = run.summary is not None and run.summary.seconds >= shell.bell
    if is_long and is_due(run) and not shell.quiet:
        shell.ring()


def tell(shell: Console, run: "Run") -> None:
    """Show how a run ended and let it decide the command's exit status; the worst one counts."""
    shell.status = max(shell.status, run.status)  # first: whoever reads may have left
    if run.summary is not None:
        lines = summary_lines(
            run.summary,
            str(run.job.directory),
            go_on=resume_command(shell.session, run.job),
            is_planned=run.progress.is_planned,
            width=shell.width if shell.is_table else 0,
        )
        if run.summary.file:  # a script wants no more than that
            shell.say([printable(run.summary.file)])
            for line in islice(lines, 1, None):
                shell.note(unpainted(line))
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
