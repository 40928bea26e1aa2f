"""How a run ended, in a few lines for people. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ossh.console.views import results
from ossh.console.views.text import (
    Tone,
    count,
    count_sentence,
    labelled,
    paint,
    rate,
    unpainted,
    with_note,
)
from ossh.language import N_, _, n_
from ossh.model import Cause, Proof, Status
from ossh.printable import printable
from ossh.transfer.watching import Adopted, Round, Summary
from ossh.units import format_duration, format_size

if TYPE_CHECKING:
    from ossh.transfer.run import Run

_ENDED = {
    "done": (Tone.GOOD, N_("done")),
    "failed": (Tone.BAD, N_("not complete")),
    "stopped": (Tone.WARN, N_("stopped")),
    "error": (Tone.BAD, N_("stopped by an error")),
}


def summary_lines(summary: Summary, target: str, *, is_planned: bool = True) -> Iterator[str]:
    """Yield a summary: what is there, what this run did, how it was verified, what to do next.

    Unless the run `is_planned`, there may be more objects.
    """
    yield _headline(summary, target, is_planned=is_planned)
    yield from _told(summary)
    yield from results.mirror_lines(summary.removed, is_done=True)
    for cause, number, advice in summary.by_cause:
        yield results.count_row(number, cause, _(advice))
    if summary.first_failed and summary.ended == "failed":
        yield _first_failed(summary)
    yield from _next(summary)


def _first_failed(summary: Summary) -> str:
    """Return the keys of a few objects that are not here, each with its cause."""
    text = _("not here: {keys}")
    failed = summary.counts.objects[Status.FAILED] + summary.counts.objects[Status.GONE]
    if more := failed - len(summary.first_failed):
        text = _("not here: {keys} and {more:,} more")
    keys = ", ".join(f"{printable(key)} ({cause})" for key, cause in summary.first_failed)
    return text.format(keys=keys, more=more)


def _told(summary: Summary) -> Iterator[str]:
    if work := _work(summary):
        yield work
    yield from _adopted(summary.adopted)
    yield from _by_date(summary)
    yield from kept_lines(summary)
    if proofs := results.proofs_text(summary.verified.items()):
        yield _("verified: {proofs}").format(proofs=proofs)
    if proofs := results.proofs_text(summary.verified_earlier.items()):
        text = _("verified earlier: {proofs}")
        if summary.has_compared:
            text = _("verified earlier: {proofs}; now compared by size and date")
        yield text.format(proofs=proofs)
    if not summary.file:
        text = _(
            "{objects} got a local name that differs from the key ('status --key KEY' shows it)"
        )
        yield from count_sentence(summary.mapped, "object", text)
    text = _("{objects} changed in the bucket after the listing; the new version was fetched")
    yield from count_sentence(summary.replaced, "object", text)
    text = _("moved out of the way: {files}, to {folder}")
    yield from count_sentence(summary.trashed, "file", text, folder=printable(summary.trash))
    text = _(
        "{links} saved as a copy of the target: that is not part of this job, or links do not "
        "work here"
    )
    yield from count_sentence(summary.followed, "link", text)
    yield from (_("left out: {who}").format(who=printable(note)) for note in summary.notes)
    text = _("{objects} encrypted on the client side: saved as stored")
    yield from count_sentence(summary.client_encrypted, "object", text)


def _adopted(adopted: Adopted) -> Iterator[str]:
    text = _("adopted: {files}, identical byte for byte")
    yield from count_sentence(adopted.proved, "file", text)
    text = _("not adopted: {files} of the right size but with different contents")
    yield from count_sentence(adopted.differing, "file", text)
    text = _("not adopted: {files} of the right size that cannot be compared")
    yield from count_sentence(adopted.unknown, "file", text)


def _by_date(summary: Summary) -> Iterator[str]:
    """Yield how many files nothing has proved; whoever adopts has been told why."""
    if not summary.adopted.files:
        text = _("here by size and date only: {files}; --adopt compares their bytes")
        yield from count_sentence(summary.here_by_date, "file", text)


def kept_lines(summary: Summary) -> Iterator[str]:
    """Yield how much is here of objects that are not whole yet; nothing if there is none."""
    if summary.unfinished_size:
        text = _("{size} of unfinished objects are kept and need not be fetched again")
        yield text.format(size=format_size(summary.unfinished_size))


def _headline(summary: Summary, target: str, *, is_planned: bool) -> str:
    counts, (tone, state) = summary.counts, _ENDED[summary.ended]
    here, total = counts.at_target, counts.total
    if not total and summary.ended == "done":
        there = _("nothing to fetch, no object is selected")
    elif not is_planned and summary.ended in {"stopped", "error"}:
        there = _("{done:,} of {objects} so far, {size}, in {folder}")
    elif here == total:
        there = _("{objects}, {size}, all in {folder}")
    else:
        there = _("{done:,} of {objects}, {size}, in {folder}")
    there = there.format(
        done=here,
        objects=count(total, "object"),
        size=format_size(counts.size_at_target),
        folder=printable(target),
    )
    return labelled(paint(_(state), tone), there)


def _work(summary: Summary) -> str:
    pieces = []
    if summary.fetched or summary.bytes_received:
        seconds = max(0.1, summary.seconds)
        fetched = _("fetched {objects}, {size} in {time}").format(
            objects=count(summary.fetched, "object"),
            size=format_size(summary.bytes_received),
            time=format_duration(seconds),
        )
        pieces.append(with_note(fetched, rate(summary.bytes_received / seconds)))
    if here := summary.counts.objects[Status.SKIPPED]:
        pieces.append(n_("{number:,} was here already", "{number:,} were here already", here))
    return _("; ").join(pieces)


def _next(summary: Summary) -> Iterator[str]:
    if summary.failed_csv:
        yield _("list: {file}").format(file=printable(summary.failed_csv))
    if summary.ended in {"stopped", "error"}:
        get = "'get --wait-restore'" if summary.thawing else "'get'"
        yield _("next: {command} resumes where this stopped").format(command=get)
        return
    conflicts = sum(n for cause, n, _advice in summary.by_cause if cause == Cause.LOCAL_CONFLICT)
    objects = summary.counts.objects
    retry_helps = objects[Status.FAILED] > conflicts  # which stay until somebody acts
    yield from results.missing_lines(objects, summary.thawing, retry_helps=retry_helps)


def round_text(one: Round) -> str:
    """Return in a line what became of a round of a job that follows its bucket."""
    pieces = []
    if one.trouble:
        pieces.append(_("{problem}; retrying").format(problem=one.trouble))
    elif one.fetched or not one.removed:
        text = _("fetched {objects}, {size}") if one.fetched else _("nothing new")
        size = format_size(one.bytes_received)
        pieces.append(text.format(objects=count(one.fetched, "object"), size=size))
    pieces += count_sentence(one.removed, "file", _("moved {files} to the trash"))
    if one.missing:
        pieces.append(n_("{number:,} is missing", "{number:,} are missing", one.missing))
    return labelled(one.at.astimezone().strftime("%H:%M:%S"), _("; ").join(pieces))


def ending(run: "Run") -> tuple[str, Tone]:
    """Return in a line how a run in the background ended, and whether that is good."""
    name = printable(run.job.name)
    if (summary := run.summary) is not None:
        target, is_planned = str(run.job.directory), run.progress.is_planned
        headline = unpainted(_headline(summary, target, is_planned=is_planned))
        pieces = [f"{name} {headline}", *_by_date(summary), *kept_lines(summary)]
        if number := summary.verified[Proof.LENGTH]:
            proofs = results.proofs_text([(Proof.LENGTH, number)])
            pieces.append(_("verified: {proofs}").format(proofs=proofs))
        return _("; ").join(pieces), _ENDED[summary.ended][0]
    if run.error is not None:
        why = printable(str(run.error))
        return _("{name} failed: {reason}").format(name=name, reason=why), Tone.BAD
    if run.is_alive():  # something takes it longer than one would wait, such as a share that hangs
        return _("{name} is still stopping").format(name=name), Tone.WARN
    return _("{name} was stopped before it began").format(name=name), Tone.WARN
