"""How a run ended, in a few lines for people. Pure."""

from collections.abc import Iterable, Iterator

from ossh.language import N_, _, n_
from ossh.model import Proof, Status
from ossh.paths import printable
from ossh.session.ledger import CauseReport
from ossh.shell.text import Paint, Tone, colourless, count, labelled, listed, rate, remarked
from ossh.shell.wrapping import wrapped
from ossh.transfer.messages import Summary
from ossh.units import format_duration, format_size

PROOFS = {
    Proof.CRC64: N_("{number:,} by CRC64"),
    Proof.MD5: N_("{number:,} by MD5"),
    Proof.LENGTH: N_("{number:,} by length only (the service offers no checksum for them)"),
    Proof.LINK: N_("{number:,} as links that point where they should"),
}
_MISSING = (Status.ARCHIVED, Status.FAILED, Status.GONE)


def summary_lines(  # noqa: PLR0913 - one argument for each thing that decides the words or the look
    summary: Summary,
    target: str,
    paint: Paint = colourless,
    *,
    go_on: str = "'get'",
    is_planned: bool = True,
    width: int = 0,
) -> Iterator[str]:
    """Yield a summary: what is there, what this run did, how it was verified, what to do next.

    Args:
        summary: Of a run that has ended.
        target: Where the files are.
        paint: How text is coloured.
        go_on: What to type to resume the job.
        is_planned: Whether the listing has ended, so that there are no more objects.
        width: Of the terminal, in columns, where sentences break between words; 0: nowhere.
    """
    yield from _broken(_headline(summary, target, paint, is_planned=is_planned), width)
    for sentence in _told(summary):
        yield from _broken(sentence, width)
    for cause, number, advice in summary.by_cause:
        text = f"{cause}  {_(advice)}" if advice else cause
        first, *others = _broken(text, width, first=f"{number:>9,}  ", later=" " * 11)
        yield first.replace(cause, paint(cause, Tone.BAD), 1)
        yield from others
    if summary.failed_csv:
        yield from _broken(_("list: {file}").format(file=printable(summary.failed_csv)), width)
    for sentence in _next(summary, go_on):
        yield from _broken(sentence, width)


def _broken(text: str, width: int, *, first: str = "", later: str = "  ") -> list[str]:
    """Return a sentence in lines, in one if `width` is 0."""
    return wrapped(text, width, first=first, later=later) if width else [first + text]


def _told(summary: Summary) -> Iterator[str]:
    """Yield what this run did, how it was verified, and what to know about it."""
    if work := _work(summary):
        yield work
    yield from kept_lines(summary)
    if summary.proofs:
        yield _("verified: {proofs}").format(proofs=listed(*_proofs(summary)))
    if summary.mapped and not summary.file:
        yield _(
            "{objects} got a local name that differs from the key ('status KEY' shows it)"
        ).format(objects=count(summary.mapped, "object"))
    if summary.replaced:
        yield _(
            "{objects} changed in the bucket after the listing; the new version was fetched"
        ).format(objects=count(summary.replaced, "object"))
    if summary.followed:
        yield _(
            "{links} saved as a copy of what it points to: that is not part of this job, or "
            "links do not work here"
        ).format(links=count(summary.followed, "link"))
    yield from (_("left out: {who}").format(who=printable(note)) for note in summary.notes)
    if number := summary.client_encrypted:
        yield n_(
            "{number:,} is encrypted on the client side: saved as stored",
            "{number:,} are encrypted on the client side: saved as stored",
            number,
        ).format(number=number)


def kept_lines(summary: Summary) -> Iterator[str]:
    """Yield how much there is of objects that are not whole yet, if there is any."""
    if summary.unfinished_size:
        yield _("{size} of unfinished objects are kept and need not be fetched again").format(
            size=format_size(summary.unfinished_size)
        )


def causes_lines(
    causes: Iterable[CauseReport], width: int, paint: Paint = colourless
) -> Iterator[str]:
    """Yield why objects are not at the target: what each cause means, and what to do about it.

    Args:
        causes: The commonest first.
        width: Of the terminal, in columns; lines break between words.
        paint: How text is coloured.
    """
    for one in causes:
        yield labelled(paint(one.cause, Tone.BAD), count(one.objects, "object"))
        sentences = [_(one.meaning)]
        if one.advice:
            sentences.append(_("to do: {advice}").format(advice=_(one.advice)))
        if one.request_ids:
            ids = printable(", ".join(one.request_ids))
            sentences.append(_("for support: request {ids}").format(ids=ids))
        for text in sentences:
            yield from wrapped(text, width - 1, first="  ", later="    ")


def _headline(summary: Summary, target: str, paint: Paint, *, is_planned: bool) -> str:
    objects = summary.objects
    here = objects.get(Status.DONE, 0) + objects.get(Status.SKIPPED, 0)
    size = summary.size.get(Status.DONE, 0) + summary.size.get(Status.SKIPPED, 0)
    total = sum(objects.values())
    tone, word = {
        "done": (Tone.GOOD, _("done")),
        "failed": (Tone.BAD, _("not complete")),
        "stopped": (Tone.WARN, _("stopped")),
    }.get(summary.ended, (Tone.BAD, _("stopped by an error")))
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
        size=format_size(size),
        folder=printable(target),
    )
    return _("{state}: {text}").format(state=paint(word, tone), text=there)


def _work(summary: Summary) -> str:
    pieces = []
    if summary.fetched or summary.bytes_received:
        fetched = _("fetched {objects}, {size} in {time}").format(
            objects=count(summary.fetched, "object"),
            size=format_size(summary.bytes_received),
            time=format_duration(max(0.1, summary.seconds)),
        )
        if summary.seconds > 0:
            fetched = remarked(fetched, rate(summary.bytes_received / summary.seconds))
        pieces.append(fetched)
    if here := summary.objects.get(Status.SKIPPED, 0):
        text = n_("{number:,} was here already", "{number:,} were here already", here)
        pieces.append(text.format(number=here))
    return _("; ").join(pieces)


def _proofs(summary: Summary) -> Iterator[str]:
    for proof, number in summary.proofs.items():
        if number:
            yield _(PROOFS[proof]).format(number=number)
    # Only the folder that an empty key stands for is done without verification.
    if folders := summary.objects.get(Status.DONE, 0) - sum(summary.proofs.values()):
        yield _("{folders} with nothing to verify").format(folders=count(folders, "folder"))


def _next(summary: Summary, go_on: str) -> Iterator[str]:
    archived, failed, gone = (summary.objects.get(status, 0) for status in _MISSING)
    if summary.ended in {"stopped", "error"}:
        yield _("next: {command} resumes where this stopped").format(command=go_on)
        return
    if failed:
        yield _("next: 'failures' explains them, 'retry' tries again")
    elif gone:
        yield _("next: 'failures' names them, 'refresh' lists the bucket again")
    if archived:
        yield _thaw(archived, summary.thawing, go_on)


def _thaw(archived: int, thawing: int, go_on: str) -> str:
    """Return what to do about archived objects, some of which may be being restored."""
    waiting = go_on.replace("'get'", "'get --wait-restore'")
    if archived == thawing:
        text = _("next: {command} fetches each as it thaws; all {number:,} are being restored")
        return text.format(command=waiting, number=archived)
    restore = go_on.replace("'get'", "'restore'").rstrip(",")
    text = _("next: {restore}, then 'get --wait-restore' fetches each as it thaws")
    if thawing:
        text = _(
            "next: {restore}, then 'get --wait-restore' fetches each as it thaws; {number:,} are "
            "being restored"
        )
    return text.format(restore=restore, number=thawing)
