"""Watches a run, and asks for new credentials when only a person can provide them.

The question appears above the bar, which stays where it was, and the run goes on. If its
credentials are renewed where they came from, the answer is no longer needed.
"""

import sys
from functools import partial
from typing import TYPE_CHECKING

from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.shell.guide import ask_keys
from ossh.shell.progress import LOOK_SECONDS, watch, watch_counts
from ossh.shell.runs import need_text
from ossh.shell.settings import WIDE
from ossh.store.credentials import Provider

if TYPE_CHECKING:
    from ossh.session import Background
    from ossh.shell.app import OsshShell
    from ossh.transfer.run import Run

QUESTION = N_("AccessKey ID (Enter: wait until they are renewed): ")
_LOOKS = 20  # a run says many times a second what it does


def watch_and_ask(shell: "OsshShell", run: "Run", drawn: "Background | None" = None) -> None:
    """Draw a run until it ends; where a person sits, ask for credentials when it needs them.

    Args:
        shell: Where to draw and to ask.
        run: What runs.
        drawn: Its place in the background, if it has one.
    """
    draw = partial(watch, wide=shell.bar == WIDE) if run.preflight is None else watch_counts
    may_ask = shell.interactive

    def is_interrupted() -> bool:
        return may_ask and run.progress.needs_person

    shown = run if drawn is None else drawn
    draw(shown, sys.stderr, quiet=shell.quiet, until=is_interrupted)
    while shown.is_alive():
        may_ask = _asked(shell, run)
        draw(shown, sys.stderr, quiet=shell.quiet, until=is_interrupted)


def _asked(shell: "OsshShell", run: "Run") -> bool:
    """Ask for credentials and give them to a run; tell whether to ask again if they do not work."""
    shell.warn(need_text(run))
    try:
        keys = ask_keys(shell, _(QUESTION))
    except UsageError as error:
        shell.pexcept(error)
        return True
    if keys is None:
        shell.note(_("waiting; Ctrl-C stops, and 'get' resumes later"))
        return False
    run.provider.follow(Provider(lambda: keys))
    for _look in range(_LOOKS):  # its last word was about the former ones
        if not run.progress.needs_person:
            break
        run.join(LOOK_SECONDS)
    return True
