"""RateLimit: who takes more than is there waits, all threads together."""

import pytest

from ossh.transfer.fetching.rate_limit import RateLimit


def debt(rate: RateLimit) -> float:
    """Return the seconds until all booked bytes are paid for."""
    return rate.left(rate.take(0))


def test_without_a_limit_nobody_waits() -> None:
    rate = RateLimit()

    assert rate.left(rate.take(10**12)) == 0.0
    assert debt(rate) == 0.0


def test_bytes_are_paid_for_in_seconds() -> None:
    rate = RateLimit(1000)

    first, second = rate.take(500_000), rate.take(500_000)

    assert rate.left(first) == pytest.approx(500.0, abs=1.0)
    assert rate.left(second) == pytest.approx(1000.0, abs=1.0)
    assert debt(rate) == pytest.approx(1000.0, abs=1.0)


def test_what_is_paid_for_costs_no_wait() -> None:
    assert debt(RateLimit(10**12)) == 0.0


def test_a_new_limit_holds_at_once_for_what_is_booked_already() -> None:
    rate = RateLimit(100)
    receipt = rate.take(10_000)

    rate.set(1000)

    assert rate.left(receipt) == pytest.approx(10.0, abs=1.0)
    rate.set(0)
    assert rate.left(receipt) == debt(rate) == 0.0


def test_a_limit_that_comes_later_asks_nothing_for_what_was_free() -> None:
    rate = RateLimit()
    rate.take(10**9)

    rate.set(100)

    assert debt(rate) == 0.0
    assert rate.left(rate.take(10_000)) == pytest.approx(100.0, abs=1.0)


def test_what_did_not_come_is_not_paid_for() -> None:
    rate = RateLimit(1000)
    rate.take(500_000)

    rate.give_back(400_000)

    assert debt(rate) == pytest.approx(100.0, abs=1.0)


def test_a_piece_is_what_comes_in_a_moment() -> None:
    assert RateLimit().piece(512 * 1024) == 512 * 1024
    assert RateLimit(10**9).piece(512 * 1024) == 512 * 1024
    assert RateLimit(1600 * 1024).piece(512 * 1024) == 100 * 1024
    assert RateLimit(1).piece(512 * 1024) == 16 * 1024


def test_limits_that_share_one_hold_for_their_bytes_together() -> None:
    shared = RateLimit(1000)
    first, second = RateLimit(within=shared), RateLimit(within=shared)

    earlier, later = first.take(500_000), second.take(500_000)

    assert first.left(earlier) == pytest.approx(500.0, abs=1.0)
    assert second.left(later) == pytest.approx(1000.0, abs=1.0)
    second.give_back(500_000)
    assert debt(shared) == pytest.approx(500.0, abs=1.0)


def test_the_strictest_of_several_limits_holds() -> None:
    limits = RateLimit(1000, within=RateLimit(100, within=RateLimit()))

    receipt = limits.take(10_000)

    assert limits.left(receipt) == pytest.approx(100.0, abs=1.0)
    assert limits.piece(512 * 1024) == RateLimit(100).piece(512 * 1024)


def test_without_any_limit_nobody_waits() -> None:
    limits = RateLimit(within=RateLimit())

    assert limits.left(limits.take(10**12)) == 0.0
    assert limits.piece(512 * 1024) == 512 * 1024


def test_what_was_free_stays_so_when_a_limit_comes() -> None:
    limit = RateLimit(within=RateLimit())
    receipt = limit.take(10**9)

    limit.set(100)

    assert limit.left(receipt) == 0.0
