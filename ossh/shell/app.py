"""The shell: its prompt says where it is, its toolbar what is running; and leaving it."""

import argparse
import contextlib
import os
import threading
from collections.abc import Iterable
from functools import partial
from shutil import get_terminal_size
from typing import Any

import cmd2
from cmd2.plugin import CommandFinalizationData

from ossh.errors import STATUS_STOPPED
from ossh.language import _
from ossh.paths import printable
from ossh.session import Background, Session
from ossh.shell import completion
from ossh.shell.arguments import Completer, Parser, command_parser
from ossh.shell.leaving import may_leave
from ossh.shell.overview import Overview
from ossh.shell.recorder import Recorder
from ossh.shell.runs import ending, need_text, status_of, toolbar_text
from ossh.shell.settings import Settings
from ossh.shell.text import Tone, count
from ossh.shell.typed import Typed
from ossh.shell.vouching import vouches

TOOLBAR_SECONDS = 0.5  # between two looks at what runs

cmd2.Cmd.DEFAULT_CATEGORY = "Shell"
cmd2.set_default_argument_parser(Parser)
cmd2.set_default_argparse_completer(Completer)


class OsshShell(Recorder, Overview, Settings):
    """A shell that stands in a bucket.

    Args:
        session: Where the user stands.
        command_sets: The families of commands.
        history_file: Where history is kept, already private; "" keeps none.
        startup_script: Commands run before the first prompt; "" or a missing file: none.
        quiet: Write no notes and draw no progress.
        errexit: End a script at the first line that fails in any way.
        keep_going: Run every line of a script, even after some have failed.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that main decides
        self,
        session: Session,
        *,
        command_sets: Iterable[cmd2.CommandSet[Any]] = (),
        history_file: str = "",
        startup_script: str = "",
        quiet: bool = False,
        errexit: bool = False,
        keep_going: bool = False,
    ) -> None:
        super().__init__(
            allow_cli_args=False,
            command_sets=command_sets,
            persistent_history_file=history_file,
            startup_script=startup_script,
            terminators=(),  # a key may hold a semicolon
        )
        typed = Typed(item.raw for item in self.history)
        self.main_session.history = self.main_session.default_buffer.history = typed
        self.session = session
        self.quiet = quiet
        self.errexit, self.keep_going = errexit, keep_going
        self.self_in_py = False
        self.aliases["exit"] = "quit"
        self.hidden_commands += ["run_pyscript", "shortcuts"]
        for name in [one for one in self.settables if one.startswith("traceback_")]:
            self.remove_settable(name)  # a bug report is for those who fix it
        self.add_settings()
        session.tell, session.agrees = self._tell, self.agrees
        session.trusted.vouches = partial(vouches, self)
        session.runs.on_end, session.runs.on_need = self._on_end, self._on_need
        # A key is shown at once, not when its loop is idle, which beside a busy run takes a while.
        self.main_session.app.max_render_postpone_time = None
        self.register_cmdfinalization_hook(self._renew_prompt)
        self.renew_prompt()

    # What the Tab key offers

    def key_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer keys and prefixes."""
        return completion.keys(self.session, text)

    def prefix_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer prefixes."""
        return completion.prefixes(self.session, text)

    def job_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer the names of jobs."""
        return completion.jobs(self.session, text)

    def folder_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer folders of this machine."""
        return self.path_complete(text, line, begidx, endidx, path_filter=os.path.isdir)

    # The prompt

    def renew_prompt(self) -> None:
        """Let the prompt say where the user stands, that filters are on, and what is not safe."""
        paint, filters = self.paint, len(self.session.selection)
        unsafe = paint("[insecure]", Tone.BAD) + " " if self.session.is_insecure else ""
        if not self.session.place.bucket:
            self.prompt = f"{unsafe}ossh> "
            return
        where = paint(self.session.place.shown, Tone.PREFIX)
        chosen = " " + paint(f"[{count(filters, 'filter')}]", Tone.WARN) if filters else ""
        self.prompt = f"{unsafe}{where}{chosen}> "

    def _renew_prompt(self, data: CommandFinalizationData) -> CommandFinalizationData:
        self.renew_prompt()
        self._renew_toolbar()
        return data

    def get_bottom_toolbar(self) -> str:
        """Return how far the job in the background is."""
        return toolbar_text(self.session.runs.alive, get_terminal_size().columns)

    def _renew_toolbar(self) -> None:
        """Have a toolbar only while something runs: an empty one takes a line too."""
        session, is_busy = self.main_session, bool(self.session.runs.alive)
        session.bottom_toolbar = self.get_bottom_toolbar if is_busy else None
        session.refresh_interval = TOOLBAR_SECONDS if is_busy else 0.0

    def _on_end(self, ended: Background) -> None:
        """Tell the person at the prompt how a job ended; called in that job's thread."""
        self._renew_toolbar()
        if self.at_prompt and not ended.is_watched:
            ended.is_told = True
            text, tone = ending(ended.execution)
            self.alert(text, tone)

    def _tell(self, line: str) -> None:
        """Show a line about what was asked for; the Tab key asks in a thread."""
        if threading.current_thread() is threading.main_thread():
            self.note(line)
        elif self.at_prompt:
            self.alert(printable(line), Tone.DIM)

    def _on_need(self, waiting: Background) -> None:
        """Tell the person at the prompt that a job waits for them; called in that job's thread."""
        if self.at_prompt and not waiting.is_watched:
            remedy = _("'connect --ask' asks for new ones")
            text = _("; ").join([need_text(waiting.execution), remedy])
            self.alert(text, Tone.WARN)

    def cmdloop(self, intro: Any = "") -> int:  # noqa: ANN401 - cmd2's own signature
        """Ask for commands until the user leaves; return the exit status."""
        self.at_prompt = True
        try:
            return super().cmdloop(intro)
        except RuntimeError as error:
            # cmd2 4.3 joins its alert thread even when SIGTERM came before that had started.
            if isinstance(error.__context__, SystemExit):
                raise error.__context__ from None
            raise
        finally:
            self.at_prompt = False
            self.park()

    # Leaving

    @cmd2.with_argparser(
        lambda: command_parser(
            "Exit the shell. If a job is running in the background, you are asked first; the "
            "job is parked, and 'resume' continues it.",
            "quit",
        )
    )
    def do_quit(self, _args: argparse.Namespace) -> bool | None:
        """Exit the shell."""
        alive = self.session.runs.alive
        if self.interactive and alive and not may_leave(self, alive):
            return None
        self.last_result = True
        return True

    def park(self) -> int:
        """Park what runs in the background, say so, and return the exit status that follows.

        Of jobs that ended without a `wait` for them, the worst status counts.
        """
        runs = self.session.runs
        alive, status = runs.alive, 0
        runs.park(alive)
        with contextlib.suppress(OSError):  # the terminal may be gone
            for one in alive:
                name = printable(one.job.name)
                self.warn(_("{name} is parked; 'resume {name}' continues it").format(name=name))
        for one in runs.unreported:
            status = max(status, STATUS_STOPPED if one in alive else status_of(one.execution))
        return status
