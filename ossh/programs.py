"""Programs of the user that ossh starts: found, told no secret, without a shell, and ended."""

import atexit
import errno
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

_started: "set[subprocess.Popen[bytes]]" = set()
_starting = threading.Lock()  # held while one is started and added to these

# What ossh, and the tools that keep keys where it does, read from variables. A file's name is none.
_KEPT_BACK = (  # Windows minds no case of names
    r"(?i)(?:OSSH?|ALI(?:BABA_?)?CLOUD|ALIYUN)_"
    r"\w*(?:KEY|SECRET|TOKEN|PASS|CREDENTIALS_URI)\w*(?<!_FILE)"
)
# What a shell would act on outside quotes.
_QUOTED = r"""\\.|'[^']*'|"[^"]*\"""" if sys.platform != "win32" else '"[^"]*"'
_FOR_A_SHELL = r"\$[A-Za-z_{(]|^[0-9]?[<>]|^[|&;]+$|;$"
_OTHER_SHELLS = frozenset({"cmd", "powershell", "pwsh"})  # which take all words together
_ENDINGS = (".exe", "") if sys.platform == "win32" else ("",)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a program of the user gets: all but those with ossh's secrets."""
    return {name: text for name, text in given.items() if not re.fullmatch(_KEPT_BACK, name)}


def found(program: str, environ: Mapping[str, str], endings: Sequence[str] = _ENDINGS) -> str:
    """Return the path of a program: as it is written, or of a bare name, in a folder of PATH.

    The current folder, where downloads lie, is no such folder: neither on Windows, which would look
    there first, nor where an empty or a relative entry of PATH means it.

    Raises:
        FileNotFoundError: There is none.
    """
    if Path(program).name != program:
        return program
    folders = map(Path, environ.get("PATH", os.defpath).split(os.pathsep))
    for folder in filter(Path.is_absolute, folders):
        for path in (folder / f"{program}{ending}" for ending in endings):
            if path.is_file() and os.access(path, os.X_OK):
                return str(path)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)


def start(
    words: Sequence[str],
    environ: Mapping[str, str],
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
) -> "subprocess.Popen[bytes]":
    """Start a program without input, in a session of its own; it does not outlive this process.

    Raises:
        OSError: It cannot be started.
        ValueError: The words cannot be those of a program.
    """
    program, *arguments = words
    path = found(program, environ)
    with _starting:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=environment(environ),
            start_new_session=True,  # what it starts ends with it
            bufsize=0,  # so that its pipe can be closed while it is read
        )
        _started.difference_update([one for one in _started if one.returncode is not None])
        _started.add(process)
    return process


def words(command: str) -> list[str]:
    """Return the words of a command, none if its quotes do not match.

    On Windows a backslash separates folders, so there Windows splits it.
    """
    if sys.platform != "win32":
        try:
            return shlex.split(command)
        except ValueError:
            return []
    if not command.strip():
        return []
    import ctypes  # noqa: PLC0415 - few jobs and profiles name a program

    split = ctypes.windll.shell32.CommandLineToArgvW
    split.argtypes = (ctypes.c_wchar_p, ctypes.POINTER(ctypes.c_int))
    split.restype = ctypes.POINTER(ctypes.c_wchar_p)
    count = ctypes.c_int()
    words = split(command.strip(), ctypes.byref(count))
    try:
        return [str(words[number]) for number in range(count.value)]
    finally:
        ctypes.windll.kernel32.LocalFree(words)


def word_for_shell(command: str) -> str:
    """Return the first word of a command that only a shell would understand; "" for none."""
    if any(Path(one).stem.lower() in _OTHER_SHELLS for one in words(command)[:1]):
        return ""
    bare = re.sub(_QUOTED, "_", command)
    return next((word for word in bare.split() if re.search(_FOR_A_SHELL, word)), "")


def end(process: "subprocess.Popen[bytes]", *, kills: bool = False) -> None:
    """Ask a program, and what it started in its session, to end; or kill all of them."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()  # it cannot be asked
        else:
            os.killpg(process.pid, signal.SIGKILL if kills else signal.SIGTERM)


@atexit.register
def _kill_all() -> None:
    """Kill the programs that nobody waits for any more, as after Ctrl-C."""
    _starting.acquire()  # for good: no other is started now
    for process in _started:
        if process.poll() is None:
            end(process, kills=True)
