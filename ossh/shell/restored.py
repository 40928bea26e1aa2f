"""What a restore means, before OSS is asked, and what came of it. Pure."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ossh.language import N_, _, said
from ossh.session.restoring import Survey
from ossh.shell.text import Cell, Column, Paint, Tone, colourless, count, listed, remarked, table
from ossh.store.restore import MOST_DAYS, REAL_TIME_CLASS, days_of
from ossh.transfer.asked import Asked, Refused
from ossh.units import format_duration, format_size

if TYPE_CHECKING:
    from ossh.manifest import ArchivedGroup

# By class and tier, how long a restore takes. Source: OSS developer guide, "Restore objects".
_TAKES = {
    (REAL_TIME_CLASS, ""): N_("readable within minutes"),
    ("ColdArchive", "Expedited"): N_("readable within 1 hour"),
    ("ColdArchive", "Standard"): N_("readable in 2 to 5 hours"),
    ("ColdArchive", "Bulk"): N_("readable in 5 to 12 hours"),
    ("DeepColdArchive", "Expedited"): N_("readable within 12 hours"),
    ("DeepColdArchive", "Standard"): N_("readable within 48 hours"),
}


def survey_lines(
    found: Survey, *, days: int, tier: str, paint: Paint = colourless
) -> Iterator[str]:
    """Yield what would be asked for, how long that takes and what it costs.

    Args:
        found: What is archived.
        days: How long objects will stay readable.
        tier: Of the cold classes; "" leaves it to OSS, which takes Standard.
        paint: How text is coloured.
    """
    if found.real_time:
        text = _("{objects} of class Archive can be read without a restore: 'get' fetches them")
        yield text.format(objects=count(found.real_time, "object"))
    if found.thawing:
        text = _("{objects} already being restored; not requested again")
        yield text.format(objects=count(found.thawing, "object"))
    if not found.objects:
        yield _("nothing to restore")
        return
    text, size = _("to restore: {objects}, {size}"), format_size(found.size)
    yield paint(text.format(objects=count(found.objects, "object"), size=size), Tone.TITLE)
    right = Column("", right=True)
    rows = [_row(one, days, tier) for one in found.frozen]
    yield from table((right, right, Column(""), Column(""), Column("")), rows, paint)
    yield paint(
        _("this costs money: the requests, the data read from the archive and, for the"), Tone.WARN
    )
    yield paint(_("cold classes, a copy that is kept for that many days"), Tone.WARN)


def _row(group: "ArchivedGroup", days: int, tier: str) -> Sequence[str | Cell]:
    kept = count(days_of(group.storage_class, days), "day")
    return (
        f"  {group.objects:,}",
        format_size(group.size),
        group.storage_class,
        Cell(takes(group.storage_class, tier), Tone.DIM),
        Cell(_("for {days}").format(days=kept), Tone.DIM),
    )


def takes(storage_class: str, tier: str) -> str:
    """Return how long a restore of a class takes."""
    is_tiered = storage_class != REAL_TIME_CLASS
    known = _TAKES.get((storage_class, (tier or "Standard") if is_tiered else ""))
    if known is None and tier and storage_class in MOST_DAYS:
        text = _("OSS has no tier {tier} for this class and will refuse")
        return text.format(tier=tier)
    return _(known or N_("readable once it has thawed"))


def asked_lines(asked: Asked, paint: Paint = colourless, *, go_on: str = "'get'") -> Iterator[str]:
    """Yield what came of it, why some were refused, and what to do next.

    Args:
        asked: When all is over.
        paint: How text is coloured.
        go_on: What to type to run the job.
    """
    tone = Tone.GOOD if asked.status == 0 else Tone.BAD if asked.refused else Tone.WARN
    text = _("stopped: asked OSS to restore {objects}, {size}, in {time}")
    if asked.is_whole:
        text = _("asked OSS to restore {objects}, {size}, in {time}")
    number, size = count(asked.accepted, "object"), format_size(asked.accepted_size)
    took = format_duration(max(0.1, asked.seconds))
    yield paint(text.format(objects=number, size=size, time=took), tone)
    others = {
        _("{number:,} already being restored"): asked.thawing,
        _("{number:,} readable now"): asked.readable,
        _("{number:,} gone from the bucket"): asked.gone,
        _("{number:,} frozen again; the next 'restore' shows them"): asked.frozen_again,
    }
    if counts := listed(*(text.format(number=n) for text, n in others.items() if n)):
        yield _("not requested: {objects}").format(objects=counts)
    for code, one in asked.refused.items():
        yield from _refusal(code, one, paint)
    yield from _next(asked, go_on)


def _refusal(code: str, refused: Refused, paint: Paint) -> Iterator[str]:
    yield f"{refused.objects:>9,}  {paint(code, Tone.BAD)}  {said(refused.failure.message)}"
    advice = said(refused.advice) if refused.advice else _("give this request ID to support")
    advice = remarked(advice, refused.failure.request_id)
    yield " " * 11 + _("to do: {advice}").format(advice=advice)


def _next(asked: Asked, go_on: str) -> Iterator[str]:
    if asked.is_hopeless:
        yield _("gave up: every request was refused; fix that, and 'restore' continues")
    elif not asked.is_whole:
        yield _("next: 'restore' resumes where this stopped and requests nothing twice")
    if asked.accepted or asked.thawing or asked.readable:
        waiting = go_on.replace("'get'", "'get --wait-restore'")
        yield _("next: {command} fetches each as it thaws").format(command=waiting)
