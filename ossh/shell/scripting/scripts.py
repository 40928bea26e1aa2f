"""Scripts: files of commands, and commands that come in on standard input."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ossh import text_files
from ossh.console.system import input_encodings, text_encodings
from ossh.errors import UsageError, reason
from ossh.language import _, said


@contextmanager
def explaining(name: str, hint: Callable[[], str] = str) -> Iterator[None]:
    """Say by a UsageError why a file of commands cannot be read; `hint` tells what to do then."""
    try:
        yield
    except OSError as error:
        why = _("cannot read '{path}': {reason}").format(path=name, reason=reason(error))
        raise UsageError(why, hint=hint()) from error
    except text_files.NotTextError as error:
        why = _("'{path}', line {line}: not UTF-8 text").format(path=name, line=error.line)
        raise UsageError(why, hint=said(text_files.HINT)) from error


def read(name: str, hint: Callable[[], str] = str) -> list[str]:
    """Return the lines of a script file; errors are those of `explaining`."""
    with explaining(name, hint):
        text = text_files.read(Path(name), *text_encodings())
    return text.removesuffix("\n").split("\n")


def given(stdin: TextIO) -> Iterator[str]:
    """Yield the lines of standard input as they come; errors are those of `explaining`."""
    with explaining(getattr(stdin, "name", "<stdin>")):
        yield from text_files.lines(stdin.buffer, *input_encodings(stdin))
