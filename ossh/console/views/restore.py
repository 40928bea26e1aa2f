"""What `restore` shows: before OSS is asked, what that means; then, what it answered. Pure."""

from collections.abc import Iterator, Sequence

from ossh.console.views.results import COUNT_WIDTH, count_row, line_about
from ossh.console.views.table import LEFT, RIGHT, Cell, table
from ossh.console.views.text import Tone, count, count_sentence, listed, paint, with_note
from ossh.language import N_, _, said
from ossh.manifest import ArchivedGroup
from ossh.session.jobs.restoring import Survey
from ossh.store.restore import MOST_DAYS, REAL_TIME_CLASS, days_of
from ossh.transfer.restoring.restore_result import Refusals, RestoreResult
from ossh.units import format_duration, format_size

# By class and tier, how long a restore takes. Source: OSS developer guide, "Restore objects".
_TAKES = {
    (REAL_TIME_CLASS, ""): N_("readable within minutes"),
    ("ColdArchive", "Expedited"): N_("readable within 1 hour"),
    ("ColdArchive", "Standard"): N_("readable in 2 to 5 hours"),
    ("ColdArchive", "Bulk"): N_("readable in 5 to 12 hours"),
    ("DeepColdArchive", "Expedited"): N_("readable within 12 hours"),
    ("DeepColdArchive", "Standard"): N_("readable within 48 hours"),
}


def survey_lines(found: Survey, *, days: int, tier: str, named: str = "") -> Iterator[str]:
    """Yield what would be asked for, how long that takes and what it costs; no tier is Standard.

    `named` is what to type behind a command that is to mean the same objects; "" is the open job.
    """
    text = _("{objects} of class Archive can be read without a restore: {get} fetches them")
    yield from count_sentence(found.real_time, "object", text, get=line_about(named, "get"))
    text = _("{objects} already being restored; not requested again")
    yield from count_sentence(found.thawing, "object", text)
    if not found.objects:
        yield _("nothing to restore")
        return
    text, size = _("to restore: {objects}, {size}"), format_size(found.size)
    yield paint(text.format(objects=count(found.objects, "object"), size=size), Tone.TITLE)
    rows = [_row(one, days, tier) for one in found.frozen]
    yield from table((RIGHT, RIGHT, LEFT, LEFT, LEFT), rows)
    text = _(
        "this costs money: the requests, the data read from the archive and, for the cold classes, "
        "a copy that is kept for that many days"
    )
    yield paint(text, Tone.WARN)


def _row(group: ArchivedGroup, days: int, tier: str) -> Sequence[str | Cell]:
    kept = count(days_of(group.storage_class, days), "day")
    return (
        f"  {group.objects:,}",
        format_size(group.size),
        group.storage_class,
        Cell(takes(group.storage_class, tier), Tone.DIM),
        Cell(_("for {days}").format(days=kept), Tone.DIM),
    )


def takes(storage_class: str, tier: str) -> str:
    is_tiered = storage_class != REAL_TIME_CLASS
    known = _TAKES.get((storage_class, (tier or "Standard") if is_tiered else ""))
    if known is None and tier and storage_class in MOST_DAYS:
        return _("OSS has no tier {tier} for this class and will refuse").format(tier=tier)
    return _(known or N_("readable once it has thawed"))


def result_lines(result: RestoreResult) -> Iterator[str]:
    """Yield what was requested, why some requests were refused, and what to do next."""
    tone = Tone.GOOD if result.status == 0 else Tone.BAD if result.refused else Tone.WARN
    text = _("stopped: asked OSS to restore {objects}, {size}, in {time}")
    if result.is_whole:
        text = _("asked OSS to restore {objects}, {size}, in {time}")
    number, size = count(result.accepted, "object"), format_size(result.accepted_size)
    took = format_duration(max(0.1, result.seconds))
    yield paint(text.format(objects=number, size=size, time=took), tone)
    others = {
        _("{number:,} already being restored"): result.thawing,
        _("{number:,} readable now"): result.readable,
        _("{number:,} gone from the bucket"): result.gone,
        _("{number:,} frozen again; the next 'restore' shows them"): result.frozen_again,
    }
    if counts := listed(*(text.format(number=n) for text, n in others.items() if n)):
        yield _("not requested: {objects}").format(objects=counts)
    for code, one in result.refused.items():
        yield from _refusal(code, one)
    yield from _next(result)


def _refusal(code: str, refused: Refusals) -> Iterator[str]:
    yield count_row(refused.objects, code, said(refused.failure.message))
    advice = said(refused.advice) if refused.advice else _("give this request ID to support")
    advice = with_note(advice, refused.failure.request_id)
    yield " " * COUNT_WIDTH + _("to do: {advice}").format(advice=advice)


def _next(result: RestoreResult) -> Iterator[str]:
    if result.is_hopeless:
        yield _("gave up: every request was refused; fix that, and 'restore' continues")
    elif not result.is_whole:
        yield _("next: 'restore' resumes where this stopped and requests nothing twice")
    if result.accepted or result.thawing or result.readable:
        yield _("next: 'get --wait-restore' fetches each as it thaws")
