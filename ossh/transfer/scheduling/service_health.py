"""What a run knows of the service: whether it ever answered, and whether it is usable. Pure."""

from dataclasses import replace
from math import inf

from ossh.backoff import Backoff
from ossh.language import Words
from ossh.model import Cause, Failure, value
from ossh.transfer.scheduling.retry_policy import DECISIONS, Decision

# Between two attempts to end an outage, or to use an access key for one object; a person sees
# within ten seconds that it is over.
PAUSES = Backoff(0.5, 10.0)

# Why the service cannot be reached: nothing answers, or something else does.
CLOSED = frozenset({Cause.NETWORK, Cause.NOT_OSS})
_CREDENTIALS = frozenset({Cause.EXPIRED, Cause.BAD_CREDENTIALS})  # others could end the wait
# What may hold for single objects only, so that these cannot tell whether it is over.
_OF_SOME = frozenset({Cause.NOT_OSS, Cause.BAD_CREDENTIALS})

_NOTES = {
    Cause.NETWORK: Words("waiting for the network"),
    Cause.NOT_OSS: Words("waiting for OSS: something else answers, such as a login page"),
    Cause.EXPIRED: Words("waiting for new credentials"),
    Cause.BAD_CREDENTIALS: Words("waiting for new credentials"),
    Cause.CLOCK: Words("waiting for the clock to be set"),
    Cause.NO_WORKER: Words("waiting for workers"),
    Cause.THROTTLED: Words("the service asked to slow down"),
}


@value
class Outage:
    """Why nothing is sent, since when, and when the next attempt to end it is due.

    Times are monotonic seconds. Throttling is an outage too, but after it everybody goes on;
    after the others a single probe goes first.
    """

    failure: Failure
    since: float
    probe_at: float
    failures: int = 1  # that prolonged it, the first included

    @classmethod
    def begun(cls, failure: Failure, now: float) -> "Outage":
        """Return an outage that begins now."""
        return cls(failure, now, now + (failure.wait_seconds or PAUSES.after(1)))

    def prolonged(self, failure: Failure, now: float) -> "Outage":
        """Return the outage after one more failure; until the next attempt is due, none counts."""
        if now < self.probe_at:
            return self
        failures = self.failures + 1
        pause = failure.wait_seconds or PAUSES.after(failures)
        return Outage(failure, self.since, now + pause, failures)

    def after_success(self, now: float) -> "Outage | None":
        """Return what is left of the outage after a success: only a pause that was asked for."""
        if self.is_throttling and now < self.probe_at:
            return self
        return None

    @property
    def is_throttling(self) -> bool:
        """Return whether the service is there, but asked to slow down."""
        return self.failure.cause is Cause.THROTTLED

    @property
    def note(self) -> str:
        """Return what a person is shown while it lasts."""
        return _NOTES.get(self.failure.cause, self.failure.message)


class ServiceHealth:
    """The service, as far as its answers show."""

    def __init__(self) -> None:
        self.has_answered = False  # it served something in this run
        self.outage: Outage | None = None
        self.sent_before = 0  # tasks that had been sent when the outage began

    def served(self, now: float, task: float = inf) -> None:
        """Learn that the service answered a request.

        Args:
            now: Monotonic seconds.
            task: The number of the answered task, among those of the run; by default of one sent
                just now. The answer to a task that was sent before an outage began may come after
                the refusal, and does not end the outage; patience begins anew.
        """
        self.has_answered = True
        self.renew_patience(now)
        if self.outage is not None and task > self.sent_before:
            self.outage = self.outage.after_success(now)

    def refused(self, failure: Failure, now: float, sent: int) -> bool:
        """Wait because of a failure; return whether the waiting begins with it.

        `sent` is the number of tasks that the run has sent so far.
        """
        if self.outage is not None:
            self.outage = self.outage.prolonged(failure, now)
            return False
        self.sent_before = sent
        self.outage = Outage.begun(failure, now)
        return True

    def mended(self, now: float) -> bool:
        """Let the run try again at once; False when it is not waiting for anything."""
        if self.outage is None:
            return False
        self.outage = replace(self.outage, probe_at=now)
        return True

    def renew_patience(self, now: float) -> None:
        """Count an outage from now on only: nothing is sent to end it, or not all is at a halt."""
        if self.outage is not None:
            self.outage = replace(self.outage, since=now)

    def decision_for(self, failure: Failure) -> Decision:
        """Return what to do about a failure, by the table and by what is known."""
        if failure.cause is Cause.BAD_CREDENTIALS and self.has_answered:
            return Decision.WAIT  # they were good a moment ago: rotated, or disabled
        return DECISIONS[failure.cause]

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
    def waits_for(self) -> Cause | None:
        """Return why nothing is sent, None while the service can be used."""
        return None if self.outage is None else self.outage.failure.cause

    @property
    def needs_question(self) -> bool:
        """Return whether the request that goes first must concern no object."""
        return self.waits_for in _OF_SOME

    @property
    def is_unreachable(self) -> bool:
        return self.waits_for in CLOSED

    @property
    def is_replaced(self) -> bool:
        """Return whether something else is known to answer in its place."""
        return self.waits_for is Cause.NOT_OSS

    @property
    def wants_credentials(self) -> bool:
        return self.waits_for in _CREDENTIALS

    @property
    def wants_clock(self) -> bool:
        """Return whether the run waits for this computer's clock to be corrected."""
        return self.waits_for is Cause.CLOCK
