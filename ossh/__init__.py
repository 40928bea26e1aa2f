"""Explore a bucket of Alibaba Cloud OSS, choose what you want, and download all of it, verified.

    import ossh

    job = ossh.new_job("oss://my-bucket/logs/2026/", "logs", ossh.Selection(suffix=(".gz",)))
    with ossh.fetch(job) as run:
        for progress in run:
            print(progress.done, "of", progress.planned)
    print(run.summary)

The names below are loaded when they are first used, so that a script pays only for what it needs.
`docs/library.md` shows what can be done with them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ossh.errors import (
        JobFileError,
        JobLockedError,
        LocalError,
        ManifestError,
        MissingError,
        OsshError,
        StoreError,
        UsageError,
    )
    from ossh.fsspec.file_system import filesystem
    from ossh.job import Job
    from ossh.model import (
        Cause,
        Entry,
        Failure,
        ObjectInfo,
        Proof,
        Source,
        Status,
        Target,
        TransferSettings,
    )
    from ossh.python.downloading import download
    from ossh.python.library import fetch, load, new_job, open, walk  # noqa: A004 - as in gzip
    from ossh.python.record import ManifestReader
    from ossh.selection import Selection
    from ossh.session import Options
    from ossh.store.credentials import Credentials
    from ossh.transfer.run import Run
    from ossh.transfer.watching import Controls, Phase, Progress, Summary

__version__ = "1.0.0b1"
__all__ = [
    "Cause",
    "Controls",
    "Credentials",
    "Entry",
    "Failure",
    "Job",
    "JobFileError",
    "JobLockedError",
    "LocalError",
    "ManifestError",
    "ManifestReader",
    "MissingError",
    "ObjectInfo",
    "Options",
    "OsshError",
    "Phase",
    "Progress",
    "Proof",
    "Run",
    "Selection",
    "Source",
    "Status",
    "StoreError",
    "Summary",
    "Target",
    "TransferSettings",
    "UsageError",
    "__version__",
    "download",
    "fetch",
    "filesystem",
    "load",
    "new_job",
    "open",
    "walk",
]

_NAMES = {
    "ossh.python.downloading": "download",
    "ossh.errors": "JobFileError JobLockedError LocalError ManifestError MissingError OsshError"
    " StoreError UsageError",
    "ossh.fsspec.file_system": "filesystem",
    "ossh.job": "Job",
    "ossh.python.library": "fetch load new_job open walk",
    "ossh.model": "Cause Entry Failure ObjectInfo Proof Source Status Target TransferSettings",
    "ossh.python.record": "ManifestReader",
    "ossh.selection": "Selection",
    "ossh.session": "Options",
    "ossh.store.credentials": "Credentials",
    "ossh.transfer.watching": "Controls Phase Progress Summary",
    "ossh.transfer.run": "Run",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # which knows the names above, and shall tell of any other

    def __getattr__(name: str) -> object:
        """Import the module that holds an exported name."""
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what is exported, though it may not be loaded yet."""
    return sorted({*globals(), *__all__})
