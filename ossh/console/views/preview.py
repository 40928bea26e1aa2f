"""The preflight sheet: what a `get` would do, before it does anything. Pure.

```
what is selected ─ how it compares with the target ─ room, time, cost ─ what is in it
```
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from ossh.console.views.charts import meter
from ossh.console.views.table import Cell, Column, table
from ossh.console.views.text import (
    Tone,
    cell_len,
    count,
    first_part,
    last_part,
    listed,
    paint,
    rate,
    wrapped,
)
from ossh.language import N_, _, n_, said
from ossh.printable import printable
from ossh.session.jobs.forecast import Forecast
from ossh.store.endpoint_kinds import Road
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.planning.preflight import Group, Preflight
from ossh.units import format_duration, format_size, local_time

LOCAL_STATES = {
    LocalState.NEW: (N_("new"), Tone.GOOD),
    LocalState.CHANGED: (N_("changed, to be replaced"), Tone.WARN),
    LocalState.TRASHED: (N_("in the way: to be moved to the trash"), Tone.WARN),
    LocalState.HERE: (N_("here already"), Tone.DIM),
    LocalState.CONFLICT: (N_("kept: something else is in the way"), Tone.BAD),
}
SUFFIXES = 8  # shown; the rest are rare
LONGEST_NAME = 20  # columns, of a group; what is longer is hardly a suffix
METER, SHORT_METER = 10, 5  # columns of a bar
NARROW = 60  # columns of a terminal for short bars
INDENT = "  "
LEFT, RIGHT = Column(""), Column("", right=True)
BILLED = frozenset({Road.PUBLIC, Road.ACCELERATED})


Sentence = tuple[str, Tone]


def sheet_lines(  # noqa: PLR0913 - one argument for each thing that decides the look
    sheet: Preflight,
    outlook: Forecast,
    *,
    limit: int,
    is_whole: bool = True,
    width: int = 80,
    ascii_only: bool = False,
) -> Iterator[str]:
    """Yield the sheet, of which `limit` keys of each kind are shown.

    If planning was not completed, it is not whole, and says so.
    """
    total = sheet.objects.total()
    so_far = _("{objects}, {size} so far, from {source} to {folder}")
    sentence = _("{objects}, {size}, from {source} to {folder}") if is_whole else so_far
    sentence = sentence.format(
        objects=count(total, "object"),
        size=format_size(sheet.size.total()),
        source=outlook.source,
        folder=printable(outlook.target),
    )
    yield from _broken(sentence, Tone.PLAIN, width)
    yield from _local_states(sheet)
    if not total and not sheet.absent:
        return
    for text, tone in chain(_needs(sheet, outlook), _remarks(sheet)):
        yield from _broken(text, tone, width)
    yield from _groups(
        _("by suffix"), sheet.by_suffix[:SUFFIXES], sheet, width, ascii_only=ascii_only
    )
    yield from _groups(_("by age"), sheet.by_age, sheet, width, ascii_only=ascii_only)
    largest = [(format_size(size), key) for size, key in sheet.largest[:limit]]
    yield from _keys(_("largest"), largest, width)
    first = [(local_time(info.last_modified), info.key) for info in sheet.first[:limit]]
    yield from _keys(_("first"), first, width)


def expected_seconds(sheet: Preflight, outlook: Forecast) -> float | None:
    """Return how long a download of what can be read now takes; None when no earlier run tells."""
    readable = sheet.to_fetch - sheet.archived_size.total() - sheet.thawing_size
    return readable / outlook.bytes_per_second if readable and outlook.bytes_per_second else None


def sheet_record(
    sheet: Preflight, outlook: Forecast, *, limit: int, is_whole: bool
) -> dict[str, Any]:
    """Return the sheet as JSON has it; sizes are bytes, what is not known is null."""
    seconds = expected_seconds(sheet, outlook)
    billed = sheet.to_fetch if outlook.road in BILLED else 0
    return {
        "source": outlook.source,
        "target": outlook.target,
        "complete": is_whole,
        "objects": sheet.objects.total(),
        "bytes": sheet.size.total(),
        **{
            str(kind): {"objects": sheet.objects[kind], "bytes": sheet.size[kind]}
            for kind in LocalState
        },
        "only_local": {"files": sheet.only_local, "bytes": sheet.only_local_size},
        "unread_folders": sheet.unread,
        "to_fetch": sheet.to_fetch,
        "free": outlook.free,
        "fits": sheet.to_fetch <= outlook.free,
        "seconds": None if seconds is None else round(seconds, 1),
        "bytes_per_second": round(outlook.bytes_per_second) or None,
        "road": str(outlook.road),
        "billed": None if outlook.road is Road.UNKNOWN else billed,
        "archived": {
            "objects": sheet.archived.total(),
            "bytes": sheet.archived_size.total(),
            "by_class": dict(sorted(sheet.archived.items())),
        },
        "thawing": {"objects": sheet.thawing, "bytes": sheet.thawing_size},
        "absent": sheet.absent,
        "mapped": sheet.mapped,
        "collisions": sheet.collisions,
        "short": sheet.short,
        "by_suffix": [_group_record("suffix", one) for one in sheet.by_suffix],
        "by_age": [_group_record("age", one) for one in sheet.by_age],
        "largest": [{"key": key, "size": size} for size, key in sheet.largest[:limit]],
        "first": [
            {"key": info.key, "last_modified": info.last_modified} for info in sheet.first[:limit]
        ],
    }


def _group_record(what: str, group: Group) -> dict[str, Any]:
    return {what: group.name, "objects": group.objects, "bytes": group.size}


def _local_states(sheet: Preflight) -> Iterator[str]:
    rows = [
        (f"{sheet.objects[state]:,}", format_size(sheet.size[state]), Cell(_(text), tone))
        for state, (text, tone) in LOCAL_STATES.items()
        if sheet.objects[state]
    ]
    if sheet.only_local:
        text = Cell(_("only local, left alone"), Tone.DIM)
        rows.append((f"{sheet.only_local:,}", format_size(sheet.only_local_size), text))
    yield from (INDENT + line for line in table((RIGHT, RIGHT, LEFT), rows))


def _needs(sheet: Preflight, outlook: Forecast) -> Iterator[Sentence]:
    """Yield what a download needs: room, time, money."""
    need, free = format_size(sheet.to_fetch), format_size(outlook.free)
    if (lack := sheet.to_fetch - outlook.free) > 0:
        text = _("to fetch: {need}, but only {free} free: it will not fit, {lack} short")
        yield text.format(need=need, free=free, lack=format_size(lack)), Tone.BAD
    else:
        yield _("to fetch: {need}, {free} free").format(need=need, free=free), Tone.PLAIN
    if (seconds := expected_seconds(sheet, outlook)) is not None:
        text = _("time: about {time} at {rate}, as in earlier runs")
        speed = rate(outlook.bytes_per_second)
        yield text.format(time=format_duration(max(0.1, seconds)), rate=speed), Tone.PLAIN
    if sheet.to_fetch and outlook.road in BILLED:
        text = _("cost: {size} will leave Alibaba Cloud's network and be billed")
        if outlook.road is Road.ACCELERATED:
            text = _(
                "cost: {size} will leave Alibaba Cloud's network and be billed as accelerated "
                "traffic"
            )
        yield text.format(size=need), Tone.PLAIN
        if outlook.region:
            text = _("on a machine in {region}, 'connect --internal' makes this free of charge")
            yield INDENT + text.format(region=outlook.region), Tone.DIM


def _remarks(sheet: Preflight) -> Iterator[Sentence]:
    """Yield what to know about some of the objects."""
    if sheet.unread:
        text = _("not counted: what is in {folders} of the target that cannot be read")
        yield text.format(folders=count(sheet.unread, "folder")), Tone.WARN
    if sheet.absent:
        text = _("{keys} of the list not found in the bucket")
        yield text.format(keys=count(sheet.absent, "key")), Tone.BAD
    if sheet.archived:
        kinds = listed(*(f"{n:,} {kind}" for kind, n in sorted(sheet.archived.items())))
        text = _("archived: {objects}, {size}, must be restored before reading: {kinds}")
        objects = count(sheet.archived.total(), "object")
        size = format_size(sheet.archived_size.total())
        yield text.format(objects=objects, size=size, kinds=kinds), Tone.WARN
        text = _("'restore' asks OSS to thaw what is archived, which costs money")
        yield INDENT + text, Tone.DIM
    if sheet.thawing:
        text = _("thawing: {objects}, {size}; 'get --wait-restore' fetches each as it thaws")
        objects, size = count(sheet.thawing, "object"), format_size(sheet.thawing_size)
        yield text.format(objects=objects, size=size), Tone.WARN
    if sheet.mapped:
        text = n_(
            "names: {number:,} local name will differ from its key",
            "names: {number:,} local names will differ from their keys",
            sheet.mapped,
        )
        yield text, Tone.PLAIN
    if sheet.collisions:
        text = n_(
            "names: {number:,} renamed, because two keys map to the same name, or ossh itself "
            "uses it",
            "names: {number:,} renamed, because two keys map to the same name, or ossh itself "
            "uses it",
            sheet.collisions,
        )
        yield text, Tone.PLAIN
    if sheet.short:
        text = n_(
            "names: {number:,} has fewer folders than --strip-prefix strips, and keeps only its "
            "last part",
            "names: {number:,} have fewer folders than --strip-prefix strips, and keep only their "
            "last parts",
            sheet.short,
        )
        yield text, Tone.PLAIN


def _broken(text: str, tone: Tone, width: int) -> Iterator[str]:
    """Yield a sentence as lines that break between words, the later ones indented."""
    first = INDENT if text.startswith(INDENT) else ""
    for line in wrapped(text.removeprefix(first), width, first=first, later=first + INDENT):
        yield paint(line, tone)


def _groups(
    title: str, groups: Sequence[Group], sheet: Preflight, width: int, *, ascii_only: bool
) -> Iterator[str]:
    """Yield groups with their share of all bytes, or of all objects when those are empty."""
    size, total = sheet.size.total(), sheet.objects.total()
    length = METER if width >= NARROW else SHORT_METER
    rows = []
    for one in groups:
        share = one.size / size if size else one.objects / total
        bar = meter(share, length, ascii_only=ascii_only)
        name = first_part(said(one.name) or _("(none)"), LONGEST_NAME)
        rows.append((f"{one.objects:,}", format_size(one.size), bar, name))
    yield from _titled(title, (RIGHT, RIGHT, LEFT, LEFT), rows)


def _keys(title: str, rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield facts and keys; of a key that is too long, its end, which tells more."""
    room = width - max((cell_len(fact) for fact, _key in rows), default=0) - 4
    shown = [(fact, last_part(printable(key), room)) for fact, key in rows]
    yield from _titled(title, (RIGHT, LEFT), shown)


def _titled(title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield an indented table below its title; nothing at all when there is no row."""
    if rows:
        yield paint(_("{title}:").format(title=title), Tone.TITLE)
        yield from (INDENT + line for line in table(columns, rows))
