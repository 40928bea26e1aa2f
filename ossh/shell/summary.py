"""How a run ended, in a few lines for people. Pure."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from ossh.model import Proof, Status
from ossh.paths import printable
from ossh.session.ledger import CauseReport
from ossh.shell.text import Paint, Tone, colourless, count, rate
from ossh.transfer.messages import Summary
from ossh.units import format_duration, format_size

PROOFS = {
    Proof.CRC64: "by CRC64",
    Proof.MD5: "by MD5",
    Proof.LENGTH: "by length only (the service offers no checksum for them)",
}
_MISSING = (Status.FAILED, Status.GONE, Status.ARCHIVED)


def summary_lines(
    summary: Summary,
    target: str,
    paint: Paint = colourless,
    *,
    go_on: str = "'get'",
    is_planned: bool = True,
) -> Iterator[str]:
    """Yield a summary: what is there, what this run did, how it was proved, what to do next.

    Args:
        summary: Of a run that has ended.
        target: Where the files are.
        paint: How text is coloured.
        go_on: What is typed to go on with the job.
        is_planned: Whether the listing has ended, so that there are no more objects.
    """
    yield _headline(summary, target, paint, is_planned=is_planned)
    if work := _work(summary):
        yield work
    if summary.proofs:
        yield "proved: " + ", ".join(_proofs(summary))
    if summary.mapped:
        keys = count(summary.mapped, "object")
        yield f"{keys} got a local name that differs from the key ('status KEY' shows it)"
    if summary.replaced:
        keys = count(summary.replaced, "object")
        yield f"{keys} changed in the bucket since the listing; what is there now was fetched"
    for cause, number, advice in summary.by_cause:
        what = f"{number:>9,}  {paint(cause, Tone.BAD)}"
        yield f"{what}  {advice}" if advice else what
    yield from _next(summary, go_on)


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
        yield f"{paint(one.cause, Tone.BAD)}: {count(one.objects, 'object')}"
        said = [one.meaning]
        if one.advice:
            said.append(f"to do: {one.advice}")
        if one.request_ids:
            said.append(f"for support: request {printable(', '.join(one.request_ids))}")
        for text in said:
            yield from wrap(
                text,
                width - 1,
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )


def _headline(summary: Summary, target: str, paint: Paint, *, is_planned: bool) -> str:
    objects = summary.objects
    here = objects.get(Status.DONE, 0) + objects.get(Status.SKIPPED, 0)
    size = summary.size.get(Status.DONE, 0) + summary.size.get(Status.SKIPPED, 0)
    total = sum(objects.values())
    tone, word = {
        "done": (Tone.GOOD, "done"),
        "failed": (Tone.BAD, "not complete"),
        "stopped": (Tone.WARN, "stopped"),
    }.get(summary.ended, (Tone.BAD, "stopped by an error"))
    where = printable(target)
    if not total and summary.ended == "done":
        return f"{paint(word, tone)}: nothing to fetch, no object is selected"
    is_cut = not is_planned and summary.ended in {"stopped", "error"}
    if is_cut:
        there = f"{here:,} of {count(total, 'object')} so far, {format_size(size)}, in {where}"
    elif here == total:
        there = f"{count(total, 'object')}, {format_size(size)}, all in {where}"
    else:
        there = f"{here:,} of {count(total, 'object')}, {format_size(size)}, in {where}"
    return f"{paint(word, tone)}: {there}"


def _work(summary: Summary) -> str:
    pieces = []
    if summary.fetched or summary.bytes_received:
        speed = rate(summary.bytes_received / summary.seconds) if summary.seconds > 0 else ""
        pieces.append(
            f"fetched {count(summary.fetched, 'object')}, {format_size(summary.bytes_received)} "
            f"in {format_duration(max(0.1, summary.seconds))}" + (f" ({speed})" if speed else "")
        )
    if here := summary.objects.get(Status.SKIPPED, 0):
        pieces.append(f"{here:,} were here already")
    return "; ".join(pieces)


def _proofs(summary: Summary) -> Iterator[str]:
    for proof, number in summary.proofs.items():
        if number:
            yield f"{number:,} {PROOFS[proof]}"
    # Only the folder that an empty key stands for is done without a proof.
    if folders := summary.objects.get(Status.DONE, 0) - sum(summary.proofs.values()):
        yield f"{count(folders, 'folder')} with nothing to prove"


def _next(summary: Summary, go_on: str) -> Iterator[str]:
    if summary.failed_csv:
        yield f"list: {printable(summary.failed_csv)}"
    missing = sum(summary.objects.get(status, 0) for status in _MISSING)
    if summary.ended in {"stopped", "error"}:
        yield f"next: {go_on} goes on where this stopped"
    elif missing:
        yield "next: 'failures' explains them, 'retry' tries again"
