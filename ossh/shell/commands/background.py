"""Controlling background jobs: wait, pause, stop."""

import argparse

from cmd2 import Cmd2ArgumentParser, CommandSet, Completions, with_argparser

from ossh.errors import UsageError
from ossh.language import _
from ossh.paths import printable
from ossh.session import Background
from ossh.shell import completion
from ossh.shell.app import OsshShell
from ossh.shell.arguments import command_parser
from ossh.shell.renewing import watch_and_ask
from ossh.shell.runs import ending
from ossh.shell.telling import tell, tell_turn
from ossh.shell.text import labelled


class Steer(CommandSet[OsshShell]):
    """Commands for background jobs; without a job's name, for all of them."""

    DEFAULT_CATEGORY = "Transfer"

    def complete_running(self, text: str, line: str, begidx: int, endidx: int) -> Completions:
        """Offer the jobs that run in the background."""
        return completion.running(self._cmd.session, text)

    @staticmethod
    def _parser(does: str, example: str) -> Cmd2ArgumentParser:
        parser = command_parser(does, example)
        parser.add_argument(
            "job",
            nargs="?",
            default="",
            metavar="JOB",
            help="by default all that are running or queued",
            completer=Steer.complete_running,
            suppress_tab_hint=True,
        )
        return parser

    @staticmethod
    def _wait_parser() -> Cmd2ArgumentParser:
        return Steer._parser(
            "Show the progress of background jobs until they end, then how they ended. The exit "
            "status is theirs. Ctrl-C returns to the prompt and leaves them running.",
            "wait",
        )

    @with_argparser(_wait_parser)
    def do_wait(self, args: argparse.Namespace) -> None:
        """Show the progress of background jobs until they end."""
        runs = self._cmd.session.runs
        if not (args.job or runs.unreported):
            self._cmd.note(_("nothing is running in the background"))
            return
        chosen = runs.named(args.job, ended=True)
        for one in chosen:
            if len(chosen) > 1:
                self._cmd.note(_("job {name}:").format(name=printable(one.job.name)))
            self._wait(one)
            tell(self._cmd, one.execution)

    def _wait(self, one: Background) -> None:
        """Draw until it ends; Ctrl-C leaves it running."""
        if one.execution.controls.paused and one.is_alive():
            raise UsageError(
                _("job '{name}' is paused").format(name=printable(one.job.name)),
                hint=_("'resume' continues it"),
            )
        one.is_watched = True
        try:
            watch_and_ask(self._cmd, one.execution, one)
        except KeyboardInterrupt:
            if self._cmd.interactive:
                tell_turn(self._cmd, one, _("{name} continues in the background"))
            raise
        finally:
            one.is_watched = False
        self._cmd.session.runs.forget(one)

    @staticmethod
    def _pause_parser() -> Cmd2ArgumentParser:
        return Steer._parser(
            "Pause background jobs: downloads in progress are finished, no new ones are started.",
            "pause",
        )

    @with_argparser(_pause_parser)
    def do_pause(self, args: argparse.Namespace) -> None:
        """Pause background jobs; 'resume' continues them."""
        for one in self._cmd.session.runs.named(args.job):
            one.steer(paused=True)
            name = printable(one.job.name)
            self._cmd.note(labelled(name, _("paused; 'resume' continues it")))

    @staticmethod
    def _stop_parser() -> Cmd2ArgumentParser:
        return Steer._parser(
            "Stop background jobs. Unfinished files are kept for 'resume'.",
            "stop",
        )

    @with_argparser(_stop_parser)
    def do_stop(self, args: argparse.Namespace) -> None:
        """Stop background jobs; 'resume' continues them."""
        runs = self._cmd.session.runs
        chosen = runs.named(args.job)
        for one in chosen:
            one.is_watched = True  # how it ended is reported here
        runs.park(chosen)
        for one in chosen:
            text, _tone = ending(one.execution)
            self._cmd.note(
                _("{text}; 'resume {name}' continues it").format(
                    text=text, name=printable(one.job.name)
                )
            )
            runs.forget(one)
