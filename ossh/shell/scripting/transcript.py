r"""Whole sessions as text: played again and compared, or recorded.

The format is that of cmd2 before 4.0. Text before the first prompt is a comment. A line that
starts with the prompt is a command; lines that start with the continuation prompt belong to it;
what follows, up to the next prompt, is what the command must print to stdout, or what a screen
shows, with the notes that go to stderr. Between two slashes stands a regular expression, `\/` is a
slash, and a slash without a partner is one. No expected output means that nothing but white space
may come.

Two things differ from cmd2's own player: output that only begins as expected is a difference, and
a file is played to its end. A first line such as `# terminal: 100 columns` says that the session
was at a terminal of that width; it is then played as if at one, without colours. A screen that was
copied needs this line.
"""

import contextlib
import difflib
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import TextIO, cast

import cmd2
from cmd2.string_utils import strip_style
from cmd2.utils import StdSim

from ossh import text_files
from ossh.console.views.text import count, labelled, listed
from ossh.errors import UsageError
from ossh.language import _
from ossh.shell.console import ShellConsole
from ossh.shell.scripting.scripts import explaining

_SLASH = re.compile(r"(?<!\\)/")
_ANYTHING = "/.*/\n"
# How long something took and how fast it was, which is never the same again.
_MEASURED = re.compile(r"(?:[\d.]+ \w+ ?)+\W[\d.,]+ \w*B/s")
_AS_FAST_AS_IT_IS = r"/[\d.]+ .*B.s/"
TERMINAL = "# terminal: {} columns\n"
MARK = rb"(?m)^(?:\[insecure\] )?(?:ossh|oss://.*)> "  # a line of it begins with a prompt
_TERMINAL_LINE = re.compile(re.escape(TERMINAL).replace(r"\{\}", r"(\d+)"))


class Sheet(StdSim):
    """Output kept in memory, which may claim to be a terminal; that goes to another sheet, too."""

    def __init__(self, also: "Sheet | None" = None, *, is_terminal: bool = False) -> None:
        super().__init__(also or cast("TextIO", io.StringIO()), echo=also is not None)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def getvalue(self) -> str:
        """Return what was written, without colours; programs of Windows end lines otherwise."""
        return strip_style(super().getvalue()).replace("\r\n", "\n")


def to_regex(expected: str) -> str:
    """Return expected output, with regular expressions between slashes, as one expression."""
    parts = _SLASH.split(expected)
    if len(parts) % 2 == 0:
        parts[-2:] = ["/".join(parts[-2:])]  # a slash without a partner is text
    plain = [part.replace(r"\/", "/") for part in parts]
    return "".join(part if i % 2 else re.escape(part) for i, part in enumerate(plain))


def matches(expected: str, got: str) -> bool:
    """Return whether a command printed what it should have."""
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
def captured(shell: cmd2.Cmd, *, columns: int = 0) -> Iterator[Sheet]:
    """Collect what commands print to stdout, including that of the programs they are piped to.

    With `columns`, stdout claims to be a terminal of that width. The inner stream of what is
    given has what a screen shows, which is also the notes that go to stderr.
    """
    screen, saved = Sheet(), shell.stdout
    buffer = Sheet(screen, is_terminal=columns > 0)
    shell.stdout = cast("TextIO", buffer)
    notes = StdSim(sys.stderr, echo=True)
    notes.buffer.byte_buf = screen.buffer.byte_buf
    width = os.environ.get("COLUMNS")  # which all of Python takes for the terminal's width
    if columns:
        os.environ["COLUMNS"] = str(columns)
    try:
        with contextlib.redirect_stderr(cast("TextIO", notes)):
            yield buffer
    finally:
        shell.stdout = saved
        if columns:
            os.environ.pop("COLUMNS")
            os.environ.update({} if width is None else {"COLUMNS": width})


