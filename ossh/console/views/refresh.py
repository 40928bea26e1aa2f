"""What `refresh` found: how a bucket differs from its last listing. Pure."""

from collections.abc import Iterator
from typing import Any

from ossh.console.views.preview import LOCAL_STATES
from ossh.console.views.text import Tone, count, labelled, listed, paint, some_of
from ossh.language import N_, _
from ossh.printable import printable
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.planning.preflight import Change, Changes, Preflight
from ossh.units import format_size

_CHANGES = {
    Change.NEW: (N_("new"), Tone.GOOD),
    Change.CHANGED: (N_("changed"), Tone.WARN),
    Change.GONE: (N_("gone; files already here stay"), Tone.DIM),
    Change.UNSELECTED: (N_("no longer selected; files already here stay"), Tone.DIM),
}
_ONLY_AT_THE_END = (Change.GONE, Change.UNSELECTED)
CHANGED_KEYS = 5  # shown of each kind
# What of a plan is worth a line each when nothing has changed.
UNCHANGED = ("complete", "objects", "bytes", *map(str, LocalState), "to_fetch")


def changes_lines(changes: Changes, *, is_mirror: bool = False) -> Iterator[str]:
    """Yield how the bucket differs from the last listing; a mirror takes away what is gone."""
    yield _("since the last listing:")
    meanings = _CHANGES | {Change.GONE: (N_("gone"), Tone.WARN)} if is_mirror else _CHANGES
    for kind, (text, tone) in meanings.items():
        if not (number := changes.objects[kind]):
            continue
        yield f"  {number:,}  {paint(_(text), tone)}"
        keys = map(printable, changes.first[kind][:CHANGED_KEYS])
        yield from some_of([*keys], number, " " * 6)


def unchanged_lines(plan: Preflight, *, is_more_gone: bool = False) -> Iterator[str]:
    """Yield that the bucket is unchanged, and of the target only what is not as it should be.

    `is_more_gone`: files are still here of objects that an earlier listing found gone.
    """
    if is_more_gone:
        yield _("nothing more has changed since the last listing")
    else:
        yield _("nothing has changed since the last listing")
    archived = plan.archived.total() + plan.thawing
    archived_size = plan.archived_size.total() + plan.thawing_size
    lacking = plan.objects_to_fetch
    kept, tone = LOCAL_STATES[LocalState.CONFLICT]
    for text, objects, size, how in (
        (_("still to fetch"), lacking - archived, plan.to_fetch - archived_size, Tone.PLAIN),
        (_("archived"), archived, archived_size, Tone.WARN),
        (_(kept), plan.objects[LocalState.CONFLICT], plan.size[LocalState.CONFLICT], tone),
    ):
        if objects:
            far = listed(count(objects, "object"), format_size(size))
            yield paint(labelled(text, far), how)


def changes_record(changes: Changes, *, is_whole: bool) -> dict[str, Any]:
    """Return how the bucket differs from the last listing, as JSON has it.

    Until the new listing is whole, nothing can be called gone.
    """
    kinds = [kind for kind in Change if is_whole or kind not in _ONLY_AT_THE_END]
    shown = [(kind, key) for kind in kinds for key in changes.first.get(kind, [])[:CHANGED_KEYS]]
    return {
        "changes": [{"change": str(kind), "objects": changes.objects[kind]} for kind in kinds],
        "changed_keys": [{"change": str(kind), "key": key} for kind, key in shown],
    }
