"""What happens to what is in an object's place: the rules, as one table. Pure.

`LocalFiles` finds out which conditions hold; the first rule whose conditions all hold applies.
docs/local-files.md is made from the rules.
"""

from enum import StrEnum
from typing import Final

from ossh.language import Words
from ossh.model import Cause, Failure, Proof, value

MTIME_TOLERANCE_SECONDS = 2.0  # FAT keeps even seconds
UNSAFE_SECONDS = 120.0  # longer than any system holds back written bytes
_FINE_SECONDS = 0.01  # how far a disk that keeps fractions may be off: exFAT rounds to this


class LocalState(StrEnum):
    """How what is on disk compares with an object."""

    NEW = "new"  # nothing is there
    HERE = "here"  # the same is there
    CHANGED = "changed"  # something older, damaged or unfinished is there, to be replaced
    CONFLICT = "conflict"  # something is there that must be kept


class Condition(StrEnum):
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
    """What happens to a place where certain conditions hold."""

    conditions: frozenset[Condition]
    state: LocalState
    why: str = ""  # for what must be kept: what people are shown


def _rule(*conditions: Condition, to: LocalState, why: str = "") -> Rule:
    return Rule(frozenset(conditions), to, why)


_NEW, _HERE, _REPLACED, _KEPT = LocalState
LINK_IN_PLACE = Words("there is a link in its place")
FOLDER_IN_PLACE = Words("there is a folder in its place")
FILE_FOR_FOLDER = Words("there is a file where the folder belongs")
_EDITED = Words("the local file was edited since it was downloaded")

# The first that matches applies.
RULES: Final = (
    _rule(Condition.NOTHING, to=_NEW),
    _rule(Condition.FOR_FOLDER, Condition.FOLDER, to=_HERE),
    _rule(Condition.FOR_FOLDER, to=_KEPT, why=FILE_FOR_FOLDER),
    _rule(Condition.FOLDER, to=_KEPT, why=FOLDER_IN_PLACE),
    _rule(Condition.ODD, to=_KEPT, why=Words("what is in its place is not a file")),
    # links
    _rule(Condition.LINK, Condition.OUTSIDE, to=_KEPT, why=LINK_IN_PLACE),
    _rule(Condition.LINK, Condition.BENT, Condition.REPLACE, to=_REPLACED),
    _rule(Condition.LINK, Condition.BENT, to=_KEPT, why=LINK_IN_PLACE),
    _rule(Condition.LINK, Condition.MADE, Condition.CLAIMED, Condition.FOR_LINK, to=_HERE),
    _rule(Condition.LINK, Condition.MADE, to=_REPLACED),
    _rule(Condition.LINK, Condition.OURS, to=_KEPT, why=LINK_IN_PLACE),
    _rule(Condition.LINK, Condition.FOR_LINK, to=_REPLACED),
    _rule(Condition.LINK, to=_KEPT, why=LINK_IN_PLACE),
    # the object itself
    _rule(Condition.SAME_SIZE, Condition.ITS_TIME, Condition.TRUSTED, to=_HERE),
    _rule(Condition.SAME_SIZE, Condition.PROVED, to=_HERE),
    _rule(Condition.REPLACE, to=_REPLACED),
    # damage: no edit leaves the time that ossh gave
    _rule(Condition.SAME_SIZE, Condition.OWN_TIME, to=_REPLACED),
    _rule(Condition.SHORTER, Condition.OWN_TIME, to=_REPLACED),
    _rule(Condition.SHORTER, Condition.UNSAFE, to=_REPLACED),
    # what people made
    _rule(
        Condition.READ_ONLY,
        to=_KEPT,
        why=Words("the local file is read-only and differs from the object"),
    ),
    _rule(Condition.OURS, to=_KEPT, why=_EDITED),
    # a followed symlink: its listed size is not that of what it leads to
    _rule(Condition.FOR_LINK, Condition.OWN_TIME, to=_REPLACED),
    _rule(
        Condition.EARLIER,
        Condition.FINE_TIME,
        to=_KEPT,
        why=Words("the local file is older than the object, but seems to have been edited"),
    ),
    # what others fetched
    _rule(Condition.EARLIER, to=_REPLACED),
    _rule(to=_KEPT, why=Words("the local file differs from the object and is not older")),
)


@value
class Comparison:
    """How an object's place compares with it, by the rules."""

    state: LocalState
    proof: Proof | None = None  # what shows that the file is the object
    why: str = ""  # what is there must be kept

    @property
    def failure(self) -> Failure:
        """Return the failure of an object whose place is taken by something that must be kept."""
        return Failure(Cause.LOCAL_CONFLICT, "local conflict", self.why)


@value
class Policy:
    """What holds for all places of one run."""

    replace: bool = False  # a file that would be kept is replaced
    is_doubtful: bool = False  # files may lack bytes despite their size and time
    reads_bytes: bool = True  # whose MD5 may show that they are the object, whatever the date
    was_killed: bool = False  # a run that was killed may have delivered files that no row knows of


def judge(conditions: set[Condition]) -> Comparison:
    """Return what the rules say of a place."""
    rule = next(one for one in RULES if one.conditions <= conditions)
    proof = Proof.MD5 if Condition.PROVED in rule.conditions else None
    return Comparison(rule.state, proof, rule.why)


def size_condition(found: int, size: int) -> Condition:
    """Return how a file's size compares with its object's; both are bytes."""
    if found == size:
        return Condition.SAME_SIZE
    return Condition.SHORTER if found < size else Condition.LONGER


def time_conditions(found: float, modified: float) -> set[Condition]:
    """Return how a file's mtime compares with its object's time; both are epoch seconds."""
    conditions = set() if found.is_integer() else {Condition.FINE_TIME}
    if is_own_time(found, modified):
        return conditions | {Condition.ITS_TIME, Condition.OWN_TIME}
    if is_its_time(found, modified):
        return conditions | {Condition.ITS_TIME}
    return conditions | {Condition.EARLIER if found < modified else Condition.LATER}


def is_its_time(found: float, modified: float) -> bool:
    """Return whether a file's mtime is its object's time, for all that disks keep of it."""
    return abs(found - modified) <= MTIME_TOLERANCE_SECONDS


def is_own_time(found: float, modified: float) -> bool:
    """Return whether a file's mtime is what ossh gave it, as disks round that.

    They round to whole seconds; a write within these seconds would leave a fraction.
    """
    is_exact = abs(found - modified) < _FINE_SECONDS
    return is_exact or (found.is_integer() and is_its_time(found, modified))
