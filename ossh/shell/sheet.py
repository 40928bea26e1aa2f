"""The preflight sheet: what a `get` would do, before it does anything. Pure.

```
what is selected ─ how it compares with the target ─ room, time, cost ─ what is in it
```
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size

from ossh.language import N_, _, n_, said
from ossh.paths import printable
from ossh.session.outlook import Outlook
from ossh.shell.text import (
    Cell,
    Column,
    Paint,
    Tone,
    colourless,
    count,
    labelled,
    last_part,
    listed,
    meter,
    rate,
    tab_separated,
    table,
)
from ossh.shell.wrapping import wrapped
from ossh.store.endpoints import Road
from ossh.transfer.preflight import Change, Changes, Group, Preflight
from ossh.transfer.standing import Standing
from ossh.units import format_duration, format_size, local_time, utc_time

_STANDINGS = {
    Standing.NEW: (N_("new"), Tone.GOOD),
    Standing.CHANGED: (N_("changed, to be replaced"), Tone.WARN),
    Standing.HERE: (N_("here already"), Tone.DIM),
    Standing.CONFLICT: (N_("kept as they are: the local file was changed"), Tone.BAD),
}
_CHANGES = {
    Change.NEW: (N_("new"), Tone.GOOD),
    Change.CHANGED: (N_("changed"), Tone.WARN),
    Change.GONE: (N_("gone, or no longer selected; files already here stay"), Tone.DIM),
}
CHANGED_KEYS = 5  # shown of each kind
SUFFIXES = 8  # shown; the rest are rare
LONGEST_NAME = 20  # columns, of a group; what is longer is hardly a suffix
METER, SHORT_METER = 10, 5  # columns of a bar
NARROW = 60  # columns of a terminal for short bars


@dataclass(frozen=True, slots=True)
class Look:
    """How a sheet is drawn.

    Args:
        paint: How text is coloured.
        width: Columns of the terminal.
        ascii_only: Use characters that every console has.
    """

    paint: Paint = colourless
    width: int = 80
    ascii_only: bool = False


def unchanged_lines(sheet: Preflight, paint: Paint = colourless) -> Iterator[str]:
    """Yield that the bucket is unchanged, and of the target only what is not as it should be."""
    yield _("nothing has changed since the last listing")
    archived = sheet.archived.total() + sheet.thawing
    archived_size = sheet.archived_size.total() + sheet.thawing_size
    lacking = sheet.objects[Standing.NEW] + sheet.objects[Standing.CHANGED]
    kept, tone = _STANDINGS[Standing.CONFLICT]
    for text, objects, size, how in (
        (_("still to fetch"), lacking - archived, sheet.to_fetch - archived_size, Tone.PLAIN),
        (_("archived"), archived, archived_size, Tone.WARN),
        (_(kept), sheet.objects[Standing.CONFLICT], sheet.size[Standing.CONFLICT], tone),
    ):
        if objects:
            far = listed(count(objects, "object"), format_size(size))
            yield paint(labelled(text, far), how)


def changes_lines(changes: Changes, paint: Paint = colourless) -> Iterator[str]:
    """Yield how the bucket differs from the last listing."""
    yield _("since the last listing:")
    for kind, (text, tone) in _CHANGES.items():
        if not (number := changes.objects[kind]):
            continue
        yield f"  {number:,}  {paint(_(text), tone)}"
        keys = changes.first[kind][:CHANGED_KEYS]
        yield from (f"      {printable(key)}" for key in keys)
        if number > len(keys):
            yield "      " + _("and {number:,} more").format(number=number - len(keys))


def sheet_lines(
    sheet: Preflight,
    outlook: Outlook,
    *,
    limit: int,
    is_whole: bool = True,
    look: Look | None = None,
) -> Iterator[str]:
    """Yield the sheet.

    Args:
        sheet: What planning found.
        outlook: What a download would meet.
        limit: Keys shown of each kind.
        is_whole: Whether planning was completed; else the sheet says that it was not.
        look: How it is drawn.
    """
    look = look or Look()
    total = sheet.objects.total()
    so_far = _("{objects}, {size} so far, from {source} to {folder}")
    sentence = _("{objects}, {size}, from {source} to {folder}") if is_whole else so_far
    sentence = sentence.format(
        objects=count(total, "object"),
        size=format_size(sheet.size.total()),
        source=outlook.source,
        folder=printable(outlook.target),
    )
    yield from _prose(sentence, look)
    yield from _standings(sheet, look.paint)
    if not total and not sheet.absent:
        return
    yield from _needs(sheet, outlook, look)
    yield from _remarks(sheet, look)
    yield from _groups(_("by suffix"), sheet.by_suffix[:SUFFIXES], sheet, look)
    yield from _groups(_("by age"), sheet.by_age, sheet, look)
    largest = [(format_size(size), key) for size, key in sheet.largest[:limit]]
    yield from _block(_("largest"), largest, look)
    first = [(local_time(info.last_modified), info.key) for info in sheet.first[:limit]]
    yield from _block(_("first"), first, look)


def expected_seconds(sheet: Preflight, outlook: Outlook) -> float | None:
    """Return how long a download would take; None when no earlier run tells."""
    if not (sheet.to_fetch and outlook.bytes_per_second):
        return None
    return sheet.to_fetch / outlook.bytes_per_second


def sheet_record(
    sheet: Preflight, outlook: Outlook, *, limit: int, is_whole: bool
) -> dict[str, Any]:
    """Return the sheet as JSON has it; sizes are bytes, what is not known is null."""
    seconds = expected_seconds(sheet, outlook)
    is_billed = outlook.road in {Road.PUBLIC, Road.ACCELERATED}
    return {
        "source": outlook.source,
        "target": outlook.target,
        "complete": is_whole,
        "objects": sheet.objects.total(),
        "bytes": sheet.size.total(),
        **{
            str(kind): {"objects": sheet.objects[kind], "bytes": sheet.size[kind]}
            for kind in Standing
        },
        "only_local": {"files": sheet.only_local, "bytes": sheet.only_local_size},
        "to_fetch": sheet.to_fetch,
        "free": outlook.free,
        "fits": sheet.to_fetch <= outlook.free,
        "seconds": None if seconds is None else round(seconds, 1),
        "bytes_per_second": round(outlook.bytes_per_second) or None,
        "road": str(outlook.road),
        "billed": None if outlook.road is Road.UNKNOWN else sheet.to_fetch * is_billed,
        "archived": {
            "objects": sheet.archived.total(),
            "bytes": sheet.archived_size.total(),
            "by_class": dict(sorted(sheet.archived.items())),
        },
        "thawing": {"objects": sheet.thawing, "bytes": sheet.thawing_size},
        "absent": sheet.absent,
        "mapped": sheet.mapped,
        "collisions": sheet.collisions,
        "by_suffix": [_group_record("suffix", one) for one in sheet.by_suffix],
        "by_age": [_group_record("age", one) for one in sheet.by_age],
        "largest": [{"key": key, "size": size} for size, key in sheet.largest[:limit]],
        "first": [
            {"key": info.key, "last_modified": info.last_modified} for info in sheet.first[:limit]
        ],
    }


def changes_record(changes: Changes, *, is_whole: bool) -> dict[str, Any]:
    """Return how the bucket differs from the last listing, as JSON has it.

    Args:
        changes: What the new listing showed.
        is_whole: Whether it was completed; until then nothing can be called gone.
    """
    kinds = [kind for kind in Change if is_whole or kind is not Change.GONE]
    shown = [(kind, key) for kind in kinds for key in changes.first.get(kind, [])[:CHANGED_KEYS]]
    return {
        "changes": [{"change": str(kind), "objects": changes.objects[kind]} for kind in kinds],
        "changed_keys": [{"change": str(kind), "key": key} for kind, key in shown],
    }


def unchanged_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a record is worth a line when nothing changed."""
    kept = ("changes", "complete", "objects", "bytes", *map(str, Standing), "to_fetch")
    return {name: record[name] for name in kept}


