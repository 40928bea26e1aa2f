"""What happens to what is in an object's place: the rules, as one table. Pure.

ossh replaces, moves or removes only a file that it wrote, or proved byte for byte, and that is as
it left it. `LocalFiles` finds out which conditions hold; the first rule whose conditions all hold
applies. docs/local-files.md is made from the rules.
"""

from collections.abc import Set as AbstractSet
from datetime import date
from enum import StrEnum, auto
from typing import Final

from ossh.advice import IMMOVABLE, REPLACEABLE
from ossh.language import Words
from ossh.model import Cause, Failure, OwnFile, Proof, value
from ossh.transfer.disk.own_places import OwnPlaces

DATE_TOLERANCE_SECONDS = 2.0  # FAT keeps even seconds
# Longer than systems hold back written bytes: Linux does so for 35 s, unless it was set otherwise.
UNSAFE_SECONDS = 120.0


class LocalState(StrEnum):
    """How what is on disk compares with an object."""

    NEW = auto()  # nothing is there
    HERE = auto()  # the same is there
    CHANGED = auto()  # what ossh left there for another version of the object: to be replaced
    TRASHED = auto()  # something else is there, which the object moves to the trash
    CONFLICT = auto()  # something is there that must be kept


class Condition(StrEnum):
    """One thing that is true of an object's place."""

    # what is there
    NOTHING = "nothing"
    FOLDER = "a folder"
    ODD = "a pipe, a socket or a device"
    LINK = "a link"
    FILE = "a file"
    READ_ONLY = "read-only"
    # what it holds
    SAME_BYTES = "byte for byte the object"
    OTHER_BYTES = "size and time as ossh left them, other bytes"
    SIZE_AND_DATE = "the object's size and, within two seconds, its date"
    # whose it is
    AS_LEFT = "as ossh left it"
    EDITED = "edited: another size or time than this job left"
    OF_ANOTHER = "another job has it for a different object"
    OF_NO_JOB = "left by ossh for a different object, which no job has there any more"
    # of the object and the job
    FOR_FOLDER = "a folder belongs there"
    CURRENT = "the object has not changed since"
    IN_DOUBT = (
        "fetched in the last two minutes of fetching before the machine restarted; no larger than "
        "it was, with its object's date or the time at which it was fetched"
    )
    REPLACE = "any of the rest, with `--replace`"


@value
class Rule:
    """What happens to a place where certain conditions hold."""

    conditions: AbstractSet[Condition]
    state: LocalState
    why: str = ""  # for what must be kept: what people are shown


_NEW, _HERE, _REPLACED, _TRASHED, _KEPT = LocalState
FOLDER_IN_PLACE = Words("there is a folder in its place")
FILE_FOR_FOLDER = Words("there is a file where the folder belongs")
NOT_OURS = Words("the local file differs from the object, and is not known to be ossh's")
OF_ANOTHER = Words("another job has a different object there")
DAMAGED = Words("its bytes differ from those that were verified")

# The first that matches applies.
RULES: Final = (
    Rule({Condition.NOTHING}, _NEW),
    Rule({Condition.FOR_FOLDER, Condition.FOLDER}, _HERE),
    Rule({Condition.FOLDER}, _KEPT, FOLDER_IN_PLACE),
    Rule({Condition.ODD}, _KEPT, Words("what is in its place is not a file")),
    Rule(
        {Condition.FOR_FOLDER, Condition.LINK},
        _KEPT,
        Words("there is a link where the folder belongs"),
    ),
    # the object itself
    Rule({Condition.SAME_BYTES}, _HERE),
    Rule({Condition.AS_LEFT, Condition.CURRENT}, _HERE),
    Rule({Condition.OF_ANOTHER}, _KEPT, OF_ANOTHER),
    Rule({Condition.SIZE_AND_DATE}, _HERE),
    # whoever made it so wants to keep it
    Rule({Condition.READ_ONLY}, _KEPT, Words("the local file is read-only")),
    # what ossh left
    Rule({Condition.AS_LEFT}, _REPLACED),
    Rule({Condition.OTHER_BYTES}, _TRASHED),
    Rule({Condition.FILE, Condition.IN_DOUBT}, _TRASHED),
    # what others made
    Rule({Condition.REPLACE}, _TRASHED),
    Rule({Condition.FOR_FOLDER}, _KEPT, FILE_FOR_FOLDER),
    Rule(
        {Condition.OF_NO_JOB},
        _KEPT,
        Words("there is a file in its place that ossh left for another object"),
    ),
    Rule({Condition.LINK}, _KEPT, Words("there is a link in its place")),
    Rule({Condition.EDITED}, _KEPT, Words("the local file was edited since it was downloaded")),
    Rule(set(), _KEPT, NOT_OURS),
)


# What `--replace` would move out of the way; the path of that may follow.
_REPLACEABLE = tuple(
    one.why
    for one in RULES[[one.conditions for one in RULES].index({Condition.REPLACE}) :]
    if one.why
)


def conflict(why: str) -> Failure:
    """Return the failure of an object whose place is taken by something that must be kept."""
    code = REPLACEABLE if why.startswith(_REPLACEABLE) else IMMOVABLE
    return Failure(Cause.LOCAL_CONFLICT, code, why)


@value
class Comparison:
    """How an object's place compares with it, by the rules."""

    state: LocalState
    own: OwnFile | None = None  # what is there, if ossh left it or has proved it just now
    proof: Proof | None = None  # that this is the object
    is_read: bool = False  # all of it was looked at: each byte, or where the link points
    is_damaged: bool = False  # it should be the object by its time, or by what was recorded
    why: str = ""  # what is there must be kept

    @property
    def failure(self) -> Failure:
        """Return the failure of an object whose place is taken by something that must be kept."""
        return conflict(self.why)


@value
class Policy:
    """What holds for all places of one run."""

    replace: bool = False  # what would be kept goes to the trash, if that is a file or a link
    doubted_since: float | None = None  # epoch seconds; what was finished since may lack its bytes
    reads_bytes: bool = True  # whose MD5 may show that they are the object, whatever the date
    records_links: bool = False  # a symlink becomes a local link
    day: date = date.min  # names what goes to the trash
    own: OwnPlaces | None = None  # what no object gets
    durable: bool = False  # rows wait until files outlast a power cut


def judge(conditions: set[Condition]) -> Comparison:
    """Return what the rules say of a place."""
    rule = next(one for one in RULES if one.conditions <= conditions)
    return Comparison(rule.state, why=rule.why)


def is_its_date(found: float, modified: float) -> bool:
    """Return whether a file's time is its object's, for all that disks keep of it; in seconds."""
    return abs(found - modified) <= DATE_TOLERANCE_SECONDS
