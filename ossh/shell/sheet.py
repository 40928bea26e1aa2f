"""The preflight sheet: what a `get` would do, before it does anything. Pure.

```
what is selected ─ how it compares with the target ─ room, time, cost ─ what is in it
```
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from ossh.paths import printable
from ossh.session.outlook import Outlook
from ossh.shell.text import (
    Cell,
    Column,
    Paint,
    Tone,
    colourless,
    count,
    last_part,
    local_time,
    meter,
    rate,
    table,
)
from ossh.store.endpoints import Road
from ossh.transfer.preflight import Change, Changes, Group, Preflight, Standing
from ossh.units import format_duration, format_size

_STANDINGS = {
    Standing.NEW: ("new", Tone.GOOD),
    Standing.CHANGED: ("changed, to be replaced", Tone.WARN),
    Standing.HERE: ("here already", Tone.DIM),
    Standing.CONFLICT: ("kept as they are: the local file was changed", Tone.BAD),
}
_CHANGES = {
    Change.NEW: ("new", Tone.GOOD),
    Change.CHANGED: ("changed", Tone.WARN),
    Change.GONE: ("gone, or not selected any more; files that are here stay", Tone.DIM),
}
CHANGED_KEYS = 5  # shown of each kind
SUFFIXES = 8  # shown; the rest are rare
LONGEST_NAME = 20  # of a group; what is longer is hardly a suffix
METER, SHORT_METER = 10, 5  # columns of a bar
NARROW = 60  # columns of a terminal for short bars


@dataclass(frozen=True, slots=True)
class Look:
    """How a sheet is drawn.

    Args:
        paint: How text is coloured.
        width: Columns of a terminal, 0 when nobody looks: then nothing is broken or drawn.
        ascii_only: Use characters that every console has.
    """

    paint: Paint = colourless
    width: int = 0
    ascii_only: bool = False


def changes_lines(changes: Changes, *, is_whole: bool, paint: Paint = colourless) -> Iterator[str]:
    """Yield how the bucket differs from when it was listed before.

    Args:
        changes: What the new listing showed.
        is_whole: Whether it came to its end; before, nothing can be called gone.
        paint: How text is coloured.
    """
    if is_whole and not changes.objects:
        yield "nothing changed since the bucket was listed before"
        return
    yield "since the bucket was listed before:"
    for kind, (text, tone) in _CHANGES.items():
        if not (number := changes.objects[kind]):
            continue
        yield f"  {number:,}  {paint(text, tone)}"
        keys = changes.first[kind][:CHANGED_KEYS]
        yield from (f"      {printable(key)}" for key in keys)
        if number > len(keys):
            yield f"      and {number - len(keys):,} more"


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
        is_whole: Whether planning came to its end; else the sheet says that it did not.
        look: How it is drawn.
    """
    look = look or Look()
    total, size = sheet.objects.total(), format_size(sheet.size.total())
    so_far = "" if is_whole else " so far"
    target = printable(outlook.target)
    yield from _prose(
        f"{count(total, 'object')}, {size}{so_far}, from {outlook.source} to {target}", look
    )
    yield from _standings(sheet, look.paint)
    if not total and not sheet.absent:
        return
    yield from _needs(sheet, outlook, look)
    yield from _remarks(sheet, look)
    yield from _groups("by suffix", sheet.by_suffix[:SUFFIXES], sheet, look)
    yield from _groups("by age", sheet.by_age, sheet, look)
    largest = [(format_size(size), key) for size, key in sheet.largest[:limit]]
    yield from _block("largest", largest, look)
    first = [(local_time(info.last_modified), info.key) for info in sheet.first[:limit]]
    yield from _block("first", first, look)


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
        "archived": {"objects": sheet.archived, "bytes": sheet.archived_size},
        "mapped": sheet.mapped,
        "collisions": sheet.collisions,
        "by_suffix": [_group_record("suffix", one) for one in sheet.by_suffix],
        "by_age": [_group_record("age", one) for one in sheet.by_age],
        "largest": [{"key": key, "size": size} for size, key in sheet.largest[:limit]],
    }


def _group_record(what: str, group: Group) -> dict[str, Any]:
    return {what: group.name, "objects": group.objects, "bytes": group.size}


