"""RateLimit: who takes more than is there waits, all threads together."""

import pytest

from ossh.transfer.rate import RateLimit


def test_without_a_limit_nobody_waits() -> None:
    rate = RateLimit()

    assert rate.take(10**12) == 0.0
    assert rate.delay() == 0.0


def test_bytes_are_paid_for_in_seconds() -> None:
    rate = RateLimit(1000)

    first, second = rate.take(500_000), rate.take(500_000)

    assert first == pytest.approx(500.0, abs=1.0)
    assert second == pytest.approx(1000.0, abs=1.0)
    assert rate.delay() == pytest.approx(1000.0, abs=1.0)


def test_what_is_paid_for_costs_no_wait() -> None:
    assert RateLimit(10**12).delay() == 0.0


def test_a_new_limit_holds_from_the_next_bytes_on() -> None:
    rate = RateLimit()

    rate.set(100)
    assert rate.take(10_000) == pytest.approx(100.0, abs=1.0)
    rate.set(0)

    assert rate.delay() == 0.0
