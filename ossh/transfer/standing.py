"""What happens to what is in an object's place: the rules, as one table. Pure.

`Disk` checks, and reports what it found as traits; the first rule whose traits are all among them
applies. docs/local-files.md is made from the rules.
"""

from enum import StrEnum
from typing import Final

from ossh.language import Words
from ossh.model import Cause, Failure, Proof, value

MTIME_TOLERANCE_SECONDS = 2.0  # FAT keeps even seconds
UNSAFE_SECONDS = 120.0  # longer than any system holds back written bytes
_FINE_SECONDS = 0.01  # how far a disk that keeps fractions may be off: exFAT rounds to this


class Standing(StrEnum):
    """How what is on disk compares with an object."""

    NEW = "new"  # nothing is there
    HERE = "here"  # the same is there
    CHANGED = "changed"  # something older, damaged or unfinished is there, to be replaced
    CONFLICT = "conflict"  # something is there that must be kept


class Trait(StrEnum):
    """One thing that is true of an object's place."""

    # what is there
    NOTHING = "nothing"
    FOLDER = "a folder"
    ODD = "a pipe or a device"
    LINK = "a link"
    FILE = "a file"
    # of a link
    OUTSIDE = "points outside the target"
    MADE = "this job made a link here"
    BENT = "points somewhere other than the link this job made"
    CLAIMED = "as the job recorded it"
    # of a file
    SAME_SIZE = "the object's size"
    SHORTER = "shorter"
    LONGER = "longer"
    ITS_TIME = "within two seconds of the object's time"
    OWN_TIME = "exactly the time that ossh gives it"
    EARLIER = "earlier than the object"
    LATER = "later than the object"
    FINE_TIME = "its time has a fraction of a second"
    UNSAFE = (
        "last written within two minutes of when this job finished it, before the machine restarted"
    )
    READ_ONLY = "read-only"
    PROVED = "its MD5 is the object's ETag"
    # of the object and the job
    TRUSTED = "not known to be damaged"
    OURS = "this job wrote it, or found it complete"
    FOR_FOLDER = "the object represents a folder"
    FOR_LINK = "the object is a symlink"
    REPLACE = 'the job says `existing = "replace"`'


@value
class Rule:
    """What happens to a place that has certain traits."""

    traits: frozenset[Trait]
    standing: Standing
    why: str = ""  # for what must be kept: what people are shown


def _rule(*traits: Trait, to: Standing, why: str = "") -> Rule:
    return Rule(frozenset(traits), to, why)


_NEW, _HERE, _KEPT, _REPLACED = (
    Standing.NEW,
    Standing.HERE,
    Standing.CONFLICT,
    Standing.CHANGED,
)
_LINK = Words("there is a link in its place")
_EDITED = Words("the local file was edited since it was downloaded")

# The first that matches applies.
RULES: Final = (
    _rule(Trait.NOTHING, to=_NEW),
    _rule(Trait.FOR_FOLDER, Trait.FOLDER, to=_HERE),
    _rule(Trait.FOR_FOLDER, to=_KEPT, why=Words("there is a file where the folder belongs")),
    _rule(Trait.FOLDER, to=_KEPT, why=Words("there is a folder in its place")),
    _rule(Trait.ODD, to=_KEPT, why=Words("what is in its place is not a file")),
    # links
    _rule(Trait.LINK, Trait.OUTSIDE, to=_KEPT, why=_LINK),
    _rule(Trait.LINK, Trait.BENT, Trait.REPLACE, to=_REPLACED),
    _rule(Trait.LINK, Trait.BENT, to=_KEPT, why=_LINK),
    _rule(Trait.LINK, Trait.MADE, Trait.CLAIMED, Trait.FOR_LINK, to=_HERE),
    _rule(Trait.LINK, Trait.MADE, to=_REPLACED),
    _rule(Trait.LINK, Trait.OURS, to=_KEPT, why=_LINK),
    _rule(Trait.LINK, Trait.FOR_LINK, to=_REPLACED),
    _rule(Trait.LINK, to=_KEPT, why=_LINK),
    # the object itself
    _rule(Trait.SAME_SIZE, Trait.ITS_TIME, Trait.TRUSTED, to=_HERE),
    _rule(Trait.SAME_SIZE, Trait.PROVED, to=_HERE),
    _rule(Trait.REPLACE, to=_REPLACED),
    # damage: no edit leaves the time that ossh gave
    _rule(Trait.SAME_SIZE, Trait.OWN_TIME, to=_REPLACED),
    _rule(Trait.SHORTER, Trait.OWN_TIME, to=_REPLACED),
    _rule(Trait.SHORTER, Trait.UNSAFE, to=_REPLACED),
    # what people made
    _rule(
        Trait.READ_ONLY,
        to=_KEPT,
        why=Words("the local file is read-only and differs from the object"),
    ),
    _rule(Trait.OURS, to=_KEPT, why=_EDITED),
    # a followed symlink: its listed size is not that of what it leads to
    _rule(Trait.FOR_LINK, Trait.OWN_TIME, to=_REPLACED),
    _rule(
        Trait.EARLIER,
        Trait.FINE_TIME,
        to=_KEPT,
        why=Words("the local file is older than the object, but seems to have been edited"),
    ),
    # what others fetched
    _rule(Trait.EARLIER, to=_REPLACED),
    _rule(to=_KEPT, why=Words("the local file differs from the object and is not older")),
)


@value
class Found:
    """What was found in an object's place."""

    standing: Standing
    proof: Proof | None = None  # that was found to be true
    why: str = ""  # it must be kept

    @property
    def failure(self) -> Failure:
        """Return the failure of an object whose place is taken by something that must be kept."""
        return Failure(Cause.LOCAL_CONFLICT, "local conflict", self.why)


@value
class Policy:
    """What holds for all places of one run."""

    replace: bool = False  # a file that would be kept is replaced
    is_doubtful: bool = False  # files may lack bytes despite their size and time; see `doubt`


def judged(traits: set[Trait]) -> Found:
    """Return what the rules say of a place."""
    rule = next(one for one in RULES if one.traits <= traits)
    proof = Proof.MD5 if Trait.PROVED in rule.traits else None
    return Found(rule.standing, proof, rule.why)


def size_trait(found: int, size: int) -> Trait:
    """Return how a file's size compares with its object's; both are bytes."""
    if found == size:
        return Trait.SAME_SIZE
    return Trait.SHORTER if found < size else Trait.LONGER


def time_traits(found: float, modified: float) -> set[Trait]:
    """Return how a file's mtime compares with its object's time; both are epoch seconds."""
    traits = set() if found.is_integer() else {Trait.FINE_TIME}
    if is_own_time(found, modified):
        return traits | {Trait.ITS_TIME, Trait.OWN_TIME}
    if abs(found - modified) <= MTIME_TOLERANCE_SECONDS:
        return traits | {Trait.ITS_TIME}
    return traits | {Trait.EARLIER if found < modified else Trait.LATER}


def is_own_time(found: float, modified: float) -> bool:
    """Return whether a file's mtime is what ossh gave it, as disks round that.

    They round to whole seconds; a write within these seconds would leave a fraction.
    """
    apart = abs(found - modified)
    return apart < _FINE_SECONDS or (apart <= MTIME_TOLERANCE_SECONDS and found.is_integer())


def is_damaged(found_size: int, found: float, size: int, modified: float) -> bool:
    """Return whether a file that differs from its object has its time, and is not larger."""
    return found_size <= size and is_own_time(found, modified)
