"""The shell: prompt, error boundary, exit status, and what every command may use.

Results go to stdout, notes and progress to stderr. A question is asked only of a person who sits
at the prompt; everywhere else what cannot be answered fails at once.
"""

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import cmd2
from cmd2.history import HistoryItem
from cmd2.plugin import CommandFinalizationData
from cmd2.rich_utils import AllowStyle
from rich.text import Text

from ossh.errors import LocalError, OsshError, UsageError
from ossh.job import holds_secret, secret_in_command
from ossh.language import AUTO, _, speak
from ossh.paths import printable
from ossh.session import Background, Session
from ossh.shell import completion
from ossh.shell.arguments import (
    LANGUAGES,
    Completer,
    Parser,
    Rate,
    command_parser,
    language,
    printed,
    whole,
)
from ossh.shell.leaving import may_leave
from ossh.shell.local import local_error
from ossh.shell.order import Limit, ordered
from ossh.shell.output import paint_for, show, write
from ossh.shell.overview import Overview
from ossh.shell.recorder import Recorder
from ossh.shell.runs import ending, need_text, status_of, toolbar_text
from ossh.shell.text import Form, Paint, Tone, count
from ossh.shell.wording import remark

T = TypeVar("T")

STATUS_USAGE = 2
STATUS_PARKED = 3  # left before the end; nothing is lost
STATUS_UNKNOWN_COMMAND = 127
STATUS_INTERRUPTED = 130
TOOLBAR_SECONDS = 0.5  # between two looks at what runs
SIGNALLED = 128  # plus the signal's number: as POSIX shells report a program that was killed

_STYLES = {Tone.WARN: "yellow", Tone.BAD: "red", Tone.GOOD: "green"}

cmd2.Cmd.DEFAULT_CATEGORY = "Shell"
cmd2.set_default_argument_parser(Parser)
cmd2.set_default_argparse_completer(Completer)