def play(shell: cmd2.Cmd, name: str, lines: Sequence[str], *, columns: int = 0) -> list[list[str]]:
    """Run every command of a transcript, with `columns` at a terminal, and compare what comes out.

    Return for each the lines that show how that differs; none where it is what is expected.

    Raises:
        UsageError: No line of it starts with the shell's prompt.
    """
    found: list[list[str]] = []
    at, ended = _next_prompt(lines, 0, shell), False
    while at < len(lines):
        if ended:
            note = _("(the shell had ended)")
            found[-1] += _difference(f"{name}:{at + 1}: {note}", lines[at], "")
            break
        command, start = _command(lines, at, shell)
        with captured(shell, columns=columns) as buffer:
            ended = shell.onecmd_plus_hooks(command)
        # The prompt may have changed with the command, so the output ends at the new one.
        end = _next_prompt(lines, start, shell)
        expected, got = "".join(lines[start:end]), _ended_line(buffer.getvalue())
        on_screen = _ended_line(cast("Sheet", buffer.inner_stream).getvalue())
        is_shown = matches(expected, got) or matches(expected, on_screen)
        where = f"{name}:{at + 1}: {command}"
        found.append([] if is_shown else _difference(where, expected, on_screen))
        at = end
    if not found:
        text = _("{path}: no command found; a transcript must start with the shell's prompt")
        hint = _("a command line begins with '{prompt}'").format(prompt=shell.visible_prompt)
        raise UsageError(text.format(path=name), hint=hint)
    return found


def _difference(where: str, expected: str, got: str) -> list[str]:
    """Return a unified diff below a line that says where it is."""
    texts = expected.replace(r"\/", "/").splitlines(), got.splitlines()
    return [where, *difflib.unified_diff(*texts, _("expected"), _("got"), lineterm="")]


def replay(shell: ShellConsole, name: str) -> int:
    """Play a transcript, show each difference, and return how many there are.

    Raises:
        UsageError: It cannot be read, or no line of it starts with the shell's prompt.
    """
    with explaining(name):
        lines = text_files.read(Path(name)).splitlines(keepends=True)
    shell.is_replayed = True
    terminal = _TERMINAL_LINE.fullmatch(lines[0]) if lines else None
    columns = int(terminal[1]) if terminal is not None else 0
    played = play(shell, name, lines, columns=columns)
    differences = [lines for lines in played if lines]
    for difference in differences:
        shell.say(difference)
    counts = count(len(played), "command"), count(len(differences), "difference")
    shell.note(labelled(name, listed(*counts)))
    return len(differences)


def _next_prompt(lines: Sequence[str], start: int, shell: cmd2.Cmd) -> int:
    """Return the index of the first line, from `start` on, with the prompt; at last the end."""
    at = start
    while at < len(lines) and not strip_style(lines[at]).startswith(shell.visible_prompt):
        at += 1
    return at


def _command(lines: Sequence[str], at: int, shell: cmd2.Cmd) -> tuple[str, int]:
    """Return the command that begins in a line, and the index of the line after it."""
    first, prompt = strip_style(lines[at])[len(shell.visible_prompt) :], shell.continuation_prompt
    others = takewhile(lambda line: line.startswith(prompt), islice(lines, at + 1, None))
    pieces = [first, *(line.removeprefix(prompt) for line in others)]
    # cmd2 takes a line end for the end of the command, and "|" and ">" for plain arguments.
    return "".join(pieces).rstrip("\r\n"), at + len(pieces)


def record(shell: cmd2.Cmd, commands: Sequence[str]) -> str:
    """Run commands and return the session as a transcript that `play` accepts."""
    pieces: list[str] = []
    for command in commands:
        prompt = shell.visible_prompt
        with captured(shell) as buffer:
            ended = shell.onecmd_plus_hooks(command)
        pieces.append(entry(prompt, command, buffer.getvalue()))
        if ended:
            break
    return "".join(pieces)


def entry(prompt: str, command: str, output: str, *, is_whole: bool = True) -> str:
    """Return a command and its output, which may be only the start, as a transcript has them."""
    pieces = _MEASURED.split(_ended_line(strip_style(output)))
    shown = _AS_FAST_AS_IT_IS.join(one.replace("/", r"\/") for one in pieces)
    return f"{prompt}{command}\n{shown}{'' if is_whole else _ANYTHING}"


def _ended_line(output: str) -> str:
    """Return output with its last line ended, for a transcript cannot show that it was not."""
    return output if output.endswith("\n") or not output else output + "\n"
