"""What a run knows of the service: whether it ever answered, and whether it is usable. Pure."""

from math import inf

from ossh.backoff import Backoff
from ossh.language import Words
from ossh.model import Cause, Failure
from ossh.transfer.scheduling.retry_policy import DECISIONS, Decision

# Between two attempts to end an outage, or to have one object's requests accepted; a person sees
# within ten seconds that it is over.
PAUSES = Backoff(0.5, 10.0)

# Why the service cannot be reached: nothing answers, or something else does.
CLOSED = frozenset({Cause.NETWORK, Cause.NOT_OSS})
# What the service itself is asked about, as it may hold for single objects only, so that these
# cannot tell whether it is over. Its answer also sets the clock.
ASKED = frozenset({Cause.NOT_OSS, Cause.BAD_CREDENTIALS, Cause.CLOCK})

_NOTES = {
    Cause.NETWORK: Words("waiting for the network"),
    Cause.NOT_OSS: Words("waiting for OSS: something else answers, such as a login page"),
    Cause.EXPIRED: Words("waiting for new credentials"),
    Cause.BAD_CREDENTIALS: Words("waiting for new credentials"),
    Cause.CLOCK: Words("waiting for the clock to be set"),
    Cause.NO_WORKER: Words("waiting for workers"),
    Cause.THROTTLED: Words("the service asked to slow down"),
}


class ServiceHealth:
    """The service, as far as its answers show; times are monotonic seconds.

    During an outage nothing is sent. Throttling is one too, but when its pause is over everybody
    goes on; in the others a single probe goes first.
    """

    def __init__(self) -> None:
        self.has_answered = False  # it served something in this run
        self.outage: Failure | None = None  # why nothing is sent
        self.since = 0.0  # when the outage began, or was last seen to be no halt of all
        self.probe_at = 0.0  # when the next attempt to end it is due
        self.sent_before = 0  # tasks that had been sent when the outage began
        self.closed_before = 0  # the same when it was last seen to be out of reach
        self._failures = 0  # that made it as long as it is

    def served(self, now: float, task: float = inf) -> None:
        """Learn that the service answered a request; only a pause that was asked for is kept.

        `task` is the number of the answered task, by default of one sent just now. The answer to
        one that was sent before an outage began may come after the refusal, and does not end the
        outage; patience begins anew.
        """
        self.has_answered = True
        self.since = now
        outage = self.outage
        if outage is not None and task > self.sent_before:
            is_pause = outage.cause is Cause.THROTTLED and now < self.probe_at
            self.outage = outage if is_pause else None

    def refused(self, failure: Failure, now: float, sent: int) -> bool:
        """Wait because of a failure; return whether the waiting begins with it.

        Until the next attempt is due, further failures change nothing. `sent` is the number of
        tasks that the run has sent so far.
        """
        is_first = self.outage is None
        if failure.cause in CLOSED:
            self.closed_before = sent
        if is_first:
            self.since, self.sent_before, self._failures = now, sent, 0
        elif now < self.probe_at:
            return False
        self.outage = failure
        self._failures += 1
        self.probe_at = now + (failure.wait_seconds or PAUSES.after(self._failures))
        return is_first

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
        if outage is None or (outage.cause is Cause.THROTTLED and now >= self.probe_at):
            return ""
        return _NOTES.get(outage.cause, outage.message)

    def pause(self, now: float) -> float:
        """Return how long nothing is to be sent from now on, in seconds."""
        return 0.0 if self.outage is None else max(0.0, self.probe_at - now)

    @property
    def needs_probe(self) -> bool:
        """Return whether a single request goes first, to see whether it is back."""
        return self.waits_for not in {None, Cause.THROTTLED}

    @property
    def waits_for(self) -> Cause | None:
        """Return why nothing is sent, None while the service can be used."""
        return None if self.outage is None else self.outage.cause

    @property
    def wants_credentials(self) -> bool:
        return self.waits_for in {Cause.EXPIRED, Cause.BAD_CREDENTIALS}