class OsshShell(Recorder, Overview):
    """A shell that stands in a bucket.

    Args:
        session: Where the user stands.
        command_sets: The families of commands.
        history_file: Where history is kept, already private; "" keeps none.
        startup_script: Commands run before the first prompt; "" or a missing file: none.
        quiet: Write no notes and draw no progress.
        errexit: Let a script end with the first command that fails.
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
    ) -> None:
        super().__init__(
            allow_cli_args=False,
            command_sets=command_sets,
            persistent_history_file=history_file,
            startup_script=startup_script,
            terminators=(),  # a key may hold a semicolon
        )
        self.session = session
        self.quiet = quiet
        self.errexit = errexit
        self.status = 0  # of the last command line
        self._ran = False
        self._at_prompt = False
        self.self_in_py = False
        self.aliases["exit"] = "quit"
        self.hidden_commands += ["run_pyscript", "shortcuts"]
        self.remove_settable("traceback_show_locals")  # they hold keys
        self.add_settable(
            cmd2.Settable("errexit", bool, "End a script with the first command that fails", self)
        )
        self.add_settable(
            cmd2.Settable(
                "connections",
                whole,
                "Most connections of a run, also for what runs; 0: as its job says",
                session.runs,
            )
        )
        self.add_settable(
            cmd2.Settable(
                "rate",
                Rate,
                "Bytes a second of a run (20MiB), also for what runs; 0: as its job says",
                session.runs,
            )
        )
        self.language = AUTO
        self.add_settable(
            cmd2.Settable(
                "language",
                language,
                "What ossh speaks: en, zh, or auto for what the system says",
                self,
                onchange_cb=lambda _setting, _old, new: self._speak(new),
                choices=LANGUAGES,
            )
        )
        self._descriptions = {one.name: one.description for one in self.settables.values()}
        self._translate()
        session.tell = self._tell
        session.runs.on_end, session.runs.on_need = self._on_end, self._on_need
        # A key is shown at once, not when its loop is idle, which beside a busy run takes a while.
        self.main_session.app.max_render_postpone_time = None
        self.register_cmdfinalization_hook(self._renew_prompt)
        self.renew_prompt()

    # What commands use

    @property
    def interactive(self) -> bool:
        """Tell whether a person sits at the prompt who can answer a question."""
        return self._at_prompt and not self.in_script() and self.stdin.isatty()

    def perror(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write to stderr, unless it is full or nobody reads it: talk never ends a command.

        What cmd2 repeats of a command, which may have been pasted, is escaped too. On a terminal
        lines break between words.
        """
        shown = (printed(remark(one)) if isinstance(one, str) else one for one in objects)
        with contextlib.suppress(OSError, ValueError):
            options.setdefault("soft_wrap", not sys.stderr.isatty())
            super().perror(*shown, **options)

    def pfeedback(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write what cmd2 remarks on its own commands."""
        super().pfeedback(
            *(remark(one) if isinstance(one, str) else one for one in objects), **options
        )

    def note(self, text: str, tone: Tone = Tone.DIM) -> None:
        """Write a remark to stderr, unless told to be quiet."""
        if not self.quiet:
            self.perror(printable(text), style=_STYLES.get(tone, "dim"))

    def warn(self, text: str) -> None:
        """Write something the user should not miss to stderr."""
        said = _("warning: {text}").format(text=printable(text))
        self.perror(said, style="yellow")

    def ask(self, question: str, *, secret: bool = False, otherwise: str = "") -> str:
        """Return a person's answer, without echo for a secret.

        Args:
            question: What to ask, with its space at the end.
            secret: Show nothing of what is typed.
            otherwise: What an empty answer means.

        Raises:
            UsageError: There is nobody to ask, or the answer was Ctrl-D.
        """
        if not self.interactive:
            wanted = question.strip(" :?：？")  # noqa: RUF001 - of Chinese questions
            raise UsageError(
                _("cannot ask for '{wanted}' without a person at the prompt").format(wanted=wanted),
                hint=_("in a script, say it with an option, a profile or a variable"),
            )
        try:
            answer = self.read_secret(question) if secret else self.read_input(question)
        except EOFError as error:
            raise UsageError(_("no answer was given")) from error
        return answer.strip() or otherwise

    def show(self, items: Iterable[T], form: Form[T], *, as_json: bool = False) -> None:
        """Write items to stdout: a table, tab-separated lines or JSON lines."""
        show(
            items,
            form,
            self.stdout,
            as_json=as_json,
            coloured_allowed=self.allow_style is not AllowStyle.NEVER,
            paged=self.interactive,
        )

    def show_in_order(
        self,
        items: Iterable[T],
        form: Form[T],
        args: argparse.Namespace,
        orders: Mapping[str, Callable[[T], Any]],
    ) -> None:
        """Write items to stdout in the order and number that `arguments.add_order` read."""
        limit = Limit(args.limit)
        order = orders[args.sort or next(iter(orders))] if args.sort or args.reverse else None
        chosen = ordered(items, order, reverse=args.reverse, limit=limit.wanted)
        self.show(limit.of(chosen), form, as_json=args.json)
        if limit.said:
            self.note(limit.said)

    def say(self, text: Iterable[str]) -> None:
        """Write lines to stdout as they are."""
        write(text, self.stdout, paged=self.interactive)

    @property
    def paint(self) -> Paint:
        """Return how text for stdout is coloured now."""
        return paint_for(self.stdout, allowed=self.allow_style is not AllowStyle.NEVER)

    @property
    def is_table(self) -> bool:
        """Tell whether results are for people to read, not for a program."""
        return self.stdout.isatty()

    def key_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer keys and prefixes, for the Tab key."""
        return completion.keys(self.session, text)

    def prefix_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer prefixes, for the Tab key."""
        return completion.prefixes(self.session, text)

    def job_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer the names of jobs, for the Tab key."""
        return completion.jobs(self.session, text)

    def folder_complete(self, text: str, line: str, begidx: int, endidx: int) -> cmd2.Completions:
        """Offer folders of this machine, for the Tab key."""
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
        return toolbar_text(self.session.runs.alive)

    def _renew_toolbar(self) -> None:
        """Have a toolbar only while something runs: an empty one takes a line too."""
        session, is_busy = self.main_session, bool(self.session.runs.alive)
        session.bottom_toolbar = self.get_bottom_toolbar if is_busy else None
        session.refresh_interval = TOOLBAR_SECONDS if is_busy else 0.0

    def _on_end(self, ended: Background) -> None:
        """Tell the person at the prompt how a job ended; called in that job's thread."""
        self._renew_toolbar()
        if self._at_prompt and not ended.is_watched:
            ended.is_told = True
            text, tone = ending(ended.execution)
            self.add_alert(msg=Text(text, style=_STYLES.get(tone, "")))

    def _tell(self, line: str) -> None:
        """Show a line that has to do with what is asked for; the Tab key asks in a thread."""
        if threading.current_thread() is threading.main_thread():
            self.note(line)
        elif self._at_prompt:
            self.add_alert(msg=Text(printable(line), style=_STYLES.get(Tone.DIM, "")))

    def _on_need(self, waiting: Background) -> None:
        """Tell the person at the prompt that a job waits for them; called in that job's thread."""
        if self._at_prompt and not waiting.is_watched:
            remedy = _("'connect --ask' takes new ones")
            text = _("; ").join([need_text(waiting.execution), remedy])
            self.add_alert(msg=Text(text, style=_STYLES.get(Tone.WARN, "")))

    def cmdloop(self, intro: Any = "") -> int:  # noqa: ANN401 - cmd2's own signature
        """Ask for commands until the user leaves; return the exit status."""
        self._at_prompt = True
        try:
            return super().cmdloop(intro)
        except RuntimeError as error:
            # cmd2 4.3 joins its alert thread even when SIGTERM came before that had started.
            if isinstance(error.__context__, SystemExit):
                raise error.__context__ from None
            raise
        finally:
            self._at_prompt = False
            self.park()

    # Leaving

    @cmd2.with_argparser(
        lambda: command_parser(
            "Leave the shell. You are asked first when a job runs in the background; it is parked, "
            "and 'get' goes on with it.",
            "quit",
        )
    )
    def do_quit(self, _args: argparse.Namespace) -> bool | None:
        """Leave the shell."""
        if self.interactive and self.session.runs.alive and not may_leave(self):
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
                self.warn(
                    _("{name} has been parked; 'open {name}', then 'get', goes on with it").format(
                        name=name
                    )
                )
        for one in runs.unreported:
            status = max(status, STATUS_PARKED if one in alive else status_of(one.execution))
        return status

    # Language

    def _speak(self, name: str) -> None:
        speak(name, self.session.environ)
        self._translate()

    def _translate(self) -> None:
        """Put what cmd2 keeps as text into the language that is spoken."""
        self.default_error = _("error: there is no command '{}'")
        self.help_error = _("error: there is no command '{}'; 'help' lists them")
        for name, description in self._descriptions.items():
            self.settables[name].description = _(description)

    # Exit status and errors

    def onecmd(self, statement: cmd2.Statement | str, *, add_to_history: bool = True) -> bool:
        """Run a command and keep its exit status; one with a secret in it is not kept, nor run."""
        self._ran, self.status, self.last_result = True, 0, None
        try:
            add_to_history = _may_be_kept(statement) and add_to_history
            stop = super().onecmd(statement, add_to_history=add_to_history)
            self.stdout.flush()
        except cmd2.SkipPostcommandHooks as error:
            asked_for_help = isinstance(error.__cause__, SystemExit) and not error.__cause__.code
            self.status = 0 if asked_for_help else STATUS_USAGE
            raise
        except KeyboardInterrupt:
            self.status = STATUS_INTERRUPTED
            raise
        except BrokenPipeError:
            return False  # whoever read the output has had enough; the status is what it was
        except OSError as error:
            self.status = LocalError.status
            raise local_error(error) from error
        except Exception as error:
            self.status = getattr(error, "status", 1)
            raise
        self._take_status(statement)
        return stop

    def _take_status(self, statement: cmd2.Statement | str) -> None:
        if isinstance(statement, cmd2.Statement) and statement.command == "shell":
            code = int(self.last_result or 0)
            self.status = code if code >= 0 else SIGNALLED - code
        elif not self.status and self.last_result is False:
            self.status = 1  # how cmd2's own commands fail

    def onecmd_plus_hooks(self, line: str, **options: Any) -> bool:  # noqa: ANN401 - passed on
        """Run one line; one that holds no valid command counts as a usage error."""
        self._ran, before = False, self.status
        stop = super().onecmd_plus_hooks(line, **options)
        if not self._ran:  # blank, a comment, bad quoting, a redirection that failed
            empty = not line.strip() or line.lstrip().startswith("#")
            self.status = before if empty else STATUS_USAGE
        return stop

    def runcmds_plus_hooks(
        self,
        cmds: Iterable[HistoryItem] | Iterable[str],
        **options: Any,  # noqa: ANN401 - passed on
    ) -> bool:
        """Run the lines of a script; its exit status is the worst of theirs."""
        worst, stop = 0, False
        for line in cmds:
            self.status = 0
            stop = super().runcmds_plus_hooks([line], **options)  # type: ignore[arg-type]  # of one kind
            worst = max(worst, self.status)
            if stop or self.status == STATUS_INTERRUPTED or (self.errexit and self.status):
                break
        self.status = worst
        return stop

    def default(self, statement: cmd2.Statement) -> bool | None:
        """Answer a command that does not exist."""
        self.status = STATUS_UNKNOWN_COMMAND
        super().default(statement)
        hint = _("'help' lists the commands")
        if " " in statement.command:  # as by: alias create ll "ls -l"
            hint = _("write it without quotes, as in: alias create ll ls -l")
        elif meant := self.meant(statement.command):
            hint = _("did you mean '{word}'? 'help' lists the commands").format(word=meant)
        self.show_error("", hint)
        return None

    def pexcept(self, exception: BaseException, **options: Any) -> None:  # noqa: ANN401 - passed on
        """Show an error: what a user can understand in a line, a bug with cmd2's own report."""
        if self.debug or not isinstance(exception, OsshError):
            super().pexcept(exception, **options)
            return
        self.show_error(str(exception), exception.hint or "")

    def format_exception(self, exception: BaseException) -> str:
        """Return cmd2's report of an exception, in which no text can drive the terminal."""
        one: BaseException | None = exception
        while one is not None:
            one.args = tuple(printable(arg) if isinstance(arg, str) else arg for arg in one.args)
            one = one.__cause__ or one.__context__
        return super().format_exception(exception)

    def show_error(self, message: str, hint: str = "") -> None:
        """Write an error and what to do about it to stderr; nothing for no message."""
        if message:
            self.perror(_("error: {message}").format(message=printable(message)))
        if hint:
            self.perror(_("hint: {hint}").format(hint=printable(hint)), style=None)

    def _raise_keyboard_interrupt(self) -> None:
        if self.interactive:
            self.poutput()  # the new prompt stands on a line of its own
        raise KeyboardInterrupt("interrupted")


def _may_be_kept(statement: cmd2.Statement | str) -> bool:
    """Tell whether a command may stand in the history: one for another program may hold a secret.

    Raises:
        UsageError: One of ours holds a secret.
    """
    if not holds_secret(getattr(statement, "raw", str(statement))):
        return True
    if getattr(statement, "command", "") != "shell":
        raise secret_in_command()
    return False
