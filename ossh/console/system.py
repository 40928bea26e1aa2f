"""What the system gives: standard streams, files of the user, and errors of this machine."""

import codecs
import contextlib
import errno
import locale
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from ossh import patient
from ossh.console import windows_console
from ossh.errors import LocalError, UsageError, reason
from ossh.language import _

# What bars and trees are made of, for an encoding that lacks it. "…" is escaped, and so is "·" but
# between spaces: keys have them, and what is shown of a key must not look like another one.
_PLAIN = {
    **str.maketrans("▏▎▍▌▋▊▉█", "########"),
    **str.maketrans("▁▂▃▄▅▆▇▶◀", "..:::##><"),
    **str.maketrans("│└├─", "|`|-"),
}


def prepare_streams(environ: Mapping[str, str]) -> None:
    """Make the standard streams usable, whatever the console, and whoever started ossh.

    What an encoding lacks is escaped; for a person, lines and blocks become plain characters. A
    stream that is closed is replaced by the null device; stdout by one that fails when something is
    written, as to a full disk: what a command is run for would be lost without a word.

    Raises:
        UsageError: The encoding that the environment names does not exist.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            flags = os.O_WRONLY if name == "stderr" else os.O_RDONLY
            setattr(sys, name, open(os.open(os.devnull, flags), mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - kept open
    chosen = environ.get("PYTHONIOENCODING", "").partition(":")[2]
    codecs.register_error("ossh", _in_plain_characters)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            encoding = output_encoding(environ, is_terminal=stream.isatty())
            is_for_people = stream is sys.stderr or stream.isatty()
            usual = "ossh" if is_for_people else "backslashreplace"
            errors = usual if chosen in {"", "strict"} else chosen  # what is lacking is no error
            stream.reconfigure(encoding=encoding, errors=errors)
            windows_console.use_styles(stream)


def _in_plain_characters(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that an encoding lacks, and where they end."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    if error.object[max(0, error.start - 1) : error.end + 1] == " · ":
        return "-", error.end
    lacking = error.object[error.start : error.end].translate(_PLAIN)
    return lacking.encode("ascii", "backslashreplace").decode(), error.end


def output_encoding(
    environ: Mapping[str, str], *, is_terminal: bool, windows: bool = sys.platform == "win32"
) -> str | None:
    """Return the encoding of what a stream gets; None: the one that Python chose.

    On Windows a console takes every character as it is. Into a pipe or a file there, Python would
    write the system's code page, which lacks most characters that keys may have: we write UTF-8,
    unless the variables that choose Python's encoding ask for another.

    Raises:
        UsageError: PYTHONIOENCODING names no encoding.
    """
    if windows and is_terminal:
        return None
    if named := _named_encoding(environ):
        return named
    if not windows:
        return None
    return locale.getencoding() if environ.get("PYTHONUTF8") == "0" else "utf-8"


def input_encodings(stdin: TextIO) -> tuple[str, ...]:
    """Return the encodings that a line of standard input may be in, the likeliest first.

    In cmd, `type` and `echo` write the console's code page; so does PowerShell, or UTF-8.
    """
    if named := _named_encoding(os.environ):
        return (named,)
    return (stdin.encoding,) if stdin.isatty() else (*text_encodings(), stdin.encoding)


def text_encodings() -> tuple[str, ...]:
    """Return the encodings that a file of commands may be in, the likeliest first."""
    return ("utf-8", *filter(None, (windows_console.code_page(),)))


def _named_encoding(environ: Mapping[str, str]) -> str:
    """Return the encoding that Python is told to use for the standard streams; "" for none.

    An executable's own Python does not look. A UsageError says that there is no such encoding.
    """
    name = environ.get("PYTHONIOENCODING", "").partition(":")[0]
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError as error:
        text = _("there is no encoding '{name}'").format(name=name)
        raise UsageError(text, hint=_("correct the variable PYTHONIOENCODING")) from error


def close_stdout() -> None:
    """Flush stdout; when nobody reads it any more, drop the rest without an error."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_unread(error: OSError, *, windows: bool = sys.platform == "win32") -> bool:
    """Return whether nobody reads a pipe any more, which Windows calls an invalid argument."""
    is_nameless = error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or (windows and is_nameless)


def local_error(error: OSError) -> LocalError:
    if error.errno == errno.ENOSPC:
        return LocalError(_("the disk is full"), hint=_("free some space, then run it again"))
    if not error.filename:
        return LocalError(_("cannot use the output: {reason}").format(reason=reason(error)))
    text = _("cannot use '{name}': {reason}")
    text = text.format(name=os.fsdecode(error.filename), reason=reason(error))
    return LocalError(text, hint=patient.hint(error))


def user_file(folder: Callable[[str], Path], name: str) -> Path | None:
    """Return the path of one of ossh's files in a folder of the user; None without a home."""
    try:
        return folder("ossh") / name
    except RuntimeError:  # how platformdirs says so
        return None


def private_file(path: Path) -> bool:
    """Create a file if it is missing, readable by its owner only; False when that fails."""
    from ossh import regular_files  # loads hashlib, which `ossh --version` needs for nothing

    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(regular_files.open_descriptor(path, os.O_CREAT | os.O_RDWR))
        path.chmod(0o600)
        return True
    return False


def refuse_other(path: Path, mark: bytes, why: str) -> None:
    """Refuse to overwrite a file whose first 2,000 bytes lack what marks it as ours.

    The `mark` is a regular expression.

    Raises:
        UsageError: It says `why` of the `{path}`.
        OSError: The file cannot be read.
    """
    from ossh import regular_files  # as above

    with contextlib.suppress(FileNotFoundError):
        with regular_files.open_for_reading(path, follow=True) as file:
            start = file.read(2000)
        if start and not re.search(mark, start):
            raise UsageError(why.format(path=path), hint=_("choose another name"))
