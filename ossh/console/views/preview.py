"""What a `get` would do, before it does anything, and what `refresh` found to differ. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from ossh.console.views.charts import meter
from ossh.console.views.results import line_about
from ossh.console.views.table import LEFT, RIGHT, Cell, Column, attributes, table
from ossh.console.views.text import (
    Tone,
    cell_len,
    count,
    count_sentence,
    first_part,
    labelled,
    last_part,
    listed,
    paint,
    rate,
    some_of,
)
from ossh.language import N_, _, said
from ossh.printable import printable
from ossh.session.jobs.forecast import Forecast
from ossh.store.endpoint_kinds import Road
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.planning.preflight import Change, Changes, Group, Preflight
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
METER = 10  # columns of a bar
INDENT = "  "
BILLED = frozenset({Road.PUBLIC, Road.ACCELERATED})
_CHANGES = {
    Change.NEW: (N_("new"), Tone.GOOD),
    Change.CHANGED: (N_("changed"), Tone.WARN),
    Change.GONE: (N_("gone; files already here stay"), Tone.DIM),
    Change.UNSELECTED: (N_("no longer selected; files already here stay"), Tone.DIM),
}
CHANGED_KEYS = 5  # shown of each kind


def plan_lines(
    plan: Preflight,
    forecast: Forecast,
    *,
    named: str = "",
    is_whole: bool = True,
    width: int = 80,
) -> Iterator[str]:
    """Yield the plan, with as many keys of each kind as it is to show.

    `named` is what to type behind a command that is to mean the same objects. If planning was not
    completed, it is not whole, and says so.
    """
    total = plan.objects.total()
    so_far = _("{objects}, {size} so far, from {source} to {folder}")
    sentence = _("{objects}, {size}, from {source} to {folder}") if is_whole else so_far
    yield sentence.format(
        objects=count(total, "object"),
        size=format_size(plan.size.total()),
        source=forecast.source,
        folder=printable(forecast.target),
    )
    yield from _local_states(plan)
    if not total and not plan.absent:
        return
    yield from _needs(plan, forecast)
    yield from _remarks(plan, named)
    yield from _groups(_("by suffix"), plan.by_suffix[:SUFFIXES], plan)
    yield from _groups(_("by age"), plan.by_age, plan)
    largest = [(format_size(size), key) for size, key in plan.largest[: plan.first_limit]]
    yield from _keys(_("largest"), largest, width)
    first = [(local_time(info.last_modified), info.key) for info in plan.first]
    yield from _keys(_("first"), first, width)


def expected_seconds(plan: Preflight, forecast: Forecast) -> float | None:
    """Return how long a download of what can be read now takes; None when no earlier run tells."""
    readable = plan.to_fetch - plan.archived_size.total() - plan.thawing_size
    return readable / forecast.bytes_per_second if readable and forecast.bytes_per_second else None


def plan_record(plan: Preflight, forecast: Forecast, *, is_whole: bool) -> dict[str, Any]:
    """Return the plan as JSON has it; sizes are bytes, what is not known is null."""
    seconds = expected_seconds(plan, forecast)
    billed = plan.to_fetch if forecast.road in BILLED else 0
    return {
        "source": forecast.source,
        "target": forecast.target,
        "complete": is_whole,
        "objects": plan.objects.total(),
        "bytes": plan.size.total(),
        **{
            str(kind): {"objects": plan.objects[kind], "bytes": plan.size[kind]}
            for kind in LocalState
        },
        "only_local": {"files": plan.only_local, "bytes": plan.only_local_size},
        "unread_folders": plan.unread,
        "to_fetch": plan.to_fetch,
        "free": forecast.free,
        "fits": plan.to_fetch <= forecast.free,
        "seconds": None if seconds is None else round(seconds, 1),
        "bytes_per_second": round(forecast.bytes_per_second) or None,
        "road": str(forecast.road),
        "billed": None if forecast.road is Road.UNKNOWN else billed,
        "archived": {
            "objects": plan.archived.total(),
            "bytes": plan.archived_size.total(),
            "by_class": dict(sorted(plan.archived.items())),
        },
        "thawing": {"objects": plan.thawing, "bytes": plan.thawing_size},
        **attributes("absent", "mapped", "collisions", "short")(plan),
        "by_suffix": [_group_record("suffix", one) for one in plan.by_suffix],
        "by_age": [_group_record("age", one) for one in plan.by_age],
        "largest": [{"key": key, "size": size} for size, key in plan.largest[: plan.first_limit]],
        "first": list(map(attributes("key", "last_modified"), plan.first)),
    }


def _group_record(what: str, group: Group) -> dict[str, Any]:
    return {what: group.name, "objects": group.objects, "bytes": group.size}


def _local_states(plan: Preflight) -> Iterator[str]:
    rows = [
        (f"{plan.objects[state]:,}", format_size(plan.size[state]), Cell(_(text), tone))
        for state, (text, tone) in LOCAL_STATES.items()
        if plan.objects[state]
    ]
    if plan.only_local:
        text = Cell(_("only local, left alone"), Tone.DIM)
        rows.append((f"{plan.only_local:,}", format_size(plan.only_local_size), text))
    yield from (INDENT + line for line in table((RIGHT, RIGHT, LEFT), rows))


def _needs(plan: Preflight, forecast: Forecast) -> Iterator[str]:
    """Yield what a download needs: room, time, money."""
    need, free = format_size(plan.to_fetch), format_size(forecast.free)
    if (lack := plan.to_fetch - forecast.free) > 0:
        text = _("to fetch: {need}, but only {free} free: it will not fit, {lack} short")
        yield paint(text.format(need=need, free=free, lack=format_size(lack)), Tone.BAD)
    else:
        yield _("to fetch: {need}, {free} free").format(need=need, free=free)
    if (seconds := expected_seconds(plan, forecast)) is not None:
        text = _("time: about {time} at {rate}, as in earlier runs")
        speed = rate(forecast.bytes_per_second)
        yield text.format(time=format_duration(max(0.1, seconds)), rate=speed)
    if plan.to_fetch and forecast.road in BILLED:
        text = _("cost: {size} will leave Alibaba Cloud's network and be billed")
        if forecast.road is Road.ACCELERATED:
            text = _(
                "cost: {size} will leave Alibaba Cloud's network and be billed as accelerated "
                "traffic"
            )
        yield text.format(size=need)
        if forecast.region:
            text = _("on a machine in {region}, 'connect --internal' makes this free of charge")
            yield INDENT + paint(text.format(region=forecast.region), Tone.DIM)


def _remarks(plan: Preflight, named: str) -> Iterator[str]:
    text = _("not counted: what is in {folders} of the target that cannot be read")
    yield from count_sentence(plan.unread, "folder", paint(text, Tone.WARN))
    text = _("{keys} of the list not found in the bucket")
    yield from count_sentence(plan.absent, "key", paint(text, Tone.BAD))
    if plan.archived:
        kinds = listed(*(f"{n:,} {kind}" for kind, n in sorted(plan.archived.items())))
        text = _("archived: {objects}, {size}, must be restored before reading: {kinds}")
        objects = count(plan.archived.total(), "object")
        size = format_size(plan.archived_size.total())
        yield paint(text.format(objects=objects, size=size, kinds=kinds), Tone.WARN)
        text = _("{command} asks OSS to thaw what is archived, which costs money")
        yield INDENT + paint(text.format(command=line_about(named, "restore")), Tone.DIM)
    text = paint(_("thawing: {objects}, {size}; {command} fetches each as it thaws"), Tone.WARN)
    size = format_size(plan.thawing_size)
    get = line_about(named, "get", "--wait-restore")
    yield from count_sentence(plan.thawing, "object", text, size=size, command=get)
    if plan.mapped:
        text = _("names: {names} will differ from the keys")
        yield text.format(names=count(plan.mapped, "local name"))
    if plan.collisions:
        yield _(
            "names: {number:,} renamed, because two keys map to the same name, or ossh itself "
            "uses it"
        ).format(number=plan.collisions)
    if plan.short:
        yield _(
            "names: {number:,} with fewer folders than --strip-prefix strips; only the last part "
            "is kept"
        ).format(number=plan.short)


def _groups(title: str, groups: Sequence[Group], plan: Preflight) -> Iterator[str]:
    """Yield groups with their share of all bytes, or of all objects when those are empty."""
    size, total = plan.size.total(), plan.objects.total()
    rows = []
    for one in groups:
        share = one.size / size if size else one.objects / total
        name = first_part(said(one.name) or _("(none)"), LONGEST_NAME)
        rows.append((f"{one.objects:,}", format_size(one.size), meter(share, METER), name))
    yield from _titled(title, (RIGHT, RIGHT, LEFT, LEFT), rows)


def _keys(title: str, rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield facts and keys; of a key that is too long, its end, which tells more."""
    room = width - max((cell_len(fact) for fact, _key in rows), default=0) - 4
    shown = [(fact, last_part(printable(key), room)) for fact, key in rows]
    yield from _titled(title, (RIGHT, LEFT), shown)


def _titled(
    title: str, columns: Sequence[Column[str]], rows: Sequence[Sequence[str]]
) -> Iterator[str]:
    """Yield an indented table below its title; nothing at all when there is no row."""
    if rows:
        yield paint(_("{title}:").format(title=title), Tone.TITLE)
        yield from (INDENT + line for line in table(columns, rows))


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


def unchanged_lines(plan: Preflight) -> Iterator[str]:
    """Yield that the bucket is unchanged, and of the target only what is not as it should be."""
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


def changes_record(changes: Changes) -> dict[str, Any]:
    """Return how the bucket differs from the last listing, as JSON has it."""
    shown = [(kind, key) for kind in Change for key in changes.first.get(kind, [])[:CHANGED_KEYS]]
    return {
        "changes": [{"change": str(kind), "objects": changes.objects[kind]} for kind in Change],
        "changed_keys": [{"change": str(kind), "key": key} for kind, key in shown],
    }
