"""The preflight sheet: what a `get` would do, before it does anything. Pure."""

from collections.abc import Iterator, Sequence

from ossh.model import Entry, ObjectInfo
from ossh.paths import printable
from ossh.shell.text import Cell, Column, Paint, Tone, colourless, count, local_time, table
from ossh.transfer.preflight import Change, Changes, Preflight, Standing
from ossh.units import format_size

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


def sheet_lines(  # noqa: PLR0913 - what stands on a sheet
    sheet: Preflight,
    *,
    source: str,
    target: str,
    free: int,
    limit: int,
    paint: Paint = colourless,
) -> Iterator[str]:
    """Yield the sheet.

    Args:
        sheet: What planning found.
        source: Where objects come from, for people.
        target: Where files would go, for people.
        free: Bytes free on the target's disk.
        limit: Keys shown of each kind.
        paint: How text is coloured.
    """
    total, size = sum(sheet.objects.values()), sum(sheet.size.values())
    yield f"{count(total, 'object')}, {format_size(size)}, from {source} to {target}"
    yield from _standings(sheet, paint)
    if not total and not sheet.absent:
        return
    room = format_size(free)
    if sheet.to_fetch > free:
        yield paint(f"to fetch: {format_size(sheet.to_fetch)}, but only {room} free", Tone.BAD)
    else:
        yield f"to fetch: {format_size(sheet.to_fetch)}, {room} free"
    yield from _remarks(sheet, paint)
    yield from _block("by suffix", _suffixes(sheet), paint)
    largest = [(format_size(size), key) for size, key in sheet.largest[:limit]]
    yield from _block("largest", largest, paint)
    yield from _block("first", [_first(info) for info in sheet.first[:limit]], paint)


def _standings(sheet: Preflight, paint: Paint) -> Iterator[str]:
    rows = [
        (f"  {sheet.objects[kind]:,}", format_size(sheet.size[kind]), Cell(text, tone))
        for kind, (text, tone) in _STANDINGS.items()
        if sheet.objects[kind]
    ]
    yield from table((Column("", right=True), Column("", right=True), Column("")), rows, paint)


def _remarks(sheet: Preflight, paint: Paint) -> Iterator[str]:
    if sheet.absent:
        keys = count(sheet.absent, "key")
        yield paint(f"absent: {keys} of the list are not in the bucket", Tone.BAD)
    if sheet.archived:
        size = format_size(sheet.archived_size)
        yield paint(
            f"archived: {sheet.archived:,} ({size}) must be restored before they can be read",
            Tone.WARN,
        )
    if sheet.mapped:
        yield f"names: {sheet.mapped:,} local names will differ from their keys"
    if sheet.collisions:
        yield f"names: {sheet.collisions:,} of these make way for another object"


def _suffixes(sheet: Preflight) -> list[tuple[str, str]]:
    return [
        (f"{number:,}", f"{suffix or '(none)'}  {format_size(sheet.suffix_size[suffix])}")
        for suffix, number in sheet.suffixes.most_common(SUFFIXES)
    ]


def _first(info: ObjectInfo | Entry) -> tuple[str, str]:
    return (local_time(info.last_modified), info.key)


def _block(title: str, rows: Sequence[tuple[str, str]], paint: Paint) -> Iterator[str]:
    if not rows:
        return
    yield paint(f"{title}:", Tone.TITLE)
    indented = [(f"  {left}", printable(right)) for left, right in rows]
    yield from table((Column("", right=True), Column("")), indented, paint)
