"""The questions for a person who interrupts a run, or leaves while one is under way."""

from collections.abc import Sequence
from enum import Enum

import cmd2

from ossh.language import N_, _
from ossh.paths import printable
from ossh.session import Background
from ossh.shell.text import YES

QUESTION = N_("stop, move to the background, or continue? [s/b/C] ")


class Choice(Enum):
    """What becomes of a run that was interrupted."""

    STOP = "stop"
    BACKGROUND = "background"
    CONTINUE = "continue"


_MEANINGS = (
    N_("s  stop: what has arrived is kept, and 'get' resumes the job"),
    N_("b  background: the job keeps running, and the prompt returns at once"),
    N_("c  continue here as before (or just press Enter)"),
)
_ANSWERS = {
    "s": Choice.STOP,
    "stop": Choice.STOP,
    "b": Choice.BACKGROUND,
    "background": Choice.BACKGROUND,
    "c": Choice.CONTINUE,
    "continue": Choice.CONTINUE,
    "": Choice.CONTINUE,
}


def ask_how_to_go_on(shell: cmd2.Cmd) -> Choice:
    """Ask what to do with a run, which goes on while we ask; Ctrl-C or Ctrl-D means stop."""
    while True:
        try:
            answer = shell.read_input(_(QUESTION)).strip().lower()
        except (KeyboardInterrupt, EOFError):
            return Choice.STOP
        if answer in _ANSWERS:
            return _ANSWERS[answer]
        for meaning in _MEANINGS:
            shell.perror(_(meaning), style=None)


def may_leave(shell: cmd2.Cmd, alive: Sequence[Background]) -> bool:
    """Ask whether to leave although something runs; yes when the terminal is gone, or Ctrl-D."""
    names = ", ".join(printable(one.job.name) for one in alive)
    question = _("{names} not finished: park and exit? [y/N] ").format(names=names)
    try:
        return shell.read_input(question) in YES
    except EOFError:
        return True
