"""Outage: what is waited for, and when to look again."""

import pytest

from ossh.model import Cause
from ossh.transfer.scheduling.service_health import PAUSES, ServiceHealth
from tests.unit.transfer.rig import failure

OFF = failure(Cause.NETWORK)


def refusing(first: Cause = Cause.NETWORK, wait_seconds: float = 0.0) -> ServiceHealth:
    """Return a service whose outage began at 100.0."""
    service = ServiceHealth()
    service.refused(failure(first, wait_seconds), 100.0, 0)
    return service


def test_the_first_look_is_soon_and_the_next_ones_later_and_later() -> None:
    service, now, pauses = refusing(), 100.0, []
    for _ in range(8):
        pauses.append(service.probe_at - now)
        now = service.probe_at
        service.refused(OFF, now, 0)

    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0] + [PAUSES.longest] * 3
    assert service.since == 100.0


def test_failures_of_what_was_sent_before_the_last_look_change_nothing() -> None:
    service = refusing()

    assert not service.refused(failure(Cause.EXPIRED), 100.4, 0)

    assert (service.outage, service.probe_at) == (OFF, 100.5)


def test_a_pause_that_was_asked_for_is_kept_but_patience_begins_anew() -> None:
    service = refusing(Cause.THROTTLED, 3.0)

    service.served(102.0)

    assert service.outage is not None
    assert (service.probe_at, service.since) == (103.0, 102.0)
    service.served(103.0)
    assert service.outage is None


@pytest.mark.parametrize(
    ("cause", "note"),
    [
        (Cause.NETWORK, "waiting for the network"),
        (Cause.NOT_OSS, "waiting for OSS: something else answers, such as a login page"),
        (Cause.EXPIRED, "waiting for new credentials"),
        (Cause.BAD_CREDENTIALS, "waiting for new credentials"),
        (Cause.CLOCK, "waiting for the clock to be set"),
        (Cause.THROTTLED, "the service asked to slow down"),
        (Cause.SERVER, "as the test wished"),
    ],
)
def test_a_person_is_told_what_is_waited_for(cause: Cause, note: str) -> None:
    assert refusing(cause).note(100.0) == note


@pytest.mark.parametrize("cause", Cause)
def test_credentials_and_rate_are_told_apart(cause: Cause) -> None:
    service = ServiceHealth()
    service.refused(failure(cause), 0.0, 0)

    assert service.needs_probe == (cause is not Cause.THROTTLED)
    assert service.wants_credentials == (cause in {Cause.EXPIRED, Cause.BAD_CREDENTIALS})


def test_only_the_answer_to_a_later_request_ends_an_outage() -> None:
    service = ServiceHealth()
    assert service.refused(OFF, 0.0, 5)
    assert not service.refused(OFF, 1.0, 6)

    service.served(1.5, 5)
    assert service.outage is not None
    assert service.since == 1.5  # but it is not at a halt
    service.served(1.5, 6)
    assert service.pause(1.5) == 0.0
    assert service.outage is None
