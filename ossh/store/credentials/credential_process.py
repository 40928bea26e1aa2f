"""Runs the program that a profile names, and returns its output, which has keys.

The command is split into words without a shell. Neither its output nor the command is ever shown,
as both may hold secrets.

Source: aliyun CLI documentation, "External"; ossutil 2 documentation, external processes.
"""

import subprocess
import time
from functools import partial
from typing import IO, cast

from ossh import programs
from ossh.errors import StoreError, UsageError, reason
from ossh.language import _, said
from ossh.store.credentials.environment import Environment
from ossh.store.interruptible import BackgroundCall, interruptible

LIMIT_SECONDS = 60.0  # a program may run: some ask a server
MOST_BYTES = 1024 * 1024  # keys take a few thousand
_BLOCK = 64 * 1024


def output_of(environment: Environment, command: str, source: str) -> bytes:
    """Return the standard output of a program.

    It gets the environment's variables, but for secrets; after `LIMIT_SECONDS` it is killed. The
    source says for people where the command was found.

    Raises:
        UsageError: There is no such program.
        StoreError: It fails, takes too long, or prints too much.
    """
    words = programs.words(command)
    if not words:
        text = _("the command of {source} cannot be understood").format(source=said(source))
        raise UsageError(text, hint=_("check its quotes"))
    return interruptible(lambda: _run(environment, words, source))


def _run(environment: Environment, words: list[str], source: str) -> bytes:
    try:
        process = programs.start(words, environment.environ, subprocess.PIPE, subprocess.DEVNULL)
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else _("that is not a program name")
        raise UsageError(
            _("cannot start the program that {source} names: {reason}").format(
                source=said(source), reason=why
            ),
            hint=_("correct the command, or give the program's full path"),
        ) from None
    with process:
        try:
            written = _written(process)
        except subprocess.TimeoutExpired:
            programs.end(process, kills=True)
            text = _("the program that {source} names gave no keys within {limit:.0f} s")
            raise _useless(text, source, limit=LIMIT_SECONDS) from None
    if len(written) > MOST_BYTES:
        raise _useless(_("the program that {source} names prints far more than keys"), source)
    if process.returncode:
        text = _("the program that {source} names failed with exit status {status}")
        raise _useless(text, source, status=process.returncode)
    return written


def _useless(text: str, source: str, **fields: object) -> StoreError:
    return StoreError(
        text.format(source=said(source), **fields),
        hint=_("run it by hand to see why; its output is not shown here"),
    )


def _written(process: "subprocess.Popen[bytes]") -> bytes:
    """Return what a program prints until it ends; it is killed if that is too much.

    Raises:
        TimeoutExpired: It, or a program that it started, has not closed its output.
    """
    until = time.monotonic() + LIMIT_SECONDS
    reading = BackgroundCall(partial(_read, cast("IO[bytes]", process.stdout)))
    if not reading.is_done(LIMIT_SECONDS):
        raise subprocess.TimeoutExpired(process.args, LIMIT_SECONDS)
    written = reading.result()
    if len(written) > MOST_BYTES:
        programs.end(process, kills=True)
    process.wait(max(0.0, until - time.monotonic()))
    return written


def _read(pipe: IO[bytes]) -> bytes:
    """Read a pipe to its end, or until it is too much."""
    written = bytearray()
    while len(written) <= MOST_BYTES and (block := pipe.read(_BLOCK)):
        written += block
    return bytes(written)
