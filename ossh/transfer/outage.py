"""What a run knows of the service: whether it ever answered, and whether it can be used. Pure."""

from dataclasses import dataclass, replace
from math import inf

from ossh.language import Words
from ossh.model import Cause, Failure
from ossh.transfer.answers import ANSWERS, Answer

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0

# Why the service cannot be reached: nothing answers, or something else does.
CLOSED = frozenset({Cause.NETWORK, Cause.NOT_OSS})

_NOTES = {
    Cause.NETWORK: Words("waiting for the network"),
    Cause.NOT_OSS: Words("waiting for OSS: something else answers, such as a login page"),
    Cause.EXPIRED: Words("waiting for new credentials"),
    Cause.BAD_CREDENTIALS: Words("waiting for new credentials"),
    Cause.CLOCK: Words("waiting for the clock to be set"),
    Cause.NO_WORKER: Words("waiting for workers"),
    Cause.THROTTLED: Words("the service asked to slow down"),
}


@dataclass(frozen=True, slots=True)
class Outage:
    """Why nothing is sent, since when, and when the next attempt to end it is due.

    Times are monotonic seconds. Throttling is an outage too, but after it everybody goes on;
    after the others a single probe goes first.
    """

    failure: Failure
    since: float
    probe_at: float
    pause: float

    @classmethod
    def begun(cls, failure: Failure, now: float) -> "Outage":
        """Return an outage that begins now."""
        pause = failure.wait_seconds or FIRST_PAUSE_SECONDS
        return cls(failure, now, now + pause, pause)

    def prolonged(self, failure: Failure, now: float) -> "Outage":
        """Return it after one more failure; those sent before the last look change nothing."""
        if now < self.probe_at:
            return self
        pause = failure.wait_seconds or min(2 * self.pause, LONGEST_PAUSE_SECONDS)
        return Outage(failure, self.since, now + pause, pause)

    def after_success(self, now: float) -> "Outage | None":
        """Return what is left of it when something succeeded: only a pause that was asked for."""
        if self.is_throttling and now < self.probe_at:
            return replace(self, since=now)
        return None

    @property
    def is_throttling(self) -> bool:
        """Return whether the service is there, but asked to slow down."""
        return self.failure.cause is Cause.THROTTLED

    @property
    def wants_credentials(self) -> bool:
        """Return whether other credentials could end it."""
        return self.failure.cause in {Cause.EXPIRED, Cause.BAD_CREDENTIALS}

    @property
    def note(self) -> str:
        """Return what a person is shown while it lasts."""
        return _NOTES.get(self.failure.cause, self.failure.message)


class Service:
    """The service, as far as its answers show."""

    def __init__(self) -> None:
        self.has_answered = False  # it served something in this run
        self.outage: Outage | None = None
        self._sent = 0  # tasks that had been sent when the outage began

    def served(self, now: float, task: float = inf) -> None:
        """Take note that it serves.

        Args:
            now: Monotonic seconds.
            task: How manieth of the run the task was that it answered; by default one sent just
                now. An answer to what was sent before an outage began may come after the refusal,
                and does not end the outage.
        """
        self.has_answered = True
        if self.outage is not None and task > self._sent:
            self.outage = self.outage.after_success(now)

    def refused(self, failure: Failure, now: float, sent: int) -> bool:
        """Take note of a failure that is waited out; True when the waiting begins with it.

        Args:
            failure: Of a task, or of the listing.
            now: Monotonic seconds.
            sent: How many tasks the run has sent so far.
        """
        begins = self.outage is None
        if self.outage is None:
            self._sent = sent
            self.outage = Outage.begun(failure, now)
        else:
            self.outage = self.outage.prolonged(failure, now)
        return begins

    def mended(self, now: float) -> bool:
        """Have it tried again at once; False when nothing is waited for."""
        if self.outage is None:
            return False
        self.outage = replace(self.outage, probe_at=now)
        return True

    def answer(self, failure: Failure) -> Answer:
        """Return what to do about a failure, by the table and by what is known."""
        if failure.cause is Cause.BAD_CREDENTIALS and self.has_answered:
            return Answer.WAIT  # they were good a moment ago: rotated, or disabled
        return ANSWERS[failure.cause]

    def note(self, now: float) -> str:
        """Return what a person is told of an outage, "" when nothing is waited for.

        Once a pause that was asked for is over, all go on, though none may have been served yet.
        """
        outage = self.outage
        if outage is None or (outage.is_throttling and now >= outage.probe_at):
            return ""
        return outage.note

    def pause(self, now: float) -> float:
        """Return how long nothing is to be sent from now on, in seconds."""
        return 0.0 if self.outage is None else max(0.0, self.outage.probe_at - now)

    @property
    def needs_probe(self) -> bool:
        """Return whether a single request goes first, to see whether it is back."""
        return self.outage is not None and not self.outage.is_throttling

    @property
    def is_unreachable(self) -> bool:
        """Return whether the way to the service is known to be closed."""
        return self.outage is not None and self.outage.failure.cause in CLOSED

    @property
    def is_replaced(self) -> bool:
        """Return whether something else is known to answer in its place."""
        return self.outage is not None and self.outage.failure.cause is Cause.NOT_OSS

    @property
    def wants_credentials(self) -> bool:
        """Return whether the run waits for other credentials."""
        return self.outage is not None and self.outage.wants_credentials

    @property
    def wants_clock(self) -> bool:
        """Return whether the run waits for this computer's clock to be corrected."""
        return self.outage is not None and self.outage.failure.cause is Cause.CLOCK