def record_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a record as tab-separated lines: what it is about, then numbers, then names.

    What is a list in JSON has a line for each of its items. What is not known is empty.
    """
    for name, value in record.items():
        for one in value if isinstance(value, list) else [value]:
            facts = one.values() if isinstance(one, dict) else [one]
            names_last = sorted(facts, key=lambda fact: isinstance(fact, str | dict))
            yield tab_separated([name, *map(_exact, names_last)])


def _exact(fact: Any) -> str:  # noqa: ANN401 - what JSON can hold
    match fact:
        case None:
            return ""
        case bool():
            return "yes" if fact else "no"
        case datetime():
            return utc_time(fact)
        case dict():
            return ", ".join(f"{number} {name}" for name, number in fact.items())
        case _:
            return str(fact)


def _group_record(what: str, group: Group) -> dict[str, Any]:
    return {what: group.name, "objects": group.objects, "bytes": group.size}


def _standings(sheet: Preflight, paint: Paint) -> Iterator[str]:
    rows = [
        (f"  {sheet.objects[kind]:,}", format_size(sheet.size[kind]), Cell(_(text), tone))
        for kind, (text, tone) in _STANDINGS.items()
        if sheet.objects[kind]
    ]
    if sheet.only_local:
        size = format_size(sheet.only_local_size)
        text = _("only local, left alone")
        rows.append((f"  {sheet.only_local:,}", size, Cell(text, Tone.DIM)))
    yield from table((Column("", right=True), Column("", right=True), Column("")), rows, paint)


def _needs(sheet: Preflight, outlook: Outlook, look: Look) -> Iterator[str]:
    """Yield what a download needs: room, time, money."""
    need, free = format_size(sheet.to_fetch), format_size(outlook.free)
    if sheet.to_fetch > outlook.free:
        lack = format_size(sheet.to_fetch - outlook.free)
        text = _("to fetch: {need}, but only {free} free: it will not fit, {lack} short")
        yield from _prose(text.format(need=need, free=free, lack=lack), look, Tone.BAD)
    else:
        yield from _prose(_("to fetch: {need}, {free} free").format(need=need, free=free), look)
    if (seconds := expected_seconds(sheet, outlook)) is not None:
        text = _("time: about {time} at {rate}, as in earlier runs")
        speed = rate(outlook.bytes_per_second)
        yield from _prose(text.format(time=format_duration(seconds), rate=speed), look)
    if sheet.to_fetch:
        yield from _cost(need, outlook, look)


def _cost(need: str, outlook: Outlook, look: Look) -> Iterator[str]:
    if outlook.road not in {Road.PUBLIC, Road.ACCELERATED}:
        return
    text = _("cost: {size} will leave Alibaba Cloud's network and be billed")
    if outlook.road is Road.ACCELERATED:
        text = _(
            "cost: {size} will leave Alibaba Cloud's network and be billed as accelerated traffic"
        )
    yield from _prose(text.format(size=need), look)
    if outlook.region:
        text = _("on a machine in {region}, 'connect --internal' makes this free of charge")
        yield from _prose(text.format(region=outlook.region), look, Tone.DIM, first="  ")


def _remarks(sheet: Preflight, look: Look) -> Iterator[str]:
    if sheet.absent:
        text = _("absent from the bucket: {keys} of the list")
        yield from _prose(text.format(keys=count(sheet.absent, "key")), look, Tone.BAD)
    if sheet.archived:
        kinds = listed(*(f"{n:,} {kind}" for kind, n in sorted(sheet.archived.items())))
        text = _("archived: {objects}, {size}, must be restored before reading: {kinds}")
        objects = count(sheet.archived.total(), "object")
        size = format_size(sheet.archived_size.total())
        yield from _prose(text.format(objects=objects, size=size, kinds=kinds), look, Tone.WARN)
        text = _("'restore' asks OSS to thaw what is archived, which costs money")
        yield from _prose(text, look, Tone.DIM, first="  ")
    if sheet.thawing:
        text = _("thawing: {objects}, {size}; 'get --wait-restore' fetches each as it thaws")
        objects, size = count(sheet.thawing, "object"), format_size(sheet.thawing_size)
        yield from _prose(text.format(objects=objects, size=size), look, Tone.WARN)
    if sheet.mapped:
        text = n_(
            "names: {number:,} local name will differ from its key",
            "names: {number:,} local names will differ from their keys",
            sheet.mapped,
        )
        yield from _prose(text.format(number=sheet.mapped), look)
    if sheet.collisions:
        text = n_(
            "names: {number:,} of these is renamed because two names clash",
            "names: {number:,} of these are renamed because two names clash",
            sheet.collisions,
        )
        yield from _prose(text.format(number=sheet.collisions), look)


def _prose(text: str, look: Look, tone: Tone = Tone.PLAIN, *, first: str = "") -> Iterator[str]:
    """Yield a sentence, broken between words and indented."""
    for line in wrapped(text, look.width, first=first, later=f"{first}  "):
        yield look.paint(line, tone)


def _groups(title: str, groups: Sequence[Group], sheet: Preflight, look: Look) -> Iterator[str]:
    """Yield groups with their share of all bytes, or of all objects when those are empty."""
    if not groups:
        return
    size, total = sheet.size.total(), sheet.objects.total()
    length = METER if look.width >= NARROW else SHORT_METER
    yield look.paint(_("{title}:").format(title=title), Tone.TITLE)
    rows = []
    for one in groups:
        share = one.size / size if size else one.objects / total
        bar = meter(share, length, ascii_only=look.ascii_only)
        name = said(one.name) or _("(none)")
        if cell_len(name) > LONGEST_NAME:
            name = set_cell_size(name, LONGEST_NAME - 3).rstrip(" ") + "..."
        rows.append((f"  {one.objects:,}", format_size(one.size), bar, name))
    columns = (Column("", right=True), Column("", right=True), Column(""), Column(""))
    yield from table(columns, rows, look.paint)


def _block(title: str, rows: Sequence[tuple[str, str]], look: Look) -> Iterator[str]:
    """Yield facts and keys; of a key that is too long the end, which tells more."""
    if not rows:
        return
    yield look.paint(_("{title}:").format(title=title), Tone.TITLE)
    room = look.width - max(cell_len(fact) for fact, _name in rows) - 4
    indented = [(f"  {fact}", last_part(printable(key), room)) for fact, key in rows]
    yield from table((Column("", right=True), Column("")), indented, look.paint)
