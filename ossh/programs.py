"""Other programs that ossh starts: their commands as words, without a shell, and their end."""

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress


def words(command: str) -> list[str]:
    """Return the words of a command, none if its quotes do not match."""
    if sys.platform == "win32":
        return _windows_words(command)
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _windows_words(command: str) -> list[str]:
    """Split a command as Windows and its programs do: a backslash there separates folders."""
    if sys.platform != "win32" or not command.strip():
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


def terminate(process: "subprocess.Popen[bytes]") -> None:
    """Ask a program, and what it started in its session, to end."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.terminate()
        else:
            os.killpg(process.pid, signal.SIGTERM)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program and what it started in its session, which would keep its output open."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
