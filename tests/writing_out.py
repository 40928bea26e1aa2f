"""The system's calls that make files outlast a power cut, watched as they are made."""

import ctypes
import errno
import os
from collections.abc import Callable
from typing import Any

import pytest


class Libc:
    """The C library of this system, whose `syncfs` tells when it has been called.

    Args:
        after: Called after each call, with its descriptor.
        fails: Whether the disk turns out to have failed.
    """

    def __init__(self, after: Callable[[int], None], *, fails: bool = False) -> None:
        real = ctypes.CDLL(None, use_errno=True).syncfs

        def syncfs(descriptor: int) -> int:
            result: int = real(descriptor)
            after(descriptor)
            if fails:
                ctypes.set_errno(errno.EIO)
                return -1
            return result

        self.syncfs = syncfs


def use_libc(patch: pytest.MonkeyPatch, libc: object) -> None:
    """Let this process find a C library; one without `syncfs` is that of another system."""
    patch.setattr(ctypes, "CDLL", lambda *_arguments, **_options: libc)


def watch_fsync(patch: pytest.MonkeyPatch, after: Callable[[os.stat_result], None]) -> None:
    """Call something with each file or folder that was written out by itself."""
    fsync = os.fsync

    def told(descriptor: Any) -> None:
        fsync(descriptor)
        after(os.fstat(descriptor))

    patch.setattr(os, "fsync", told)
