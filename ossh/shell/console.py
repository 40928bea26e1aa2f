"""The console of the shell: what cmd2 writes and reads, in the manner of ossh.

It keeps the exit status of each command line, and shows what went wrong.
"""

import contextlib
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import cmd2
from cmd2.history import HistoryItem
from cmd2.rich_utils import AllowStyle
from cmd2.utils import StdSim
from rich.text import Text

from ossh import errors
from ossh.console.command_lines import typed
from ossh.console.system import is_unread, local_error
from ossh.console.views.text import Tone, paint, reflowed
from ossh.job import holds_secret, may_hold_secret, secret_in_command
from ossh.language import _
from ossh.printable import printable
from ossh.shell.cmd2_internals import Cmd, asked_for_help, refusal, remark

# A line with one of these did nothing of what it says: the lines after it rely on what is not so.
_NOT_DONE = frozenset(
    {errors.STATUS_USAGE, errors.STATUS_STOPPED, errors.STATUS_BUG, errors.STATUS_UNKNOWN_COMMAND}
)


class ShellConsole(Cmd):
    """The shell as every module below the app knows it; it speaks as every host does."""

    has_prompt = True
    errexit = False  # end a script at the first line that fails in any way
    keep_going = False  # end a script only at a line that Ctrl-C stopped
    is_replayed = False  # what is noted is compared, not shown
    _ran = False  # whether the current line held a command
    _end_is_told = False  # whether a script run by the current line has said that it ended early
    _is_foreign = False  # whether the status is that of another program, after "!" or "|"

    # What is written and read

    def perror(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write a complaint of cmd2 to stderr; it never ends a command.

        What cmd2 complains of without a style gets the shape of all errors. What it repeats of a
        command, which may have been pasted, is escaped. On a terminal lines break between words.
        """
        if "style" not in options:
            self.show_error(*refusal(" ".join(map(str, objects))))
            self.last_result = False  # some of its commands complain and call it a success
            return

        def shown(one: Any) -> Any:  # noqa: ANN401 - whatever rich can show
            if not isinstance(one, str):
                return one
            text = "\n".join(map(printable, remark(one).split("\n")))
            return reflowed(text, self.width) if sys.stderr.isatty() else text

        with contextlib.suppress(OSError, ValueError):
            super().perror(*map(shown, objects), **{"soft_wrap": True, **options})

    def note(self, text: str) -> None:
        """Write a remark to stderr; one of a replayed line only to the copy that is compared."""
        copying = sys.stderr
        if isinstance(copying, StdSim):
            copying.echo = not self.is_replayed
        super().note(text)
        if isinstance(copying, StdSim):
            copying.echo = True  # for errors and warnings

    def pfeedback(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write a remark of cmd2 on one of its own commands."""
        super().pfeedback(
            *(remark(one) if isinstance(one, str) else one for one in objects), **options
        )

    @property
    def may_colour(self) -> bool:
        return self.allow_style is not AllowStyle.NEVER

    @property
    def may_page(self) -> bool:
        return super().may_page and not self.has_typed_ahead()

    def read(self, question: str, *, secret: bool = False) -> str:
        return self.read_secret(question) if secret else self.read_input(question)

    def run_typed(self, command: str, *arguments: str) -> None:
        stop = self.onecmd_plus_hooks(typed(command, *arguments))
        if stop:  # told to end: by SIGTERM, or the terminal was closed
            raise SystemExit(self.exit_code)

    def alert(self, text: str, tone: Tone) -> None:
        """Show a line above the prompt; may be called in any thread."""
        self.add_alert(msg=Text.from_ansi(paint(text, tone)))

    # How a command line ends

    def onecmd(self, statement: cmd2.Statement | str, *, add_to_history: bool = True) -> bool:
        """Run a command and keep its exit status; neither keep nor run one with a secret in it."""
        self._ran, self.status, self.last_result, self.named = True, 0, None, ""
        self._is_foreign, self._pipe_status = False, self.pipe_status()
        try:
            add_to_history = _may_be_kept(statement) and add_to_history
            with errors.limits_explained():
                stop = super().onecmd(statement, add_to_history=add_to_history)
            self.stdout.flush()
        except cmd2.SkipPostcommandHooks as error:
            self.status = 0 if asked_for_help(error) else errors.STATUS_USAGE
            raise
        except KeyboardInterrupt:
            self.status = errors.STATUS_INTERRUPTED
            raise
        except OSError as error:
            if is_unread(error):  # whoever read it has had enough; the status is what it was
                if sys.platform == "win32" and self.is_piped:
                    with contextlib.suppress(OSError):  # where cmd2 closes it, it expects others
                        self.stdout.close()
                return False
            self.status = errors.LocalError.status
            raise local_error(error) from error
        except Exception as error:
            self.status = getattr(error, "status", errors.STATUS_BUG)
            raise
        if getattr(statement, "command", "") == "shell":
            self._take_foreign(int(self.last_result or 0))
        elif not self.status and self.last_result is False:
            self.status = errors.STATUS_USAGE  # how cmd2's own commands fail
        return stop

    def _take_foreign(self, code: int) -> None:
        """Take the exit status of another program, as POSIX shells report it."""
        self._is_foreign = code != 0
        self.status = code if code >= 0 else errors.STATUS_SIGNALLED - code

    def onecmd_plus_hooks(self, line: str, **options: Any) -> bool:  # noqa: ANN401 - passed on
        """Run one line; one that holds no valid command counts as a usage error."""
        self._ran, before = False, self.status
        stop = super().onecmd_plus_hooks(line, **options)
        if not self._ran:  # blank, a comment, bad quoting, a redirection that failed
            empty = not line.strip() or line.lstrip().startswith("#")
            self.status = before if empty else errors.STATUS_USAGE
        elif not self.status:
            self._take_foreign(self._pipe_status())
        return stop

    def runcmds_plus_hooks(
        self,
        cmds: Iterable[HistoryItem] | Iterable[str],
        **options: Any,  # noqa: ANN401 - passed on
    ) -> bool:
        """Run the lines of a script, up to one after which the rest would mean something else.

        The exit status is that of the line that ended the script, else the worst of all.
        """
        worst, stop = (0, False), False
        for number, line in enumerate(cmds, start=1):
            self.status, self._end_is_told = 0, False
            stop = super().runcmds_plus_hooks([line], **options)  # type: ignore[arg-type]  # of one kind
            ends = self._ends_script()
            if ends or errors.worst(self.status, worst[0]) != worst[0]:
                worst = self.status, self._is_foreign
            if ends or stop:
                is_last = isinstance(cmds, Sequence) and number == len(cmds)
                if not (stop or is_last or self._end_is_told):
                    text = _("the script stops at line {number}; the rest is not run")
                    self.note(text.format(number=number))
                    self._end_is_told = True
                break
        self.status, self._is_foreign = worst
        return stop

    def _ends_script(self) -> bool:
        """Return whether the line that was run ends the script it stands in."""
        if self.status == errors.STATUS_INTERRUPTED:
            return True
        if self.errexit:
            return self.status != 0
        return not (self.keep_going or self._is_foreign) and self.status in _NOT_DONE

    def pexcept(self, exception: BaseException, **options: Any) -> None:  # noqa: ANN401 - passed on
        """Show an error: one line for what a user can understand, cmd2's own report for a bug."""
        if self.debug or not isinstance(exception, errors.OsshError):
            super().pexcept(exception, **options)
            return
        self.show_failure(exception)

    def format_exception(self, exception: BaseException) -> str:
        """Return cmd2's report of an exception, in which no text can drive the terminal."""
        one: BaseException | None = exception
        while one is not None:
            one.args = tuple(printable(arg) if isinstance(arg, str) else arg for arg in one.args)
            one = one.__cause__ or one.__context__
        return super().format_exception(exception)


def _may_be_kept(statement: cmd2.Statement | str) -> bool:
    """Return whether a command may stand in the history: one for another program may hold a secret.

    Of a macro or alias what it stands for counts too, as the history keeps that beside its name.

    Raises:
        UsageError: One of ours holds a secret.
    """
    line = str(getattr(statement, "raw", statement))
    line += "\n" + str(getattr(statement, "expanded_command_line", ""))
    if holds_secret(line) and getattr(statement, "command", "") != "shell":
        raise secret_in_command()
    return not may_hold_secret(line)
