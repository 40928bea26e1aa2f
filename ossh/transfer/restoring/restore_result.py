"""The result of asking OSS to thaw objects: counts, refusals by reason, and rows. Pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from ossh.advice import advice
from ossh.errors import STATUS_INTERRUPTED, STATUS_MISSING, STATUS_STOPPED
from ossh.language import Words
from ossh.manifest import Outcome, keeping
from ossh.model import Cause, Entry, Failure, Status, Thaw, value
from ossh.protocol import archived
from ossh.store.restore import Restored, days_of
from ossh.transfer.scheduling.retry_policy import DECISIONS, Decision

HOPELESS = 20  # refusals before anything was accepted, after which ossh stops asking


@value
class RestoreRequest:
    """How objects are to be restored."""

    days: int  # for which they stay readable
    tier: str = ""  # of the cold classes; "" leaves it to OSS
    # requests, at most; what an account may ask of the cold classes lies not far above
    per_second: int = 100
    pause_seconds: float = 0.5  # after the first failure of a request; each further one doubles it


@dataclass(slots=True)
class Refusals:
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
class RestoreResult:
    """The result so far."""

    accepted: int = 0
    accepted_size: int = 0  # bytes
    thawing: int = 0  # had been asked for before
    readable: int = 0  # as it turned out
    gone: int = 0
    frozen_again: int = 0  # had thawed, but their time was over: no person was shown these
    refused: dict[str, Refusals] = field(default_factory=dict)  # by the service's code
    seconds: float = 0.0
    is_whole: bool = False  # False: it was stopped, or gave up
    stopped_by: Failure | None = None  # why it gave up

    @property
    def status(self) -> int:
        """Return the exit status: 0 all asked for, 1 some refused, 3 gave up, 130 stopped."""
        if self.stopped_by is not None:
            return STATUS_STOPPED
        if self.refused:
            return STATUS_MISSING
        return 0 if self.is_whole else STATUS_INTERRUPTED

    @property
    def is_hopeless(self) -> bool:
        """Return whether it is clear that no object will be restored."""
        refused = sum(one.objects for one in self.refused.values())
        return refused >= HOPELESS and not self.accepted

    def learn(
        self, entry: Entry, answer: Restored | Failure, request: RestoreRequest
    ) -> Outcome | None:
        """Count an answer and return what the manifest must know; None for nothing new."""
        match answer:
            case Restored.ACCEPTED:
                self.accepted += 1
                self.accepted_size += entry.size
                return keeping(entry, Status.ARCHIVED, thawing(entry.storage_class, request))
            case Restored.THAWING:
                self.thawing += 1
                return keeping(entry, Status.ARCHIVED, archived(Thaw.ONGOING))
            case Restored.READABLE:
                self.readable += 1
                return keeping(entry, Status.PENDING)
            case Failure(cause=Cause.GONE):
                self.gone += 1
                return keeping(entry, Status.GONE, answer)
            case Failure() if DECISIONS[answer.cause] in {Decision.GIVE_UP, Decision.REPLAN}:
                self.refused.setdefault(answer.code, Refusals(answer)).objects += 1
                return None
            case Failure():
                self.stopped_by = answer
                return None


def thawing(storage_class: str, request: RestoreRequest) -> Failure:
    """Return why an object that was just asked for cannot be read yet."""
    days = days_of(storage_class, request.days)
    tier = f", tier {request.tier}" if request.tier else ""
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    why = archived(Thaw.ONGOING)
    text = f"{why.message}, requested on {when} for {days} day{'s' if days > 1 else ''}{tier}"
    return Failure(why.cause, why.code, text)
