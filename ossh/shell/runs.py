"""A run in a line: how far it is, what it waits for, and how it ended; and its exit status."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ossh.errors import STATUS_BUG
from ossh.language import _, said
from ossh.paths import printable
from ossh.session import Background
from ossh.shell.summary import kept_lines, summary_lines
from ossh.shell.text import Tone, labelled, listed, remarked
from ossh.shell.underway import fitted, told
from ossh.transfer.messages import Progress

if TYPE_CHECKING:
    from ossh.transfer.run import Run

_TONES = {"done": Tone.GOOD, "stopped": Tone.WARN}


def live_text(progress: Progress, bytes_per_second: float) -> str:
    """Return how far a run is: "[43 %] 120 of 300, 3 failed · 12.0 MiB/s · 2 min left"."""
    return told(progress, bytes_per_second)[0]


def toolbar_text(alive: Sequence[Background], width: int) -> str:
    """Return the toolbar: the first run, and how many others run or wait; "" for none.

    Args:
        alive: Those in the background.
        width: Of the terminal, in columns.
    """
    if not alive:
        return ""
    first, *others = alive
    states = Counter(one.state for one in others)
    more = listed(*(f"+{number} {_(state)}" for state, number in states.items()))

    def around(live: str) -> str:
        return remarked(labelled(printable(first.job.name), live), more)

    texts = told(first.progress, first.bytes_per_second)
    return fitted([around(text) for text in texts], width)


def ending(run: "Run") -> tuple[str, Tone]:
    """Return in a line how a run in the background ended, and whether that is good."""
    name = printable(run.job.name)
    if run.summary is not None:
        planned = run.progress.is_planned
        headline = next(summary_lines(run.summary, str(run.job.directory), is_planned=planned))
        text = _("; ").join([f"{name} {headline}", *kept_lines(run.summary)])
        return text, _TONES.get(run.summary.ended, Tone.BAD)
    if run.error is not None:
        why = printable(str(run.error))
        return _("{name} failed: {reason}").format(name=name, reason=why), Tone.BAD
    return _("{name} was stopped before its turn").format(name=name), Tone.WARN


def need_text(run: "Run") -> str:
    """Return in a line that a run waits for a person, and why."""
    held, problem = run.provider.held, run.provider.problem
    name, source = printable(run.job.name), said(held.source) if held is not None else ""
    text = _("{name} is waiting: the credentials from {source} are no longer accepted")
    said_so = text.format(name=name, source=source)
    return printable(remarked(said_so, problem))


def status_of(run: "Run") -> int:
    """Return the exit status that an ended run leads to."""
    if run.summary is not None:
        return run.summary.status
    return getattr(run.error, "status", STATUS_BUG) if run.error is not None else 0
