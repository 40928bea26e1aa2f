"""Run inside an executable before ossh does: what only a frozen program needs.

PyInstaller calls this a runtime hook. It is part of both builds and of nothing else.
"""

from __future__ import annotations

import os
import signal
import sys
from types import ModuleType

FILES = "lib"  # the folder beside the program that the folder build keeps its files in
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


def leave_out_unused() -> None:
    """Replace modules that are not in the bundle by ones with empty classes."""
    for name, classes in UNUSED.items():
        sys.modules[name] = ModuleType(name, "Not part of this program.")
        for one in classes:
            setattr(sys.modules[name], one, type(one, (), {}))


def give_back_libraries() -> None:
    """Make programs that ossh starts use the system's libraries, not those of the bundle.

    This process has already read the variable, and PyInstaller kept its original value.
    """
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        before = os.environ.pop(f"{name}_ORIG", "")
        os.environ.pop(name, None)
        if before:
            os.environ[name] = before


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
    leave_out_unused()
    if sys.platform != "win32":
        give_back_libraries()
        if is_one_file(sys.executable, sys._MEIPASS):  # type: ignore[attr-defined] # noqa: SLF001 - PyInstaller's
            from ossh.console.untimely_signals import expect_echoes

            expect_echoes()
            if sys.platform == "linux":
                end_with_the_first_process()
