"""Explore a bucket of Alibaba Cloud OSS, say what you want, and get all of it, proved.

The names below are loaded when they are first used, so that a script pays only for what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ossh.errors import OsshError
    from ossh.job import Job, load
    from ossh.manifest import Manifest
    from ossh.selection import Selection
    from ossh.session import Session
    from ossh.transfer.run import Run

__version__ = "0.1.0"
__all__ = ["Job", "Manifest", "OsshError", "Run", "Selection", "Session", "__version__", "load"]

_HOMES = {
    "Job": "ossh.job",
    "Manifest": "ossh.manifest",
    "OsshError": "ossh.errors",
    "Run": "ossh.transfer.run",
    "Selection": "ossh.selection",
    "Session": "ossh.session",
    "load": "ossh.job",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the name asked for
    """Import the module that holds an exported name."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
