"""Run inside an executable before ossh does: what only a frozen program needs.

PyInstaller calls this a runtime hook. It is part of both builds and of nothing else.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from functools import wraps
from types import FrameType, ModuleType
from typing import Any

FILES = "lib"  # the folder beside the program that the folder build keeps its files in
ECHO_SECONDS = 1.0  # longer than a busy machine takes to forward a signal
PR_SET_PDEATHSIG = 1  # prctl(2)

# The SDK's client-side encryption, which ossh does not use, and what others import from it.
# It needs four more packages with a third OpenSSL, 15 MB in all, and slows every start.
UNUSED = {
    "oss2.crypto": (
        "AliKMSProvider",
        "BaseCryptoProvider",
        "EncryptionMaterials",
        "LocalRsaProvider",
        "RsaProvider",
    ),
    "oss2.crypto_bucket": ("CryptoBucket",),
}

Handler = Callable[[int, FrameType | None], Any]


class Echoes:
    """Tells a signal from its echo.

    The one-file build is two processes: the one that unpacked it waits for the one that is ossh,
    and forwards all signals to it. A terminal signals both of them (Ctrl-C, hang-up), and so do
    batch systems, so ossh gets each twice. A second Ctrl-C would cut short what the first lets end.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[int, float] = {}

    def once(self, handler: Handler) -> Handler:
        """Return a handler that does nothing when the same signal has just arrived."""

        @wraps(handler)
        def handle(number: int, frame: FrameType | None) -> Any:  # noqa: ANN401 - the handler's
            before, self._seen[number] = self._seen.get(number), self._clock()
            if before is None or self._seen[number] - before >= ECHO_SECONDS:
                return handler(number, frame)
            return None

        return handle


def hear_signals_once(echoes: Echoes) -> None:
    """Make handlers set from now on ignore echoes; `getsignal` still returns the original one."""
    set_plain, get_plain = signal.signal, signal.getsignal
    wrapped: dict[int, tuple[Any, Any]] = {}

    def given(number: int, handler: Any) -> Any:  # noqa: ANN401 - as signal.signal has it
        ours, theirs = wrapped.get(number, (None, None))
        return theirs if handler is ours else handler

    def set_handler(number: int, handler: Any) -> Any:  # noqa: ANN401 - as signal.signal has it
        ours = echoes.once(handler) if callable(handler) else handler
        before = given(number, set_plain(number, ours))
        wrapped[number] = ours, handler
        return before

    def get_handler(number: int) -> Any:  # noqa: ANN401 - as signal.getsignal has it
        return given(number, get_plain(number))

    signal.signal, signal.getsignal = set_handler, get_handler  # type: ignore[assignment] # looser
    set_handler(signal.SIGINT, get_plain(signal.SIGINT))


def leave_out(
    modules: MutableMapping[str, ModuleType], unused: Mapping[str, tuple[str, ...]]
) -> None:
    """Replace modules that are not in the bundle by ones with empty classes."""
    for name, classes in unused.items():
        modules[name] = ModuleType(name, "Not part of this program.")
        for one in classes:
            setattr(modules[name], one, type(one, (), {}))


def give_back_libraries(environ: MutableMapping[str, str]) -> None:
    """Make programs that ossh starts use the system's libraries, not those of the bundle.

    This process has already read the variable, and PyInstaller kept its original value.
    """
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH"):
        before = environ.pop(f"{name}_ORIG", "")
        environ.pop(name, None)
        if before:
            environ[name] = before


def is_one_file(executable: str, unpacked: str) -> bool:
    """Return whether a program was unpacked for this run, by where its files are."""
    beside = os.path.join(os.path.dirname(os.path.realpath(executable)), FILES)  # noqa: PTH118, PTH120 - at every start
    return os.path.realpath(unpacked) != beside


def end_with_the_first_process() -> None:
    """Have Linux send SIGTERM to this process when the one that unpacked it is gone.

    Killing the process that was started is meant to stop ossh.
    """
    import ctypes  # noqa: PLC0415 - only this has a use for it

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    leave_out(sys.modules, UNUSED)
    if sys.platform != "win32":
        give_back_libraries(os.environ)
        if is_one_file(sys.executable, sys._MEIPASS):  # type: ignore[attr-defined] # noqa: SLF001 - PyInstaller's
            hear_signals_once(Echoes())
            if sys.platform == "linux":
                end_with_the_first_process()
