"""Commands that draw a run until it ends, and what Ctrl-C and signals do during it."""

from contextlib import suppress
from typing import TYPE_CHECKING

from cmd2 import CommandSet

from ossh.session.runs import PARK_SECONDS
from ossh.shell.app import OsshShell
from ossh.shell.leaving import Choice, ask_how_to_go_on
from ossh.shell.renewing import watch_and_ask
from ossh.shell.telling import tell

if TYPE_CHECKING:
    from ossh.transfer.run import Run


class Watching(CommandSet[OsshShell]):
    """A family of commands that draw a run."""

    def __init__(self) -> None:
        super().__init__()
        self._watched: Run | None = None
        self._told_to_stop = False

    def watch(self, run: "Run") -> bool:
        """Draw a run until it ends; raise what kept it from starting.

        Returns:
            Whether it ended; otherwise it is to continue in the background.
        """
        self._watched, self._told_to_stop = run, False
        try:
            if not self._draw(run):
                return False
        except SystemExit:  # SIGTERM, SIGHUP: park as Ctrl-C does
            run.stop()
            run.join(PARK_SECONDS)
            if run.summary is not None and run.preflight is None:
                with suppress(OSError):  # the terminal may be gone
                    tell(self._cmd, run)
            raise
        except KeyboardInterrupt:
            run.stop()  # a run that is no longer watched must not continue
            raise
        finally:
            self._watched = None
        self._cmd.session.forget_unbegun(run)
        if run.error is not None:
            raise run.error
        return True

    def _draw(self, run: "Run") -> bool:
        """Draw a run until it ends, or until a person asks for it to go to the background."""
        while True:
            try:
                watch_and_ask(self._cmd, run)
            except KeyboardInterrupt:
                if not self._may_ask(run):
                    raise
            else:
                return True
            match ask_how_to_go_on(self._cmd):
                case Choice.BACKGROUND:
                    return False
                case Choice.STOP:
                    self._told_to_stop = True
                    run.stop()
                case Choice.CONTINUE:
                    pass

    def _may_ask(self, run: "Run") -> bool:
        """Tell whether there is a person to ask, who has not asked to stop, and a choice."""
        return self._cmd.interactive and run.preflight is None and not self._told_to_stop

    def sigint_handler(self) -> bool:
        """Ask at the first Ctrl-C, or stop gently if there is nobody to ask; the next one ends.

        The code that draws the run does the asking: there False raises KeyboardInterrupt.
        """
        run = self._cmd.session.run
        if self._watched is None and run is not None:
            run.stop()  # started, but not watched yet: it must not continue unseen
        if self._watched is None or self._told_to_stop or self._may_ask(self._watched):
            return False
        self._told_to_stop = True
        self._watched.stop()
        return True
