"""wait, pause and stop: jobs in the background."""

import argparse

from cmd2 import CommandSet

from ossh.errors import UsageError
from ossh.language import _
from ossh.printable import printable
from ossh.session import BackgroundRun
from ossh.session.done_command import is_due
from ossh.shell import completion
from ossh.shell.commands.options import command, job_argument
from ossh.shell.console import Console
from ossh.shell.dialogue.credential_question import watch_and_ask
from ossh.shell.dialogue.run_outcome import ring, tell, tell_problem, tell_queue
from ossh.shell.views.run_summary import ending
from ossh.shell.views.text import labelled

_add_jobs = job_argument(
    help="by default all that are running or queued", completer=completion.running
)


class BackgroundCommands(CommandSet[Console]):
    """Commands for background jobs; without a job's name, for all of them."""

    DEFAULT_CATEGORY = "Transfer"

    @command(
        "wait",
        description="Show the progress of background jobs until they end, then how they ended. "
        "The exit status is theirs. Ctrl-C returns to the prompt and leaves them running.",
        adds=[_add_jobs],
    )
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
            tell(self._cmd, one.run)
            tell_problem(self._cmd, one.job, one.problem)

    def _wait(self, one: BackgroundRun) -> None:
        """Draw a run until it ends; Ctrl-C leaves it running."""
        if one.run.controls.paused and one.is_alive():
            raise UsageError(
                _("job '{name}' is paused").format(name=printable(one.job.name)),
                hint=_("'resume' continues it"),
            )
        one.is_watched = True
        is_seen = one.is_alive()
        try:
            watch_and_ask(self._cmd, one.run, one)
        except KeyboardInterrupt:
            if self._cmd.interactive:
                tell_queue(self._cmd, one, _("{name} continues in the background"))
            raise
        finally:
            one.is_watched = False
        if is_seen:
            ring(self._cmd, one.run)
        self._cmd.session.runs.forget(one)

    @command(
        "pause",
        description="Pause background jobs: downloads in progress are finished, no new ones are "
        "started.",
        adds=[_add_jobs],
    )
    def do_pause(self, args: argparse.Namespace) -> None:
        """Pause background jobs; 'resume' continues them."""
        for one in self._cmd.session.runs.named(args.job):
            one.steer(paused=True)
            self._cmd.note(labelled(printable(one.job.name), _("paused; 'resume' continues it")))

    @command(
        "stop",
        description="Stop background jobs. Unfinished files are kept for 'resume'.",
        adds=[_add_jobs],
    )
    def do_stop(self, args: argparse.Namespace) -> None:
        """Stop background jobs; 'resume' continues them."""
        runs = self._cmd.session.runs
        chosen = runs.named(args.job)
        for one in chosen:
            one.is_watched = True  # how it ended is reported here
        runs.park(chosen)
        for one in chosen:
            text, _tone = ending(one.run)
            if not is_due(one.run):
                text = _("{text}; 'resume {name}' continues it").format(
                    text=text, name=printable(one.job.name)
                )
            self._cmd.note(text)
            runs.forget(one)
