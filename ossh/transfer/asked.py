"""What comes of asking OSS to thaw objects: counts, refusals by reason, and rows. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ossh.language import Words
from ossh.manifest import Outcome
from ossh.model import Cause, Entry, Failure, Status, Thaw, value
from ossh.protocol import advice, archived
from ossh.store.restore import Restored, days_of
from ossh.transfer.answers import ANSWERS, Answer

PER_SECOND = 100  # requests; what an account may ask of the cold classes lies not far above
HOPELESS = 20  # refusals before anything was accepted, after which ossh stops asking


@value
class Wish:
    """What is asked for.

    Args:
        days: How long objects stay readable.
        tier: Of the cold classes; "" leaves it to OSS.
        per_second: Requests, at most.
        pause_seconds: After the first failure of a request; each further one doubles it.
    """

    days: int
    tier: str = ""
    per_second: int = PER_SECOND
    pause_seconds: float = 0.5


@dataclass(slots=True)
class Refused:
    """Objects that OSS refuses to restore, all for one reason."""

    failure: Failure  # of the first
    objects: int = 0

    @property
    def advice(self) -> str:
        """Return what a person does about it."""
        if self.failure.cause is Cause.DENIED:
            return Words(
                "the user needs oss:RestoreObject on this bucket: ask whoever runs the account"
            )
        return advice(self.failure.cause, self.failure.code)


@dataclass(slots=True)
class Asked:
    """What came of it so far."""

    accepted: int = 0
    accepted_size: int = 0  # bytes
    thawing: int = 0  # somebody had asked before
    readable: int = 0  # as it turned out
    gone: int = 0
    frozen_again: int = 0  # thawed once, and their time was over: nobody was shown these
    refused: dict[str, Refused] = field(default_factory=dict)  # by the service's code
    seconds: float = 0.0
    is_whole: bool = False  # False: it was stopped, or gave up
    stopped_by: Failure | None = None  # what nothing could be done about

    @property
    def status(self) -> int:
        """Return the exit status: 0 all asked for, 1 some refused, 3 gave up, 130 stopped."""
        if self.stopped_by is not None:
            return 3
        if self.refused:
            return 1
        return 0 if self.is_whole else 130

    @property
    def is_hopeless(self) -> bool:
        """Return whether it is clear that no object will be restored."""
        refused = sum(one.objects for one in self.refused.values())
        return refused >= HOPELESS and not self.accepted

    def learn(self, entry: Entry, answer: Restored | Failure, wish: Wish) -> Outcome | None:
        """Count an answer and return what the manifest must know; None for nothing new."""
        match answer:
            case Restored.ACCEPTED:
                self.accepted += 1
                self.accepted_size += entry.size
                return _outcome(entry, Status.ARCHIVED, thawing(entry.storage_class, wish))
            case Restored.THAWING:
                self.thawing += 1
                return _outcome(entry, Status.ARCHIVED, archived(Thaw.ONGOING))
            case Restored.READABLE:
                self.readable += 1
                return _outcome(entry, Status.PENDING)
            case Failure(cause=Cause.GONE):
                self.gone += 1
                return _outcome(entry, Status.GONE, answer)
            case Failure():
                self._refuse(answer)
                return None

    def _refuse(self, failure: Failure) -> None:
        if ANSWERS[failure.cause] in {Answer.GIVE_UP, Answer.REPLAN}:
            self.refused.setdefault(failure.code, Refused(failure)).objects += 1
        else:
            self.stopped_by = failure


def thawing(storage_class: str, wish: Wish) -> Failure:
    """Return why an object that was just asked for cannot be read yet."""
    days, tier = days_of(storage_class, wish.days), f", tier {wish.tier}" if wish.tier else ""
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    why = archived(Thaw.ONGOING)
    text = f"{why.message}, requested on {when} for {days} day{'s' if days > 1 else ''}{tier}"
    return Failure(why.cause, why.code, text)


def _outcome(entry: Entry, status: Status, failure: Failure | None = None) -> Outcome:
    finished = entry.finished_seconds  # whether a file there is ours outlasts this
    return Outcome(entry.row, status, 0, failure, entry.proof, finished=finished)
