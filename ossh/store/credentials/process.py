"""Runs the program that a profile names, and reads keys from what it writes.

The command is split into words, and no shell sees it. What the program writes is never shown, nor
is the command, whose words may be secrets.

Source: aliyun CLI documentation, "External"; ossutil 2 documentation, external processes.
"""

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress

from ossh.errors import StoreError, UsageError, reason
from ossh.language import _, said
from ossh.store.asking import interruptible
from ossh.store.credentials.outside import Outside

LIMIT_SECONDS = 60.0  # for which a program may run: some ask a server of their own


def output_of(
    outside: Outside, command: str, source: str, *, limit_seconds: float = LIMIT_SECONDS
) -> bytes:
    """Return what a program writes to its standard output.

    Args:
        outside: Whose variables the program gets.
        command: The program and its arguments.
        source: Who names it, for people.
        limit_seconds: How long it may take; then it is ended.

    Raises:
        UsageError: There is no such program.
        StoreError: It fails, or takes too long.
    """
    words = _words(command)
    if not words:
        text = _("the command of {source} cannot be understood").format(source=said(source))
        raise UsageError(text, hint=_("mind its quotes"))
    return interruptible(lambda: _run(outside, words, source, limit_seconds))


def _words(command: str) -> list[str]:
    try:
        if sys.platform == "win32":  # a backslash separates folders there
            return [word.strip("\"'") for word in shlex.split(command, posix=False)]
        return shlex.split(command)
    except ValueError:
        return []


def _run(outside: Outside, words: list[str], source: str, limit_seconds: float) -> bytes:
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(outside.environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else _("that is no name of a program")
        raise UsageError(
            _("cannot start the program that {source} names: {reason}").format(
                source=said(source), reason=why
            ),
            hint=_("correct the command, or give the program's whole path"),
        ) from None
    with process:
        try:
            written = process.communicate(timeout=limit_seconds)[0]
        except subprocess.TimeoutExpired:
            _end(process)
            raise StoreError(
                _("the program that {source} names gave no keys within {seconds:.0f} s").format(
                    source=said(source), seconds=limit_seconds
                ),
                hint=_("run it by hand to see what it waits for"),
            ) from None
    if process.returncode:
        raise StoreError(
            _("the program that {source} names failed with exit status {status}").format(
                source=said(source), status=process.returncode
            ),
            hint=_("run it by hand to see why; what it writes is not shown here"),
        )
    return written


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and what it started, which else would keep its output open."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
