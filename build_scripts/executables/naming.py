"""The names of release files: by version, system and processor."""

from __future__ import annotations

import platform
import sys

_SYSTEMS = {"darwin": "macos", "win32": "windows"}
_PROCESSORS = {"amd64": "x86_64"}  # as Windows calls it


def build_name(version: str, system: str = sys.platform, machine: str = platform.machine()) -> str:
    """Return the name of a build for a system: "ossh-1.0.0-linux-x86_64"."""
    processor = machine.lower()
    return f"ossh-{version}-{_SYSTEMS.get(system, system)}-{_PROCESSORS.get(processor, processor)}"


def suffix(system: str = sys.platform) -> str:
    """Return the suffix of a program's name."""
    return ".exe" if system == "win32" else ""
