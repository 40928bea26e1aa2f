"""One file against its row, byte for byte: is it what was proved when it was downloaded?"""

from enum import StrEnum, auto

from ossh.errors import reason
from ossh.model import Entry, Proof, value
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.file_io import Meter
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.occupant import wanted
from ossh.transfer.disk.overwrite_rules import DAMAGED, LocalState


class FindingKind(StrEnum):
    """What can be wrong with a file of the target, as it is called in JSON, too."""

    MISSING = auto()
    CHANGED = auto()  # another size or kind, or edited since
    CORRUPT = auto()  # its size and date as they were, but other bytes
    DIFFERENT = auto()  # the object's size and date, but other bytes, which ossh did not write
    TAKEN = auto()  # something else was in the object's place when it was to be downloaded
    UNREADABLE = auto()
    FOREIGN = auto()  # no object of the job has this name


@value
class Finding:
    """A file that is not as its row says."""

    kind: FindingKind
    path: str  # below the target, segments joined by "/"
    key: str  # "" of what no object has
    message: str = ""  # what the kind alone does not say


def examine(entry: Entry, local_files: LocalFiles, meter: Meter) -> Proof | Finding | None:
    """Return how the file of a finished entry is proved, or what is wrong with it.

    None stands for a folder that is there: it has no bytes to prove. The entry is of status done or
    skipped, or failed since its place was taken. The meter is told what is read.

    Raises:
        Interrupted: By the meter.
    """
    was_here = entry.own is not None or entry.status.is_at_target
    otherwise = FindingKind.CHANGED if was_here else FindingKind.TAKEN
    try:
        found = local_files.examine(wanted(entry), meter, reads=True)
    except EscapeError as error:
        return Finding(otherwise, entry.path, entry.key, reason(error))
    except OSError as error:
        return Finding(FindingKind.UNREADABLE, entry.path, entry.key, reason(error))
    if found.state is LocalState.NEW:
        return Finding(FindingKind.MISSING, entry.path, entry.key)
    if found.state is LocalState.HERE:
        return None if entry.path.endswith("/") else found.proof or Proof.LENGTH
    is_foreign = entry.own is None and found.state is LocalState.CONFLICT
    if found.is_damaged and not is_foreign:
        return Finding(FindingKind.CORRUPT, entry.path, entry.key, DAMAGED)
    kind = FindingKind.DIFFERENT if found.is_damaged else otherwise
    return Finding(kind, entry.path, entry.key, found.why)
