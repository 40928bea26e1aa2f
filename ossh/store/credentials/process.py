"""Runs the program that a profile names, and reads keys from what it writes.

The command is split into words, and no shell sees it. What the program writes is never shown, nor
is the command, whose words may be secrets.

Source: aliyun CLI documentation, "External"; ossutil 2 documentation, external processes.
"""

import atexit
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from typing import IO, cast

from ossh.errors import StoreError, UsageError, reason
from ossh.language import _, said
from ossh.store.asking import interruptible
from ossh.store.credentials.outside import Outside

LIMIT_SECONDS = 60.0  # for which a program may run: some ask a server of their own
MOST_BYTES = 1024 * 1024  # keys have a few thousand; more is not worth the memory
_BLOCK = 64 * 1024


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
        StoreError: It fails, takes too long, or does not stop writing.
    """
    words = _words(command)
    if not words:
        text = _("the command of {source} cannot be understood").format(source=said(source))
        raise UsageError(text, hint=_("check its quotes"))
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
            bufsize=0,  # so that its pipe can be closed while it is read
        )
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else _("that is not a program name")
        raise UsageError(
            _("cannot start the program that {source} names: {reason}").format(
                source=said(source), reason=why
            ),
            hint=_("correct the command, or give the program's full path"),
        ) from None
    end = partial(_end, process)
    atexit.register(end)  # whoever presses Ctrl-C and leaves no longer waits for it
    with process:
        try:
            written = _written(process, limit_seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise StoreError(
                _("the program that {source} names gave no keys within {seconds:.0f} s").format(
                    source=said(source), seconds=limit_seconds
                ),
                hint=_("run it by hand to see what it waits for"),
            ) from None
        finally:
            atexit.unregister(end)
    if len(written) > MOST_BYTES:
        raise StoreError(
            _("the program that {source} names prints far more than keys").format(
                source=said(source)
            ),
            hint=_("run it by hand to see what it prints"),
        )
    if process.returncode:
        raise StoreError(
            _("the program that {source} names failed with exit status {status}").format(
                source=said(source), status=process.returncode
            ),
            hint=_("run it by hand to see why; its output is not shown here"),
        )
    return written


def _written(process: "subprocess.Popen[bytes]", limit_seconds: float) -> bytes:
    """Return what a program writes until it ends; one that writes too much is ended.

    Raises:
        TimeoutExpired: It is still running, or something that it started still has its output.
    """
    until, blocks = time.monotonic() + limit_seconds, list[bytes]()
    pipe = cast("IO[bytes]", process.stdout)
    reader = threading.Thread(target=_read, args=(pipe, blocks), name="ossh-program", daemon=True)
    reader.start()
    reader.join(limit_seconds)
    if reader.is_alive():
        raise subprocess.TimeoutExpired(process.args, limit_seconds)
    written = b"".join(blocks)
    if len(written) > MOST_BYTES:
        _end(process)
    process.wait(max(0.0, until - time.monotonic()))
    return written


def _read(pipe: IO[bytes], blocks: list[bytes]) -> None:
    """Read a pipe to its end, or until that is too much."""
    left = MOST_BYTES
    with suppress(OSError, ValueError):  # closed by a caller that no longer waits
        while left >= 0 and (block := pipe.read(_BLOCK)):
            blocks.append(block)
            left -= len(block)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and what it started, which else would keep its output open."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
