"""What becomes of what stands in an object's place: the rules, as one table. Pure.

`Disk` looks, and says what it saw as marks; the first rule whose marks are all among them holds.
docs/local-files.md is made from them.
"""

from enum import StrEnum
from typing import Final

from ossh.language import Words
from ossh.model import Cause, Failure, Proof, value

MTIME_TOLERANCE_SECONDS = 2.0  # FAT keeps even seconds
UNSAFE_SECONDS = 120.0  # longer than any system keeps written bytes to itself
_FINE_SECONDS = 0.01  # what a disk that keeps fractions makes of a moment: exFAT rounds to this


class Standing(StrEnum):
    """How what is on disk compares with an object."""

    NEW = "new"  # nothing is there
    HERE = "here"  # the same is there
    CHANGED = "changed"  # something older, damaged or unfinished is there, to be replaced
    CONFLICT = "conflict"  # something is there that must be kept


class Mark(StrEnum):
    """One thing that is true of an object's place."""

    # what is there
    NOTHING = "nothing"
    FOLDER = "a folder"
    ODD = "a pipe or a device"
    LINK = "a link"
    FILE = "a file"
    # of a link
    OUTSIDE = "leads out of the target"
    MADE = "this job made a link here"
    BENT = "leads elsewhere than the one that this job made"
    CLAIMED = "as the job recorded it"
    # of a file
    SAME_SIZE = "the object's size"
    SHORTER = "shorter"
    LONGER = "longer"
    ITS_TIME = "within two seconds of the object's time"
    OWN_TIME = "the very time that ossh gives it"
    EARLIER = "earlier than the object"
    LATER = "later than the object"
    UNSAFE = (
        "last written as this job finished it, but for two minutes, before a start of the machine"
    )
    READ_ONLY = "read-only"
    PROVED = "its MD5 is the object's ETag"
    # of the object and the job
    TRUSTED = "not known to be damaged"
    OURS = "this job wrote it, or found it whole"
    FOR_FOLDER = "the object stands for a folder"
    FOR_LINK = "the object is a symlink"
    REPLACE = 'the job says `existing = "replace"`'


@value
class Rule:
    """What becomes of a place of which some marks are true."""

    marks: frozenset[Mark]
    standing: Standing
    why: str = ""  # of what must be kept: what people are told


def _rule(*marks: Mark, to: Standing, why: str = "") -> Rule:
    return Rule(frozenset(marks), to, why)


_NEW, _HERE, _KEPT, _REPLACED = (
    Standing.NEW,
    Standing.HERE,
    Standing.CONFLICT,
    Standing.CHANGED,
)
_LINK = Words("a link stands in its place")
_EDITED = Words("the local file was edited since it was downloaded")

# The first that fits holds.
RULES: Final = (
    _rule(Mark.NOTHING, to=_NEW),
    _rule(Mark.FOR_FOLDER, Mark.FOLDER, to=_HERE),
    _rule(Mark.FOR_FOLDER, to=_KEPT, why=Words("a file stands in the place of the folder")),
    _rule(Mark.FOLDER, to=_KEPT, why=Words("a folder stands in its place")),
    _rule(Mark.ODD, to=_KEPT, why=Words("something that is no file stands in its place")),
    # links
    _rule(Mark.LINK, Mark.OUTSIDE, to=_KEPT, why=_LINK),
    _rule(Mark.LINK, Mark.BENT, Mark.REPLACE, to=_REPLACED),
    _rule(Mark.LINK, Mark.BENT, to=_KEPT, why=_LINK),
    _rule(Mark.LINK, Mark.MADE, Mark.CLAIMED, Mark.FOR_LINK, to=_HERE),
    _rule(Mark.LINK, Mark.MADE, to=_REPLACED),
    _rule(Mark.LINK, Mark.OURS, to=_KEPT, why=_LINK),
    _rule(Mark.LINK, Mark.FOR_LINK, to=_REPLACED),
    _rule(Mark.LINK, to=_KEPT, why=_LINK),
    # the object itself
    _rule(Mark.SAME_SIZE, Mark.ITS_TIME, Mark.TRUSTED, to=_HERE),
    _rule(Mark.SAME_SIZE, Mark.PROVED, to=_HERE),
    _rule(Mark.REPLACE, to=_REPLACED),
    # damage: no edit leaves the time that ossh gave
    _rule(Mark.SAME_SIZE, Mark.OWN_TIME, to=_REPLACED),
    _rule(Mark.SHORTER, Mark.OWN_TIME, to=_REPLACED),
    _rule(Mark.SHORTER, Mark.UNSAFE, to=_REPLACED),
    # what people made
    _rule(
        Mark.READ_ONLY,
        to=_KEPT,
        why=Words("the local file is read-only and differs from the object"),
    ),
    _rule(Mark.OURS, to=_KEPT, why=_EDITED),
    _rule(Mark.EARLIER, to=_REPLACED),
    _rule(to=_KEPT, why=Words("the local file differs from the object and is no older")),
)


@value
class Found:
    """How an object's place stands."""

    standing: Standing
    proof: Proof | None = None  # that was found to hold
    why: str = ""  # it must be kept

    @property
    def failure(self) -> Failure:
        """Return the failure of an object whose place is taken by something that must be kept."""
        return Failure(Cause.LOCAL_CONFLICT, "local conflict", self.why)


@value
class Policy:
    """What holds for all places of one run."""

    replace: bool = False  # a file that would be kept is replaced
    is_doubtful: bool = False  # files may lack bytes that size and time speak for; see `doubt`


def judged(marks: set[Mark]) -> Found:
    """Return what the rules say of a place."""
    rule = next(one for one in RULES if one.marks <= marks)
    proof = Proof.MD5 if Mark.PROVED in rule.marks else None
    return Found(rule.standing, proof, rule.why)


def size_mark(found: int, size: int) -> Mark:
    """Return how a file's size compares with its object's; both are bytes."""
    if found == size:
        return Mark.SAME_SIZE
    return Mark.SHORTER if found < size else Mark.LONGER


def time_marks(found: float, modified: float) -> tuple[Mark, ...]:
    """Return how a file's mtime compares with its object's time; both are epoch seconds."""
    if is_own_time(found, modified):
        return Mark.ITS_TIME, Mark.OWN_TIME
    if abs(found - modified) <= MTIME_TOLERANCE_SECONDS:
        return (Mark.ITS_TIME,)
    return (Mark.EARLIER,) if found < modified else (Mark.LATER,)


def is_own_time(found: float, modified: float) -> bool:
    """Return whether a file's mtime is what ossh gave it, as disks round that.

    They round to whole seconds; whoever writes at some moment of these seconds leaves a fraction.
    """
    apart = abs(found - modified)
    return apart < _FINE_SECONDS or (apart <= MTIME_TOLERANCE_SECONDS and found == int(found))


def is_damaged(found_size: int, found: float, size: int, modified: float) -> bool:
    """Return whether a file that is not its object still has its time, and is no longer than it."""
    return found_size <= size and is_own_time(found, modified)
