"""How far a run is, in the same words beside a bar, in plain lines and in the toolbar. Pure.

What matters comes first, so that a narrow terminal cuts off what can be missed: how much is here,
what failed, what is tried again and what the run waits for; then speed, time left and bytes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ossh.console.views.text import cell_len, count, labelled, last_part, listed, rate, with_note
from ossh.language import _, said
from ossh.printable import printable
from ossh.session import BackgroundRun
from ossh.transfer.watching import Phase, Progress, UnderWay
from ossh.units import format_duration, format_size

if TYPE_CHECKING:
    from ossh.transfer.run import Run

# Columns of a line for an object: what the end of a key needs, and what stands around it.
_SHORTEST_KEY, _AROUND_KEY = 10, 4


def position(progress: Progress) -> tuple[int, int]:
    """Return how much of a run is there, and of how much: bytes, or objects if none has a byte."""
    if progress.planned_bytes:
        return progress.bytes_done, progress.planned_bytes
    return progress.done, progress.planned


def share(progress: Progress) -> float:
    """Return how much of a run that has been planned is there, from 0 to 1."""
    done, total = position(progress)
    return min(done, total) / total if total else 1.0


def percent(done: int, total: int) -> int:
    """Return how much is there in percent; never 100 before all is there."""
    return 100 * min(done, total) // total if total else 100


def objects_text(progress: Progress) -> str:
    """Return the objects of a run: "[85 %] 317 of 440, 12 failed, 99 to retry"."""
    so_far = _("{done:,} of {number:,} so far") if progress.planned else _("listing…")
    text = _("{done:,} of {number:,}") if progress.is_planned else so_far
    there = text.format(done=progress.done, number=progress.planned)
    numbers = {
        _("{number:,} failed"): progress.failed - progress.archived,
        _("{number:,} archived"): progress.archived,
        _("{number:,} to retry"): progress.to_retry,
    }
    others = (text.format(number=number) for text, number in numbers.items() if number)
    counts = listed(there, *others)
    return f"[{percent(*position(progress))} %] {counts}" if progress.is_planned else counts


def progress_texts(progress: Progress, bytes_per_second: float | None) -> tuple[str, ...]:
    """Return how far a run is, in ever fewer words; without a speed while that is None."""
    why = _("stopping") if progress.phase is Phase.STOPPING else said(progress.note)
    has_begun = progress.is_planned or progress.planned
    first = _joined(objects_text(progress) if has_begun or not why else "", why)
    speed = left = ""
    if not why and bytes_per_second is not None:
        speed, left = rate(bytes_per_second), _left(progress, bytes_per_second)
    return (
        _joined(first, speed, left, _size(progress)),
        _joined(first, speed, left),
        _joined(first, left),
        first,
    )


def _joined(*pieces: str) -> str:
    return " · ".join(filter(None, pieces))


def _size(progress: Progress) -> str:
    size = format_size(progress.bytes_done)
    if not progress.planned_bytes:
        return ""
    if not progress.is_planned:
        return size
    return _("{size} of {total}").format(size=size, total=format_size(progress.planned_bytes))


def _left(progress: Progress, bytes_per_second: float) -> str:
    """Return the time left, which is known only when the total is."""
    left = progress.planned_bytes - progress.bytes_done
    if not progress.is_planned or bytes_per_second <= 0 or left <= 0:
        return ""
    return _("{time} left").format(time=format_duration(left / bytes_per_second))


def first_fitting(texts: Sequence[str], width: int) -> str:
    """Return the first of some texts that is not wider than so many columns, else the last."""
    return next((text for text in texts if cell_len(text) <= width), texts[-1])


def progress_line(progress: Progress, bytes_per_second: float | None) -> str:
    """Return how far a run is, on a line of its own, without a speed that is none."""
    return progress_texts(progress, round(bytes_per_second or 0.0) or None)[0]


def slowest_lines(slowest: Iterable[UnderWay], width: int) -> Iterator[str]:
    """Yield a line for each object under way: "  web/a.bin: 45 % of 1.2 GiB · 10.1 MiB/s · 2 s".

    Of a long key the beginning is left out, and on a narrow terminal the time, then the speed.
    """
    for one in slowest:
        far = _("{percent} % of {size}").format(
            percent=percent(one.bytes_done, one.size), size=format_size(one.size)
        )
        long = _("for {time}").format(time=format_duration(one.seconds))
        is_moving = one.bytes_received and one.seconds > 0
        speed = rate(one.bytes_received / one.seconds) if is_moving else ""
        texts = (_joined(far, speed, long), _joined(far, speed), far)
        facts = first_fitting(texts, width - _SHORTEST_KEY - _AROUND_KEY)
        room = max(_SHORTEST_KEY, width - cell_len(facts) - _AROUND_KEY)
        yield f"  {last_part(printable(one.key), room)}: {facts}"


def counts_text(progress: Progress) -> str:
    """Return what planning has found so far: "120 objects of 9,000 listed, 1.2 MiB so far"."""
    found = count(progress.planned, "object")
    if progress.listed > progress.planned:
        found = _("{objects} of {listed:,} listed").format(objects=found, listed=progress.listed)
    size = format_size(progress.planned_bytes)
    if not progress.is_planned:
        size = _("{size} so far").format(size=size)
    return listed(said(progress.note), found, size)


def toolbar_text(alive: Sequence[BackgroundRun], width: int) -> str:
    """Return the toolbar: the first run, and how many others run or wait; "" for none."""
    if not alive:
        return ""
    first, *others = alive
    states = Counter(one.state for one in others)
    more = listed(*(f"+{number} {_(state)}" for state, number in states.items()))
    name = printable(first.job.name)
    texts = progress_texts(first.progress, first.bytes_per_second)
    return first_fitting([with_note(labelled(name, text), more) for text in texts], width)


def need_text(run: "Run") -> str:
    """Return in a line that a run waits for a person, and why."""
    held, problem = run.provider.held, run.provider.problem
    name, source = printable(run.job.name), said(held.source) if held is not None else ""
    text = _("{name} is waiting: the credentials from {source} are no longer accepted")
    return printable(with_note(text.format(name=name, source=source), problem))
