"""What the tests of manifests have in common: outcomes of objects, and how fixtures are called."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime

from ossh.manifest import Manifest, Outcome
from ossh.model import Cause, Entry, Failure, ObjectInfo, Status

NOW = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
DENIED = Failure(Cause.DENIED, "AccessDenied", "no right to read it", "5C3D")
STALLED = Failure(Cause.STALL, "stalled", "no byte for 30 s")

# What scripts of processes of their own begin with.
PRELUDE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from ossh.errors import LocalError
from ossh.manifest import Manifest, ManifestReader, NewEntry, Outcome
from ossh.model import ObjectInfo, Status

path, now = Path(sys.argv[1]), datetime.now(UTC)
"""

Info = Callable[..., ObjectInfo]
Fill = Callable[..., Manifest]
Child = Callable[..., "subprocess.Popen[str]"]


def failed(row: int, failure: Failure = DENIED, attempts: int = 1) -> Outcome:
    return Outcome(row, Status.FAILED, attempts, failure)


def there(manifest: Manifest, key: str) -> Entry:
    """Return the entry of a key, which must have one."""
    found = manifest.entry(key)
    assert found is not None
    return found


def statuses(manifest: Manifest) -> dict[str, Status]:
    return {entry.key: entry.status for entry in manifest.entries()}
