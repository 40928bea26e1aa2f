"""Proves files again that were proved before: what a power cut may have taken back.

A rename may reach the disk before the bytes of its file do. Size and mtime agree then, and only the
checksum tells.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from ossh.manifest import Manifest, Outcome, RunRecord
from ossh.model import Entry, Status
from ossh.transfer import partial
from ossh.transfer.plan import is_as_recorded
from ossh.transfer.workspace import located

# Longer than any system keeps written bytes to itself.
UNSAFE_SECONDS = 120.0


def was_cut_off(runs: Sequence[RunRecord], boot_id: str) -> bool:
    """Return whether the last run neither ended nor was ended on this start of the machine."""
    return bool(runs) and runs[-1].ended is None and runs[-1].boot_id != boot_id


def prove_last(manifest: Manifest, target: str) -> Iterator[Outcome]:
    """Prove what was finished last; remove what is not whole, and yield that it must be fetched.

    A file of another size or time is not touched: the run sees it anyway, and may have to keep it.

    Args:
        manifest: Of the run that was cut off.
        target: Local root.
    """
    for entry in manifest.finished_last(UNSAFE_SECONDS):
        path = located(target, entry.path)
        if not is_whole(entry, path):
            with suppress(FileNotFoundError):
                os.unlink(path)
            yield Outcome(entry.row, Status.PENDING, 0)


def is_whole(entry: Entry, path: str) -> bool:
    """Return whether the file of an entry holds what was proved, or is another one by now."""
    modified = entry.last_modified.timestamp()
    if entry.crc64 is None or not is_as_recorded(path, entry.size, modified):
        return True
    try:
        return partial.crc64_of(path, 0, entry.size) == entry.crc64
    except OSError:
        return False
