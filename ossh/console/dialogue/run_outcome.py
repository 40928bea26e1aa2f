"""Tells how a run goes and ended, and what to know about a job before and after it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ossh.console.console import Console
from ossh.console.views.run_summary import ending, round_text, summary_lines
from ossh.console.views.text import count_sentence, labelled, unpainted
from ossh.errors import STATUS_FINDINGS, OsshError, worst
from ossh.job import Job, default_name
from ossh.language import N_, _, said
from ossh.paths import plain
from ossh.printable import printable
from ossh.session import BackgroundRun, Place
from ossh.session.done_command import is_due
from ossh.session.jobs.job_facts import reader_of
from ossh.transfer.machine import affordable
from ossh.transfer.watching import Round
from ossh.units import local_time

if TYPE_CHECKING:
    from ossh.transfer.run import Run

NOTHING_TO_ADOPT = N_("nothing to adopt: no file here has the size of an object that is missing")


def tell_empty(console: Console, job: Job, objects: int) -> None:
    """Say so when it is the filters of a job that leave it no object."""
    if not objects and job.selection:
        filters = _("; ").join(map(said, job.selection.rules()))
        console.note(_("no object passes the filters: {filters}").format(filters=filters))


def tell_limit(console: Console, job: Job) -> None:
    """Say so when this system allows a job fewer connections than it wishes."""
    wished = job.transfer.connections
    if (allowed := affordable(wished)) < wished:
        text = _("using {allowed} of {wished} connections: the system allows no more open files")
        console.warn(text.format(allowed=allowed, wished=wished))


def tell_vanished(console: Console, job: Job) -> None:
    """Say so when the target of a job, with what was there, has been moved away or removed."""
    from ossh.transfer.planning.target_disk import vanished

    number = 0
    with suppress(OsshError):  # the job has never run; or the run will say what is wrong
        number = vanished(job, reader_of(job))
    text = _(
        "'{folder}' is missing or empty: {objects} to fetch again; if the folder was moved, set "
        "'directory' in '{path}' to where it is"
    )
    folder, path = plain(str(job.directory)), str(job.path)
    for line in count_sentence(number, "object", text, folder=folder, path=path):
        console.warn(line)


def tell_queue(console: Console, one: BackgroundRun, text: str) -> None:
    """Say that a job in the background is queued; or a text about its `{name}`, if it is not."""
    other = ""
    if (before := one.before) is not None:
        text, other = _("{name} is queued behind {other}"), before.job.name
    console.note(text.format(name=one.job.name, other=other))


def tell_other_source(console: Console, job: Job, names: Sequence[str], text: str) -> None:
    """Say so when a command without names means the open job, which fetches something else.

    `text` says it, with `{name}` and `{place}` of the job.
    """
    source, opened = Place.of(job.source), console.session.job
    is_open = opened is not None and opened.path == job.path
    here, filters = console.session.place, replace(console.session.selection, keys_from=())
    if is_open and not names and (source, job.selection) != (here, filters):
        console.note(text.format(name=job.name, place=source.dated))


def tell_problem(console: Console, job: Job, problem: str) -> None:
    """Say so when the command that follows a job failed: a status of 0 becomes another one."""
    if problem:
        console.status = worst(console.status, STATUS_FINDINGS)
        console.warn(problem_text(job, problem))


def problem_text(job: Job, problem: str) -> str:
    return _("after {name}: {problem}").format(name=printable(job.name), problem=problem)


def tell_rounds(console: Console, run: "Run") -> None:
    """Tell of the rounds of a run that follows its bucket, a line each."""
    for one in pending_rounds(run):
        if one.trouble:
            console.warn(round_text(one))
            console.show_error("", one.hint)
        elif one.missing or not console.quiet:
            console.say([round_text(one)])
        tell_problem(console, run.job, one.problem)


def pending_rounds(run: "Run") -> Iterator[Round]:
    """Take the rounds that nobody has told of; another thread may do so, too."""
    with suppress(IndexError):
        while True:
            yield run.rounds.popleft()


def ring(console: Console, run: "Run") -> None:
    """Ring the terminal's bell when a long run has ended by itself; maybe in its thread."""
    is_long = run.summary is not None and run.summary.seconds >= console.bell
    if is_long and is_due(run) and not console.quiet and sys.stderr.isatty():
        sys.stderr.write("\a")
        sys.stderr.flush()


def report_outcome(console: Console, run: "Run") -> None:
    """Show how a run ended and let it decide the command's exit status; the worst one counts.

    A quiet console tells only what is wrong, and where the file of a single object is.
    """
    console.status = worst(console.status, run.status)  # first: whoever reads may have left
    if (summary := run.summary) is not None:
        lines = summary_lines(summary, str(run.job.directory), is_planned=run.progress.is_planned)
        if summary.file:  # a script wants no more than that
            console.say([printable(summary.file)])
            for line in islice(lines, 1, None):
                console.note(unpainted(line))
        elif not (console.quiet and summary.ended == "done"):
            console.say_sentences(lines)
        console.show_error(summary.error, summary.hint)
        if summary.ended == "done":
            tell_empty(console, run.job, summary.counts.total)
            if run.adopts and not summary.adopted.files:
                console.note(_(NOTHING_TO_ADOPT))
        tell_listing(console, run, summary.fetched)
    elif isinstance(run.error, OsshError):
        console.show_failure(run.error)
    elif run.error is not None:
        raise run.error
    else:
        console.note(ending(run)[0])


def tell_listing(console: Console, run: "Run", to_fetch: int) -> None:
    """Say how old the listing is of a run that is done, if it left nothing to fetch."""
    is_done = run.summary is not None and run.summary.ended == "done"
    if is_done and not to_fetch and run.listed is not None and run.job.may_grow:
        text = _("listed {moment}: 'refresh {job}' looks for what is new")
        word = console.session.job_word(run.job.path)
        console.note(text.format(moment=local_time(run.listed), job=word))


def tell_name(console: Console, run: "Run") -> None:
    """Say what the job of a run that is done is called, unless as its folder."""
    job, summary = run.job, run.summary
    suffix = job.selection.shard.suffix if job.selection.shard else ""
    is_expected = job.name == default_name(job.directory.name, suffix=suffix) + suffix
    if summary is None or summary.ended != "done" or summary.file or not job.path.exists():
        return  # a line says how to go on, a script reads the file's name, or it selected nothing
    if not (is_expected or console.quiet):
        console.say([labelled(_("job"), printable(job.name))])
