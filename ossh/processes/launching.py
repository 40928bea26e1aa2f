"""How a process is started: its command, and an environment without anything secret."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Hidden: an executable without a Python of its own starts itself so.
OPTION = "--fetch-for-run"

_PROXY = re.compile(r"(?i)(?:https?|all|no)_proxy")
_SECRET = re.compile(
    r"(?i)(?:oss|aws|alibaba|aliyun|alicloud)_.*|.*(?:secret|token|passw|credential|access_?key).*"
)


def command() -> list[str]:
    """Return the command that starts a process which fetches."""
    if getattr(sys, "frozen", False):
        return [sys.executable, OPTION]
    return [sys.executable, "-m", "ossh.processes.child"]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return variables with which a process finds this code, and learns no secret."""
    kept = {
        name: text
        for name, text in given.items()
        if not _SECRET.fullmatch(name) and not _PROXY.fullmatch(name)
    }
    if getattr(sys, "frozen", False):
        # The bundle's start program sets this for a program from outside, not for its own child.
        files: str = sys._MEIPASS  # type: ignore[attr-defined] # noqa: SLF001 - PyInstaller's
        return {**kept, "LD_LIBRARY_PATH": files}
    root = str(Path(__file__).resolve().parents[2])
    old = kept.get("PYTHONPATH")
    return {**kept, "PYTHONPATH": f"{root}{os.pathsep}{old}" if old else root}


def proxies(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that say which proxy to use; they may hold a password."""
    return {name: text for name, text in given.items() if _PROXY.fullmatch(name)}


def apart() -> dict[str, Any]:
    """Return the options that keep the terminal's signals from a process."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
