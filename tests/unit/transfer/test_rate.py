"""RateLimit: who takes more than is there waits, all threads together."""

import pytest

from ossh.transfer.rate import Limits, RateLimit


def test_without_a_limit_nobody_waits() -> None:
    rate = RateLimit()

    assert rate.take(10**12) == 0.0
    assert rate.delay() == 0.0


def test_bytes_are_paid_for_in_seconds() -> None:
    rate = RateLimit(1000)

    first, second = rate.take(500_000), rate.take(500_000)

    assert rate.left(first) == pytest.approx(500.0, abs=1.0)
    assert rate.left(second) == pytest.approx(1000.0, abs=1.0)
    assert rate.delay() == pytest.approx(1000.0, abs=1.0)


def test_what_is_paid_for_costs_no_wait() -> None:
    assert RateLimit(10**12).delay() == 0.0


def test_a_new_limit_holds_at_once_for_what_is_booked_already() -> None:
    rate = RateLimit(100)
    receipt = rate.take(10_000)

    rate.set(1000)

    assert rate.left(receipt) == pytest.approx(10.0, abs=1.0)
    rate.set(0)
    assert rate.left(receipt) == rate.delay() == 0.0


def test_a_limit_that_comes_later_asks_nothing_for_what_was_free() -> None:
    rate = RateLimit()
    rate.take(10**9)

    rate.set(100)

    assert rate.delay() == 0.0
    assert rate.left(rate.take(10_000)) == pytest.approx(100.0, abs=1.0)


def test_what_did_not_come_is_not_paid_for() -> None:
    rate = RateLimit(1000)
    rate.take(500_000)

    rate.give_back(400_000)

    assert rate.delay() == pytest.approx(100.0, abs=1.0)


def test_a_piece_is_what_comes_in_a_moment() -> None:
    assert RateLimit().piece(512 * 1024) == 512 * 1024
    assert RateLimit(10**9).piece(512 * 1024) == 512 * 1024
    assert RateLimit(1600 * 1024).piece(512 * 1024) == 100 * 1024
    assert RateLimit(1).piece(512 * 1024) == 16 * 1024


def test_limits_that_share_one_hold_for_their_bytes_together() -> None:
    shared = RateLimit(1000)
    first, second = Limits(RateLimit(), shared), Limits(RateLimit(), shared)

    earlier, later = first.take(500_000), second.take(500_000)

    assert first.left(earlier) == pytest.approx(500.0, abs=1.0)
    assert second.left(later) == pytest.approx(1000.0, abs=1.0)
    second.give_back(500_000)
    assert shared.delay() == pytest.approx(500.0, abs=1.0)


def test_the_strictest_of_several_limits_holds() -> None:
    limits = Limits(RateLimit(1000), RateLimit(100), RateLimit())

    receipt = limits.take(10_000)

    assert limits.left(receipt) == pytest.approx(100.0, abs=1.0)
    assert limits.piece(512 * 1024) == RateLimit(100).piece(512 * 1024)


def test_without_any_limit_nobody_waits() -> None:
    limits = Limits()

    assert limits.left(limits.take(10**12)) == 0.0
    assert limits.piece(512 * 1024) == 512 * 1024


def test_what_was_free_stays_so_when_a_limit_comes() -> None:
    limit = RateLimit()
    limits = Limits(limit)
    receipt = limits.take(10**9)

    limit.set(100)

    assert limits.left(receipt) == 0.0
