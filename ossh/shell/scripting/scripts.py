"""Scripts: files of commands, and commands that come in on standard input."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from ossh import text_files
from ossh.console.system import input_encodings, text_encodings
from ossh.errors import UsageError, reason
from ossh.language import _, said


def read(name: str, hint: Callable[[], str] = str) -> list[str]:
    """Return the lines of a script file; `hint` tells what to do when it cannot be read.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        text = text_files.read(Path(name), *text_encodings())
    except OSError as error:
        raise UsageError(_unread(name, error), hint=hint()) from error
    except text_files.NotTextError as error:
        raise _no_text(name, error) from error
    return text.removesuffix("\n").split("\n")


def given(stdin: TextIO) -> Iterator[str]:
    """Yield the lines of standard input as they come.

    Raises:
        UsageError: They cannot be read, or one is not text.
    """
    try:
        yield from text_files.lines(stdin.buffer, *input_encodings(stdin))
    except OSError as error:
        raise UsageError(_unread(stdin.name, error)) from error
    except text_files.NotTextError as error:
        raise _no_text(stdin.name, error) from error


def _unread(name: str, error: OSError) -> str:
    text = _("cannot read the script '{name}': {reason}")
    return text.format(name=name, reason=reason(error))


def _no_text(name: str, error: text_files.NotTextError) -> UsageError:
    text = _("the script '{name}', line {line}: not UTF-8 text").format(name=name, line=error.line)
    return UsageError(text, hint=said(text_files.HINT))
