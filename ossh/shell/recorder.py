"""Remembers what was typed and what it showed, for `history -t` to write a transcript."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from inspect import unwrap
from pathlib import Path
from shutil import get_terminal_size
from typing import IO, Any, TextIO, cast

import cmd2

from ossh.errors import UsageError
from ossh.job import may_hold_secret, secret_in_command
from ossh.language import _
from ossh.shell import transcript
from ossh.shell.exit_status import ExitStatus
from ossh.shell.local import local_error
from ossh.shell.talk import Piece
from ossh.shell.text import count

MOST_KEPT = 64 * 1024  # characters of what one line shows: a few thousand lines of a listing


@dataclass
class Shown:
    """The part that is kept of what one line showed on the shell's own stdout."""

    prompt: str
    stdout: TextIO
    pieces: list[str] = field(default_factory=list)
    kept: int = 0  # characters in `pieces`
    is_whole: bool = True  # False: there was more, or another program wrote it

    def add(self, piece: str | bytes, end: str = "") -> None:
        """Take what is shown, as long as there is room."""
        text = (piece if isinstance(piece, str) else piece.decode(errors="replace")) + end
        self.is_whole = self.is_whole and self.kept + len(text) <= MOST_KEPT
        if self.is_whole:
            self.pieces.append(text)
            self.kept += len(text)


class Recorder(ExitStatus):
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

    def onecmd(self, statement: cmd2.Statement | str, *, add_to_history: bool = True) -> bool:
        """Run a command; what another program writes to the terminal goes past this one."""
        is_foreign = getattr(statement, "command", "") == "shell" or self._cur_pipe_proc_reader
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

    def seen(self, pieces: Iterable[Piece], end: str = "") -> Iterator[Piece]:
        """Yield what goes to stdout, each piece to be followed by `end`, and remember it."""
        for piece in pieces:
            if self._running is not None and self.stdout is self._running.stdout:
                self._running.add(piece, end)
            yield piece

    # What is written

    @classmethod
    def _build_history_parser(cls) -> cmd2.Cmd2ArgumentParser:
        parser = super()._build_history_parser()
        parser.add_argument(
            "-t",
            "--transcript",
            metavar="FILE",
            help="write the commands and their output as a transcript, without running anything",
            completer=cls.path_complete,
        )
        return parser

    @cmd2.with_argparser(_build_history_parser)
    def do_history(self, args: argparse.Namespace) -> bool | None:
        """View, run, edit, save or clear the commands entered before."""
        if args.clear:
            self._shown.clear()
        if not args.transcript:
            return _plain(cmd2.Cmd.do_history)(self, args)
        lines = [
            (self._shown[number], item.raw)
            for number, item in self._get_history(args).items()
            if number in self._shown
        ]
        is_terminal = self.stdout.isatty()
        width = get_terminal_size().columns if is_terminal else 0
        self._write(
            transcript.written(
                ((one.prompt, raw, "".join(one.pieces), one.is_whole) for one, raw in lines),
                width,
            ),
            args.transcript,
            len(lines),
        )
        if cut := sum(not one.is_whole for one, _raw in lines):
            self.note(
                _(
                    "the output of {commands} is incomplete; there the transcript accepts any"
                ).format(commands=count(cut, "command"))
            )
        return None

    @classmethod
    def _build_run_script_parser(cls) -> cmd2.Cmd2ArgumentParser:
        parser = super()._build_run_script_parser()
        parser.add_argument(
            "-t",
            "--transcript",
            metavar="FILE",
            help="record the commands and their output as a transcript",
            completer=cls.path_complete,
        )
        return parser

    @cmd2.with_argparser(_build_run_script_parser)
    def do_run_script(self, args: argparse.Namespace) -> bool | None:
        """Run a file of commands, one per line."""
        path = str(Path(args.script_path).expanduser().resolve())
        if path in self._scripts:
            raise UsageError(
                _("the script '{name}' is already running").format(name=args.script_path),
                hint=_("a script cannot run itself; remove that line from it"),
            )
        self._scripts.append(path)
        try:
            if not args.transcript:
                return _plain(cmd2.Cmd.do_run_script)(self, args)
            commands = Path(path).read_text(encoding="utf-8").splitlines()
            if any(map(may_hold_secret, commands)):
                raise secret_in_command()
            self._write(transcript.record(self, commands), args.transcript, len(commands))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                _("cannot read '{name}': {reason}").format(name=args.script_path, reason=error)
            ) from error
        finally:
            self._scripts.pop()
        return None

    def _write(self, text: str, name: str, commands: int) -> None:
        path = Path(name).expanduser()
        try:
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise local_error(error) from error
        self.status = 0
        self.note(
            _("{commands} recorded in {file}").format(
                commands=count(commands, "command"), file=path
            )
        )


def _plain(command: Any) -> Callable[[cmd2.Cmd, argparse.Namespace], bool | None]:  # noqa: ANN401 - cmd2's own type
    """Return a command of cmd2's without the parser around it."""
    return cast("Callable[[cmd2.Cmd, argparse.Namespace], bool | None]", unwrap(command))