def _standings(sheet: Preflight, paint: Paint) -> Iterator[str]:
    rows = [
        (f"  {sheet.objects[kind]:,}", format_size(sheet.size[kind]), Cell(text, tone))
        for kind, (text, tone) in _STANDINGS.items()
        if sheet.objects[kind]
    ]
    if sheet.only_local:
        size = format_size(sheet.only_local_size)
        rows.append((f"  {sheet.only_local:,}", size, Cell("only local, left alone", Tone.DIM)))
    yield from table((Column("", right=True), Column("", right=True), Column("")), rows, paint)


def _needs(sheet: Preflight, outlook: Outlook, look: Look) -> Iterator[str]:
    """Yield what a download needs: room, time, money."""
    need, free = format_size(sheet.to_fetch), format_size(outlook.free)
    if sheet.to_fetch > outlook.free:
        lack = format_size(sheet.to_fetch - outlook.free)
        text = f"to fetch: {need}, but only {free} free: it will not fit, {lack} are missing"
        yield from _prose(text, look, Tone.BAD)
    else:
        yield from _prose(f"to fetch: {need}, {free} free", look)
    if (seconds := expected_seconds(sheet, outlook)) is not None:
        speed = rate(outlook.bytes_per_second)
        text = f"time: about {format_duration(seconds)} at {speed}, as in earlier runs"
        yield from _prose(text, look)
    if sheet.to_fetch:
        yield from _cost(need, outlook, look)


def _cost(need: str, outlook: Outlook, look: Look) -> Iterator[str]:
    if outlook.road not in {Road.PUBLIC, Road.ACCELERATED}:
        return
    how = " as accelerated traffic" if outlook.road is Road.ACCELERATED else ""
    yield from _prose(f"cost: {need} leave Alibaba Cloud's network and are billed{how}", look)
    if outlook.region:
        text = f"on a machine in {outlook.region}, 'connect --internal' makes them free of charge"
        yield from _prose(f"  {text}", look, Tone.DIM)


def _remarks(sheet: Preflight, look: Look) -> Iterator[str]:
    if sheet.absent:
        keys = count(sheet.absent, "key")
        yield from _prose(f"absent: {keys} of the list are not in the bucket", look, Tone.BAD)
    if sheet.archived:
        size = format_size(sheet.archived_size)
        text = f"archived: {sheet.archived:,} ({size}) must be restored before they can be read"
        yield from _prose(text, look, Tone.WARN)
    if sheet.mapped:
        text = f"names: {sheet.mapped:,} local names will differ from their keys"
        yield from _prose(text, look)
    if sheet.collisions:
        text = f"names: {sheet.collisions:,} of these make way for another object"
        yield from _prose(text, look)


def _prose(text: str, look: Look, tone: Tone = Tone.PLAIN) -> Iterator[str]:
    """Yield a sentence, on a terminal broken between words."""
    broken = [text]
    if look.width:
        broken = wrap(
            text,
            look.width,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    for line in broken:
        yield look.paint(line, tone)


def _groups(title: str, groups: Sequence[Group], sheet: Preflight, look: Look) -> Iterator[str]:
    """Yield groups with their share of all bytes, or of all objects when those are empty."""
    if not groups:
        return
    size, total = sheet.size.total(), sheet.objects.total()
    length = METER if look.width >= NARROW else SHORT_METER
    yield look.paint(f"{title}:", Tone.TITLE)
    rows = []
    for one in groups:
        share = one.size / size if size else one.objects / total
        bar = [meter(share, length, ascii_only=look.ascii_only)] if look.width else []
        name = one.name or "(none)"
        if len(name) > LONGEST_NAME:
            name = name[: LONGEST_NAME - 3] + "..."
        rows.append((f"  {one.objects:,}", format_size(one.size), *bar, name))
    middle = [Column("")] if look.width else []
    columns = (Column("", right=True), Column("", right=True), *middle, Column(""))
    yield from table(columns, rows, look.paint)


def _block(title: str, rows: Sequence[tuple[str, str]], look: Look) -> Iterator[str]:
    """Yield facts and keys; on a terminal of a key that is too long the end, which tells more."""
    if not rows:
        return
    yield look.paint(f"{title}:", Tone.TITLE)
    room = look.width - max(len(fact) for fact, _ in rows) - 4
    indented = [
        (f"  {fact}", last_part(printable(key), room) if look.width else key) for fact, key in rows
    ]
    yield from table((Column("", right=True), Column("")), indented, look.paint)
