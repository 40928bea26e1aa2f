r"""Whole sessions as text: played again and compared, or recorded.

The format is that of cmd2 before 4.0. Text before the first prompt is a comment. A line that
starts with the prompt is a command; lines that start with the continuation prompt belong to it;
what follows, up to the next prompt, is what the command must print to stdout. Between two slashes
stands a regular expression, `\/` is a slash, and a slash without a partner is one. No expected
output means that nothing but white space may come.

Two things differ from cmd2's own player: output that only begins as expected is a difference, and
a file is played to its end. A first line such as `# terminal: 100 columns` says that the session
was at a terminal of that width; it is then played as if at one, without colours.
"""

import contextlib
import difflib
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO, cast

from cmd2.string_utils import strip_style
from cmd2.utils import StdSim

from ossh.errors import UsageError
from ossh.language import _

_SLASH = re.compile(r"(?<!\\)/")
_ANYTHING = "/.*/\n"
_TERMINAL = "# terminal: {} columns\n"
_TERMINAL_LINE = re.compile(re.escape(_TERMINAL).replace(r"\{\}", r"(\d+)"))


class Sheet(StdSim):
    """Output kept in memory; it says of itself whether it is a terminal."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        super().__init__(cast("TextIO", io.StringIO()))
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Tell whether tables, not lines for programs, are to be written."""
        return self._is_terminal

    def getvalue(self) -> str:
        """Return what was written, without colours."""
        return strip_style(super().getvalue())


class Player(Protocol):
    """What a transcript needs of a shell."""

    stdout: TextIO
    continuation_prompt: str

    @property
    def visible_prompt(self) -> str:
        """Return the prompt without its colours."""

    def onecmd_plus_hooks(self, line: str) -> bool:
        """Run one command line; True when the shell is to end."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A command that did not print what its transcript says."""

    path: str
    line: int  # of the command, from 1
    command: str
    expected: str
    got: str

    def report(self) -> Iterator[str]:
        """Yield the difference as a unified diff below a line that says where it is."""
        yield f"{self.path}:{self.line}: {self.command}"
        expected = self.expected.replace(r"\/", "/").splitlines()
        got = self.got.splitlines()
        yield from difflib.unified_diff(expected, got, _("expected"), _("got"), lineterm="")


def to_regex(expected: str) -> str:
    """Return expected output, with regular expressions between slashes, as one expression."""
    parts = _SLASH.split(expected)
    if len(parts) % 2 == 0:
        parts[-2:] = ["/".join(parts[-2:])]  # a slash without a partner is text
    plain = [part.replace(r"\/", "/") for part in parts]
    return "".join(part if i % 2 else re.escape(part) for i, part in enumerate(plain))


def matches(expected: str, got: str) -> bool:
    """Tell whether a command printed what it should have."""
    if expected == got:  # so that keys full of slashes need no escapes
        return True
    if not expected.strip():
        return not got.strip()
    shown = got or "\n"  # so that `/.*/`, which a line end follows, accepts nothing, too
    try:
        return re.fullmatch(to_regex(expected), shown, re.MULTILINE | re.DOTALL) is not None
    except re.error:
        return False


@contextlib.contextmanager
def captured(shell: Player, *, columns: int = 0) -> Iterator[Sheet]:
    """Collect what commands print to stdout, including that of the programs they are piped to.

    Args:
        shell: Whose commands.
        columns: The width of the terminal that stdout claims to be; 0 is no terminal.
    """
    buffer, saved = Sheet(is_terminal=columns > 0), shell.stdout
    shell.stdout = cast("TextIO", buffer)
    width = os.environ.get("COLUMNS")  # which all of Python takes for the terminal's width
    if columns:
        os.environ["COLUMNS"] = str(columns)
    try:
        yield buffer
    finally:
        shell.stdout = saved
        if columns:
            os.environ.pop("COLUMNS")
            os.environ.update({} if width is None else {"COLUMNS": width})


def play(shell: Player, path: Path) -> tuple[int, list[Difference]]:
    """Run every command of a transcript; return their number and what came out differently.

    Raises:
        UsageError: No line of it starts with the shell's prompt.
        OSError: The file cannot be read.
        UnicodeDecodeError: It is not UTF-8.
    """
    remaining = path.read_text(encoding="utf-8").splitlines(keepends=True)
    differences: list[Difference] = []
    number, played, ended = 0, 0, False
    terminal = _TERMINAL_LINE.fullmatch(remaining[0]) if remaining else None
    columns = int(terminal[1]) if terminal is not None else 0
    while number < len(remaining):
        if not _is_prompt(remaining[number], shell):
            number += 1
            continue
        at, played = number + 1, played + 1
        command, number = _command(remaining, number, shell)
        with captured(shell, columns=columns) as buffer:
            ended = shell.onecmd_plus_hooks(command)
        # The prompt may have changed with the command, so the output ends at the new one.
        expected, number = _expected(remaining, number, shell)
        got = _ended_line(buffer.getvalue())
        if not matches(expected, got):
            differences.append(Difference(str(path), at, command, expected, got))
        if ended and number < len(remaining):
            note = _("(the shell had ended)")
            differences.append(Difference(str(path), number + 1, note, remaining[number], ""))
            break
    if not played:
        raise UsageError(
            _("{path}: no command found; a transcript must start with the shell's prompt").format(
                path=path
            ),
            hint=_("a command line begins with '{prompt}'").format(prompt=shell.visible_prompt),
        )
    return played, differences


def _is_prompt(line: str, shell: Player) -> bool:
    return strip_style(line).startswith(shell.visible_prompt)


def _command(remaining: Sequence[str], number: int, shell: Player) -> tuple[str, int]:
    command = strip_style(remaining[number])[len(shell.visible_prompt) :]
    number += 1
    while number < len(remaining) and remaining[number].startswith(shell.continuation_prompt):
        command += remaining[number][len(shell.continuation_prompt) :]
        number += 1
    # cmd2 takes a line end for the end of the command, and "|" and ">" for plain arguments.
    return command.rstrip("\r\n"), number


def _expected(remaining: Sequence[str], number: int, shell: Player) -> tuple[str, int]:
    start = number
    while number < len(remaining) and not _is_prompt(remaining[number], shell):
        number += 1
    return "".join(remaining[start:number]), number


def record(shell: Player, commands: Sequence[str]) -> str:
    """Run commands and return the session as a transcript that `play` accepts."""
    pieces: list[str] = []
    for command in commands:
        prompt = shell.visible_prompt
        with captured(shell) as buffer:
            ended = shell.onecmd_plus_hooks(command)
        pieces.append(_entry(prompt, command, buffer.getvalue()))
        if ended:
            break
    return "".join(pieces)


def written(lines: Iterable[tuple[str, str, str, bool]], width: int) -> str:
    """Return a session that was held before as a transcript.

    Args:
        lines: Of each the prompt, what was typed, what it showed, and whether that is all of it.
        width: Of the terminal in columns; 0 when there was none.
    """
    start = _TERMINAL.format(width) if width else ""
    return start + "".join(_entry(*line) for line in lines)


def _entry(prompt: str, command: str, output: str, is_whole: bool = True) -> str:  # noqa: FBT001, FBT002 - one field of a line
    shown = _ended_line(strip_style(output)).replace("/", r"\/")
    return f"{prompt}{command}\n{shown}{'' if is_whole else _ANYTHING}"


def _ended_line(output: str) -> str:
    """Return output with its last line ended, for a transcript cannot show that it was not."""
    return output if output.endswith("\n") or not output else output + "\n"
