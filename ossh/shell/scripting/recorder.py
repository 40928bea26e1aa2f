"""What was typed and what it showed: for the Up key, and for `history -t` to write a transcript."""

import argparse
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import IO, Any, TextIO, cast

import cmd2
from cmd2.pt_utils import Cmd2History

from ossh import regular_files
from ossh.console.console import Piece
from ossh.console.system import refuse_other
from ossh.console.views.text import count
from ossh.errors import UsageError
from ossh.job import may_hold_secret, secret_in_command
from ossh.language import N_, _
from ossh.paths import expanded, real
from ossh.session.combinations import check, given
from ossh.shell import cmd2_internals
from ossh.shell.console import ShellConsole
from ossh.shell.scripting import scripts, transcript

MOST_KEPT = 64 * 1024  # characters of what one line shows: a few thousand lines of a listing
MOST_OF_ALL = 4 * 1024 * 1024  # of all lines; of the oldest nothing is kept
_OTHER = N_("'{path}' exists and is not a transcript")


@dataclass
class Shown:
    """The part that is kept of what one line showed on the shell's own stdout."""

    prompt: str
    stdout: TextIO
    output: StringIO = field(default_factory=StringIO)
    is_whole: bool = True  # False: there was more, or another program wrote it

    def add(self, piece: str | bytes, end: str = "") -> None:
        """Take what is shown, as long as there is room."""
        text = (piece if isinstance(piece, str) else piece.decode(errors="replace")) + end
        self.is_whole = self.is_whole and self.output.tell() + len(text) <= MOST_KEPT
        if self.is_whole:
            self.output.write(text)


class TypedLines(Cmd2History):
    """What the Up key brings back: the lines that were typed, also those that could not be run."""

    def append_string(self, string: str) -> None:
        """Keep a line that was typed, unless it may hold a secret."""
        if not may_hold_secret(string):
            super().append_string(string)


class Recorder(ShellConsole):
    """A shell that remembers what its lines showed, and writes that as a transcript."""

    _running: Shown | None = None  # what the line shows that runs now

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on
        self._shown: dict[int, Shown] = {}  # by the number of the line in the history
        self._scripts: list[str] = []  # those that run, the outermost first
        super().__init__(**options)

    # What is remembered

    def onecmd_plus_hooks(self, line: str, **options: Any) -> bool:  # noqa: ANN401 - passed on
        """Run one line. What the lines of a script show belongs to the line that runs it."""
        if self._running is not None:
            return super().onecmd_plus_hooks(line, **options)
        number = len(self.history) + 1
        self._running = shown = Shown(self.visible_prompt, self.stdout)
        try:
            return super().onecmd_plus_hooks(line, **options)
        finally:
            self._running = None
            if len(self.history) >= number:  # not blank, and without a secret
                self._shown[number] = shown
                self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Forget what the oldest lines showed if what is kept of all is too much."""
        too_many = sum(one.output.tell() for one in self._shown.values()) - MOST_OF_ALL
        for one in self._shown.values():
            if too_many > 0 and (length := one.output.tell()):
                too_many -= length
                one.output, one.is_whole = StringIO(), False

    def onecmd(self, statement: cmd2.Statement | str, *, add_to_history: bool = True) -> bool:
        """Run a command; what another program writes to the terminal goes past this one."""
        is_foreign = getattr(statement, "command", "") == "shell" or self.is_piped
        if self._running is not None and is_foreign:
            self._running.is_whole = False
        return super().onecmd(statement, add_to_history=add_to_history)

    def print_to(self, file: IO[str], *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write what cmd2 formats; what goes to stdout is remembered as it looks there."""
        super().print_to(file, *objects, **options)
        if self._running is not None and file is self._running.stdout:
            copy = transcript.Sheet(is_terminal=file.isatty())
            super().print_to(cast("IO[str]", copy), *objects, **options)
            self._running.add(copy.getvalue())

    def tee(self, pieces: Iterable[Piece], end: str = "") -> Iterator[Piece]:
        """Yield what goes to stdout, each piece to be followed by `end`, and remember it."""
        for piece in pieces:
            if self._running is not None and self.stdout is self._running.stdout:
                self._running.add(piece, end)
            yield piece

    # What is written

    @cmd2.with_argparser(
        lambda: _with_transcript(
            cmd2_internals.history_parser(),
            "write the commands and their output as a transcript, without running anything",
        )
    )
    def do_history(self, args: argparse.Namespace) -> bool | None:
        """View, run, edit, save or clear the commands entered before."""
        if args.run and not args.arg:
            raise UsageError(
                _("nothing was run: this would repeat every command entered so far"),
                hint=_("'history -r 1:' runs them all"),
            )
        check(given(vars(args)))
        if args.clear:
            self._shown.clear()
        if args.output_file:  # nothing tells a file of commands from any other
            _refuse_other(args.output_file, rb"(?!)", N_("'{path}' already exists"))
        if not args.transcript:
            return cmd2_internals.run_history(self, args)
        _refuse_other(args.transcript)
        chosen = self.chosen_history(args).items()
        lines = [(self._shown[n], item.raw) for n, item in chosen if n in self._shown]
        text = transcript.TERMINAL.format(self.width) if self.is_table else ""
        for one, raw in lines:
            output = one.output.getvalue()
            text += transcript.entry(one.prompt, raw, output, is_whole=one.is_whole)
        self._write(text, args.transcript, len(lines))
        if cut := sum(not one.is_whole for one, _raw in lines):
            said = _(
                "the output of {commands} is incomplete; the transcript accepts any output there"
            )
            self.note(said.format(commands=count(cut, "command")))
        return None

    @cmd2.with_argparser(
        lambda: _with_transcript(
            cmd2_internals.script_parser(), "record the commands and their output as a transcript"
        )
    )
    def do_run_script(self, args: argparse.Namespace) -> bool | None:
        """Run a file of commands, one per line."""
        path = str(real(expanded(args.script_path)))
        if path in self._scripts:
            raise UsageError(
                _("the script '{name}' is already running").format(name=args.script_path),
                hint=_("a script cannot run itself; remove that line from it"),
            )
        commands = scripts.read(path)
        self._scripts.append(path)
        try:
            if not args.transcript:
                return self.run_lines(commands, Path(path).parent)
            if any(map(may_hold_secret, commands)):
                raise secret_in_command()
            _refuse_other(args.transcript)
            self._write(transcript.record(self, commands), args.transcript, len(commands))
        finally:
            self._scripts.pop()
        return None

    def _write(self, text: str, name: str, commands: int) -> None:
        path = expanded(name)
        with regular_files.writing_anew(path) as file:
            file.write(text.encode())
        self.status = 0
        said = _("{commands} recorded in {file}")
        self.note(said.format(commands=count(commands, "command"), file=path))


def _refuse_other(name: str, mark: bytes = transcript.MARK, why: str = _OTHER) -> None:
    with suppress(regular_files.NotRegularError):  # a device or a pipe holds nothing
        refuse_other(expanded(name), mark, _(why))


def _with_transcript(parser: cmd2.Cmd2ArgumentParser, does: str) -> cmd2.Cmd2ArgumentParser:
    parser.add_argument(
        "-t", "--transcript", metavar="FILE", help=does, completer=cmd2.Cmd.path_complete
    )
    return parser
