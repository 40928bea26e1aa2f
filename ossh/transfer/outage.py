"""A time in which the service cannot be used: what is waited for, and when to look again. Pure."""

from dataclasses import dataclass, replace

from ossh.model import Cause, Failure

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0

_NOTES = {
    Cause.NETWORK: "waiting for the network",
    Cause.EXPIRED: "waiting for new credentials",
    Cause.BAD_CREDENTIALS: "waiting for new credentials",
    Cause.CLOCK: "waiting for the clock to be set",
    Cause.THROTTLED: "the service asked to slow down",
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
        """Return what a person is told meanwhile."""
        return _NOTES.get(self.failure.cause, self.failure.message)
