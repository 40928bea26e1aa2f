"""Watches a run, and asks for new credentials when only a person can provide them.

The question appears above the bar, which stays where it was, and the run goes on. If its
credentials are renewed where they came from, the answer is no longer needed.
"""

import sys
from typing import TYPE_CHECKING

from ossh.console.console import Console, Withdrawn
from ossh.console.dialogue.questions import ask_keys
from ossh.console.dialogue.run_outcome import Events, tell_rounds
from ossh.console.progress_bar import COUNTS, LOOK_SECONDS, watch
from ossh.console.views.run_progress import need_text
from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.session import BackgroundRun
from ossh.store.credentials import Provider
from ossh.transfer.watching import Phase

if TYPE_CHECKING:
    from ossh.transfer.run import Run

QUESTION = N_("AccessKey ID (Enter: wait until they are renewed): ")
_LOOKS = 20  # a run says many times a second what it does


def watch_and_ask(
    console: Console,
    run: "Run",
    drawn: BackgroundRun | None = None,
    events: Events | None = None,
) -> None:
    """Draw a run until it ends; where a person sits, ask for credentials when it needs them.

    Of a run that follows its bucket, each round is told as it ends. Instead of drawing it, events
    may be told as they happen.
    """
    may_ask, shown = console.interactive, run if drawn is None else drawn
    bar = console.bar if run.preflight is None else COUNTS
    is_quiet = console.quiet or events is not None

    def is_due() -> bool:
        is_turn = bool(run.rounds) or (run.progress.phase is Phase.IDLE) is not was_idle
        is_turn |= events is not None and events.are_due
        return is_turn or (may_ask and run.progress.needs_person)

    while shown.is_alive():
        was_idle = run.progress.phase is Phase.IDLE
        watch(shown, sys.stderr, bar=bar, quiet=is_quiet, until=is_due)
        tell_rounds(console, run)
        if events is not None:
            events.tell()
        if may_ask and run.progress.needs_person and shown.is_alive():
            may_ask = _asked(console, run)
    tell_rounds(console, run)  # of one that had ended before


def _asked(console: Console, run: "Run") -> bool:
    """Ask for credentials for a run; return whether to ask again if they do not work."""
    console.warn(need_text(run))
    try:
        with console.asked_while(lambda: run.is_alive() and run.progress.needs_person):
            keys = ask_keys(console, _(QUESTION))
    except UsageError as error:
        console.show_failure(error)
        return True
    except Withdrawn:
        return True
    if keys is None:
        console.note(_("waiting; Ctrl-C stops, and 'get' resumes later"))
        return False
    run.provider.follow(Provider(lambda: keys))
    for _look in range(_LOOKS):  # its last word was about the former ones
        if not run.progress.needs_person:
            break
        run.join(LOOK_SECONDS)
    return True
