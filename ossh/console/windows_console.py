"""The console of Windows, as far as Python and the libraries leave it to a program.

Elsewhere there is none, and each function does what holds without one.
"""

import codecs
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

HOLD_SECONDS = 4.5  # a closed window ends its programs after five

if sys.platform == "win32":
    import ctypes
    import msvcrt

    _KERNEL = ctypes.WinDLL("kernel32")
    _STYLES = 0x0004  # ENABLE_VIRTUAL_TERMINAL_PROCESSING: colours are escape sequences
    _CLOSE_EVENT = 2  # the first of those that end a program: the window, the user, the machine
    _Handler = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_ulong)
    _handlers: list[object] = []  # Windows keeps no reference
    _FILE_NAME_INFO = 2

    class _FileName(ctypes.Structure):
        _fields_ = (("size", ctypes.c_ulong), ("text", ctypes.c_wchar * 1024))  # size in bytes

    def _console(stream: TextIO) -> tuple[ctypes.c_void_p, int] | None:
        """Return the handle of a console and its mode; None for anything else."""
        mode = ctypes.c_ulong()
        try:
            handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
        except (OSError, ValueError):  # in memory, or closed
            return None
        found = _KERNEL.GetConsoleMode(handle, ctypes.byref(mode))
        return (handle, mode.value) if found else None


def code_page() -> str:
    """Return Python's name for the code page in which programs write to the console.

    Without a console it is that of the system; "" where there are no code pages.
    """
    if sys.platform == "win32":
        with suppress(LookupError):  # Python does not know all of them
            return codecs.lookup(f"cp{_KERNEL.GetConsoleOutputCP()}").name
        return "oem"
    return ""


def use_styles(stream: TextIO) -> None:
    """Have a console take escape sequences for colours, as every terminal elsewhere does."""
    if sys.platform == "win32" and (found := _console(stream)) is not None:
        handle, mode = found
        _KERNEL.SetConsoleMode(handle, mode | _STYLES)


def shows_styles(stream: TextIO) -> bool:
    """Return whether a terminal takes escape sequences for colours; consoles before 2016 do not."""
    if sys.platform == "win32" and (found := _console(stream)) is not None:
        return bool(found[1] & _STYLES)
    return True


def is_terminal(stream: TextIO) -> bool:
    """Return whether a person sits at a stream: Windows calls its null device a terminal too."""
    if sys.platform == "win32":
        return _console(stream) is not None
    return stream.isatty()


def is_emulated(stream: TextIO) -> bool:
    """Return whether a stream is the window of Git Bash, MSYS2 or Cygwin, which is a pipe."""
    if sys.platform == "win32":
        name = _FileName()
        with suppress(OSError, ValueError):
            handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream.fileno()))
            if _KERNEL.GetFileInformationByHandleEx(
                handle, _FILE_NAME_INFO, ctypes.byref(name), ctypes.sizeof(name)
            ):
                return names_emulated(name.text[: name.size // 2])
    return False


def names_emulated(pipe: str) -> bool:
    """Return whether a pipe is one end of an emulated terminal, by its name."""
    return (
        re.fullmatch(r"\\(msys|cygwin)-[0-9a-f]+-pty\d+-(to|from)-master(-nat)?", pipe) is not None
    )


def on_close(act: Callable[[], None]) -> None:
    """Have something called in a thread of its own when the window closes or the user logs off.

    When it returns, Windows ends the program.
    """
    if sys.platform == "win32":

        def handle(event: int) -> int:
            if event >= _CLOSE_EVENT:
                act()
            return 0  # Ctrl-C and Ctrl-Break are Python's

        _handlers.append(_Handler(handle))
        _KERNEL.SetConsoleCtrlHandler(_handlers[-1], 1)
