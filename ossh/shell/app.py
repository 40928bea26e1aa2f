"""The shell: its start, prompt and toolbar, what it says of background jobs, and its end."""

import argparse
import contextlib
from collections.abc import Callable
from functools import partial
from threading import Timer, current_thread, main_thread
from types import FrameType

import cmd2
from cmd2.plugin import CommandFinalizationData
from prompt_toolkit.shortcuts import clear

import ossh
from ossh.console.dialogue.questions import ask_credentials, ask_trust
from ossh.console.dialogue.run_outcome import pending_rounds, problem_text, ring, tell_problem
from ossh.console.untimely_signals import is_untimely
from ossh.console.views.run_progress import need_text, toolbar_text
from ossh.console.views.run_summary import ending, round_text
from ossh.console.views.text import Tone, count, labelled, paint
from ossh.errors import STATUS_STOPPED, OsshError, StoreError, UsageError, worst
from ossh.language import _
from ossh.printable import printable
from ossh.session import SCHEME, BackgroundRun, Session
from ossh.session.done_command import is_due
from ossh.session.jobs.opening import open_job
from ossh.shell.cmd2_internals import Completer
from ossh.shell.hosted import HostedCommands, ShellParser
from ossh.shell.scripting.recorder import Recorder, TypedLines
from ossh.shell.settings import Settings
from ossh.store.credentials import Credentials
from ossh.units import format_moment

_PATIENCE_SECONDS = 1.0  # with a blank screen

cmd2.Cmd.DEFAULT_CATEGORY = "Shell"
cmd2.set_default_argument_parser(ShellParser)
cmd2.set_default_argparse_completer(Completer)


