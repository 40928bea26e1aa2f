"""How far a download is, for whoever sits before a terminal or a notebook."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ossh.language import _, said
from ossh.transfer.watching import Progress
from ossh.units import format_size

Hook = Callable[[Progress], object]

_FIRST_SECONDS: Final = 1.0  # until the first line, where there is no bar
_LINE_SECONDS: Final = 5.0  # between two lines


@contextmanager
def shown(
    name: str, *, wanted: bool | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Hook]:
    """Yield what takes each `Progress`, and draws it while the block lasts.

    A bar if tqdm is installed, else a line now and then on stderr. If nobody says whether it is
    wanted, it is drawn where somebody sees it: on a terminal or in a notebook.
    """
    if not (is_watched() if wanted is None else wanted) or sys.stderr is None:
        yield lambda _progress: None
        return
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415 - optional, and only here
    except ImportError:
        yield _lines(name, clock)
        return
    # smoothing=0: the mean speed, which what was there before does not count for
    units = {"unit": "B", "unit_scale": True, "unit_divisor": 1024}
    with tqdm(desc=name, total=0, smoothing=0, **units) as bar:

        def move(progress: Progress) -> None:  # which draws no more often than a person looks
            bar.initial, bar.total = progress.bytes_resumed, progress.planned_bytes
            bar.set_postfix_str(_objects(progress), refresh=False)
            bar.update(progress.bytes_done - bar.n)

        yield move


def is_watched() -> bool:
    """Return whether somebody sees stderr: on a terminal, or in a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return is_terminal or getattr(shell, "kernel", None) is not None


def _lines(name: str, clock: Callable[[], float]) -> Hook:
    """Return what writes a line now and then."""
    due = clock() + _FIRST_SECONDS

    def see(progress: Progress) -> None:
        nonlocal due
        if (now := clock()) < due:
            return
        due = now + _LINE_SECONDS
        done, total = format_size(progress.bytes_done), format_size(progress.planned_bytes)
        size = _("{size} of {total}").format(size=done, total=total)
        print(f"{name}: {_objects(progress)}, {size}", file=sys.stderr)  # noqa: T201 - asked for

    return see


def _objects(progress: Progress) -> str:
    text = (
        _("{done:,} of {number:,}") if progress.is_planned else _("{done:,} of {number:,} so far")
    )
    there = text.format(done=progress.done, number=progress.planned)
    return ", ".join(filter(None, (there, said(progress.note))))
