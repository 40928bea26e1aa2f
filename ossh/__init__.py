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

__version__ = "1.0.0b1"

_NAMES = {
    "ossh.python.downloading": "download",
    "ossh.errors": "JobFileError JobLockedError LocalError ManifestError MissingError OsshError"
    " StoreError UsageError",
    "ossh.fsspec.file_system": "filesystem",
    "ossh.job": "Job",
    "ossh.python.library": "ManifestReader fetch load new_job open walk",
    "ossh.model": "Cause Entry Failure ObjectInfo Proof Source Status Target TransferSettings",
    "ossh.selection": "Selection",
    "ossh.session": "Options",
    "ossh.store.credentials": "Credentials",
    "ossh.transfer.watching": "Controls Phase Progress Summary",
    "ossh.transfer.run": "Run",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}

if TYPE_CHECKING:
    from ossh.errors import JobFileError as JobFileError
    from ossh.errors import JobLockedError as JobLockedError
    from ossh.errors import LocalError as LocalError
    from ossh.errors import ManifestError as ManifestError
    from ossh.errors import MissingError as MissingError
    from ossh.errors import OsshError as OsshError
    from ossh.errors import StoreError as StoreError
    from ossh.errors import UsageError as UsageError
    from ossh.fsspec.file_system import filesystem as filesystem
    from ossh.job import Job as Job
    from ossh.model import Cause as Cause
    from ossh.model import Entry as Entry
    from ossh.model import Failure as Failure
    from ossh.model import ObjectInfo as ObjectInfo
    from ossh.model import Proof as Proof
    from ossh.model import Source as Source
    from ossh.model import Status as Status
    from ossh.model import Target as Target
    from ossh.model import TransferSettings as TransferSettings
    from ossh.python.downloading import download as download
    from ossh.python.library import ManifestReader as ManifestReader
    from ossh.python.library import fetch as fetch
    from ossh.python.library import load as load
    from ossh.python.library import new_job as new_job
    from ossh.python.library import open as open  # noqa: A004 - as in gzip
    from ossh.python.library import walk as walk
    from ossh.selection import Selection as Selection
    from ossh.session import Options as Options
    from ossh.store.credentials import Credentials as Credentials
    from ossh.transfer.run import Run as Run
    from ossh.transfer.watching import Controls as Controls
    from ossh.transfer.watching import Phase as Phase
    from ossh.transfer.watching import Progress as Progress
    from ossh.transfer.watching import Summary as Summary
else:
    __all__ = sorted([*_HOMES, "__version__"])  # noqa: PLE0605 - from the table above

    def __getattr__(name: str) -> object:
        """Import the module that holds an exported name."""
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what is exported, though it may not be loaded yet."""
    return sorted({*globals(), *_HOMES})