class OsshShell(Recorder, HostedCommands, Settings):
    """A shell that stands in a bucket.

    Args:
        session: Where the user stands.
        begin: How a line of the system's shell begins: ossh, and what all of them need.
        history_file: Where history is kept, already private; "" keeps none.
        startup_script: Commands run before the first prompt; "" or a missing file: none.
    """

    def __init__(
        self,
        session: Session,
        *,
        begin: str = "ossh",
        history_file: str = "",
        startup_script: str = "",
    ) -> None:
        super().__init__(
            allow_cli_args=False,
            persistent_history_file=history_file,
            startup_script=startup_script,
            terminators=(),  # a key may hold a semicolon
        )
        self.use_prompt(TypedLines(item.raw for item in self.history))
        self.session, self._begin = session, begin
        self.aliases.update(exit="quit", q="quit")
        self.hidden_commands += ["run_pyscript", "shortcuts"]
        for name in [one for one in self.settables if one.startswith("traceback_")]:
            self.remove_settable(name)  # a bug report is for those who fix it
        self.add_settings()
        session.notify, session.confirm = self._tell, self.agrees
        session.trusted_jobs.vouches = partial(ask_trust, self)
        session.runs.on_end, session.runs.on_wait = self._on_end, self._on_wait
        session.runs.on_round = self._on_round
        self.register_cmdfinalization_hook(self._renew_prompt)
        self.renew_prompt()

    # Signals

    def sigint_handler(self, signum: int, frame: FrameType | None) -> None:
        if not is_untimely(signum, frame):
            super().sigint_handler(signum, frame)

    def termination_signal_handler(self, signum: int, frame: FrameType | None) -> None:
        if not is_untimely(signum, frame):
            super().termination_signal_handler(signum, frame)

    # The start

    def start_at(self, target: str, *, ask: Callable[[], Credentials] | None = None) -> None:
        """Go to an address, or open a job; with "" stay.

        `ask` asks a person for credentials where there are none; who sees nothing for a while is
        told what the shell waits for.
        """
        session = self.session
        if not target.startswith(SCHEME):
            if target:
                open_job(session, target, ask=ask)
            return
        if session.existing_connection is None:
            session.connect(ask=ask)
        text = _("waiting for an answer about '{target}'; Ctrl-C leads to the prompt")
        timer = Timer(_PATIENCE_SECONDS, self.note, [text.format(target=target)])
        timer.daemon = True
        if self.interactive:
            timer.start()
        try:
            session.enter(target)
        except StoreError as error:
            # Nobody can go there, and a doctor without a target checks only where one is.
            closer = _("'doctor {target}' finds out why").format(target=target)
            error.advise(_("; ").join(filter(None, [error.hint, closer])))
            raise
        finally:
            timer.cancel()

    def welcome(self, target: str, *, is_first_start: bool) -> None:
        """Go to the target and greet the person at the prompt; name the guide at a first start."""
        try:
            self.start_at(target, ask=partial(ask_credentials, self, self.session.defaults))
        except KeyboardInterrupt:
            pass  # at a question: the prompt comes without an answer
        except OsshError as error:
            self.show_failure(error)  # the prompt stays usable, for another way to connect
        text = _("ossh {version}: 'help' lists the commands, Ctrl-D exits")
        self.note(text.format(version=ossh.__version__))
        if is_first_start:
            text = _(
                "New here? 'guide' asks a few questions, then downloads; 'ossh --demo' gives you a "
                "bucket to play with."
            )
            self.note(text)
        self.renew_prompt()

    # The prompt

    def renew_prompt(self) -> None:
        """Show in the prompt where the user stands, how many filters apply and what is unsafe."""
        filters = len(self.session.selection)
        unsafe = paint("[insecure]", Tone.BAD) + " " if self.session.is_insecure else ""
        if not self.session.place.bucket:
            self.prompt = self.toned(f"{unsafe}ossh> ")
            return
        where = paint(self.session.place.shown, Tone.PREFIX)
        if self.session.place.as_of is not None:
            where += " " + paint(f"@{format_moment(self.session.place.as_of)}", Tone.WARN)
        chosen = " " + paint(f"[{count(filters, 'filter')}]", Tone.WARN) if filters else ""
        self.prompt = self.toned(f"{unsafe}{where}{chosen}> ")

    def _renew_prompt(self, data: CommandFinalizationData) -> CommandFinalizationData:
        self.renew_prompt()
        self._renew_toolbar()
        return data

    def get_bottom_toolbar(self) -> str:
        return toolbar_text(self.session.runs.alive, self.width)

    def _renew_toolbar(self) -> None:
        """Show the toolbar only while something runs: an empty one takes a line too."""
        self.use_toolbar(self.get_bottom_toolbar if self.session.runs.alive else None)

    def _on_end(self, ended: BackgroundRun) -> None:
        """Tell the person at the prompt how a job ended; called in that job's thread."""
        self._renew_toolbar()
        if self.at_prompt and not ended.is_watched:
            ended.is_reported = True
            text, tone = ending(ended.run)
            self.alert(text, tone)
            if ended.problem:
                self.alert(problem_text(ended.job, ended.problem), Tone.WARN)
            ring(self, ended.run)

    def _tell(self, line: str) -> None:
        """Show a line about what was asked for; the Tab key asks in a thread."""
        if current_thread() is main_thread():
            self.note(line)
        elif self.at_prompt:
            self.alert(printable(line), Tone.DIM)

    def _on_wait(self, waiting: BackgroundRun) -> None:
        """Tell the person at the prompt that a job waits for them; called in that job's thread."""
        if self.at_prompt and not waiting.is_watched:
            text = _("; ").join([need_text(waiting.run), _("'connect --ask' asks for new ones")])
            self.alert(text, Tone.WARN)

    def _on_round(self, running: BackgroundRun) -> None:
        """Tell the person at the prompt what a job that follows its bucket has brought.

        Called in that job's thread. Without a prompt `wait` tells of it.
        """
        if not self.at_prompt:
            return
        name = printable(running.job.name)
        for one in pending_rounds(running.run):
            if one.fetched or one.removed or one.trouble:
                tone = Tone.WARN if one.trouble else Tone.PLAIN
                self.alert(labelled(name, round_text(one)), tone)
            if one.problem:
                self.alert(problem_text(running.job, one.problem), Tone.WARN)

    @cmd2.with_argparser(lambda: ShellParser(description="Clear the screen, as Ctrl-L does."))
    def do_clear(self, _args: argparse.Namespace) -> None:
        """Clear the screen."""
        self.last_result = True
        if self.is_table:
            clear()

    # Leaving

    @cmd2.with_argparser(
        lambda: ShellParser(
            description="Exit the shell. If a job is running in the background, you are asked "
            "first; the job is stopped, and 'resume' continues it."
        )
    )
    def do_quit(self, _args: argparse.Namespace) -> bool | None:
        """Exit the shell."""
        alive = self.session.runs.alive
        if self.interactive and alive:
            names = ", ".join(printable(one.job.name) for one in alive)
            question = _("{names} still running: stop (resumable) and exit? [y/N] ").format(
                names=names
            )
            with contextlib.suppress(UsageError):  # the terminal is gone, or Ctrl-D: yes
                if not self.confirms(question):
                    return None
        self.last_result = True
        return True

    def park(self) -> None:
        """Stop what runs in the background, and say so.

        Of jobs that ended without a `wait` for them, say what is wrong; their status counts, too.
        """
        runs = self.session.runs
        alive = runs.alive
        runs.park(alive)
        for one in runs.unreported:
            is_stopped = one in alive and not is_due(one.run)  # else it had ended
            self.status = worst(self.status, STATUS_STOPPED if is_stopped else one.run.status)
            with contextlib.suppress(OSError):  # the terminal may be gone
                if is_stopped:
                    text = _("{name} is stopped; '{line}' continues it")
                    line = f"{self._begin} resume {self.session.job_word(one.job.path)}"
                    self.warn(text.format(name=one.job.name, line=line))
                elif not one.is_reported:
                    if one.run.status:
                        self.warn(ending(one.run)[0])
                    tell_problem(self, one.job, one.problem)
