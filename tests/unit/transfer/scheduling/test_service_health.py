"""Outage: what is waited for, and when to look again."""

import pytest

from ossh.model import Cause
from ossh.transfer.scheduling.service_health import PAUSES, Outage, ServiceHealth
from tests.unit.transfer.rig import failure

OFF = failure(Cause.NETWORK)


def test_the_first_look_is_soon_and_the_next_ones_later_and_later() -> None:
    outage, now, pauses = Outage.begun(OFF, 100.0), 100.0, []
    for _ in range(8):
        pauses.append(outage.probe_at - now)
        now = outage.probe_at
        outage = outage.prolonged(OFF, now)

    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0] + [PAUSES.longest] * 3
    assert outage.since == 100.0


def test_failures_of_what_was_sent_before_the_last_look_change_nothing() -> None:
    outage = Outage.begun(OFF, 100.0)

    assert outage.prolonged(failure(Cause.EXPIRED), 100.4) is outage


def test_the_service_says_itself_how_long_to_wait() -> None:
    outage = Outage.begun(failure(Cause.THROTTLED, 3.0), 100.0)

    assert outage.probe_at == 103.0
    assert outage.prolonged(failure(Cause.THROTTLED, 42.0), 103.0).probe_at == 145.0


def test_another_cause_is_waited_for_when_the_first_is_over() -> None:
    outage = Outage.begun(OFF, 100.0).prolonged(failure(Cause.EXPIRED), 100.5)

    assert outage.failure.cause is Cause.EXPIRED
    assert outage.since == 100.0


def test_a_success_ends_it() -> None:
    assert Outage.begun(OFF, 100.0).after_success(100.1) is None


def test_a_pause_that_was_asked_for_is_kept_but_patience_begins_anew() -> None:
    outage = Outage.begun(failure(Cause.THROTTLED, 3.0), 100.0)

    left = outage.after_success(102.0)

    assert left is not None
    assert (left.probe_at, left.since) == (103.0, 102.0)
    assert outage.after_success(103.0) is None


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
    assert Outage.begun(failure(cause), 0.0).note == note


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

    service.served(2.0, 5)
    assert service.outage is not None
    service.served(2.0, 6)
    assert service.outage is None


def test_what_is_mended_is_looked_at_at_once_if_anything_is_waited_for() -> None:
    service = ServiceHealth()

    assert not service.mended(1.0)
    service.refused(OFF, 0.0, 0)
    assert service.mended(0.25)

    assert service.outage is not None
    assert service.outage.probe_at == 0.25


def test_patience_that_is_renewed_counts_from_now_if_anything_is_waited_for() -> None:
    service = ServiceHealth()

    service.renew_patience(1.0)
    assert service.outage is None
    service.refused(OFF, 2.0, 0)
    service.renew_patience(3.0)

    assert service.outage is not None
    assert (service.outage.since, service.outage.probe_at) == (3.0, 2.5)
