"""RateLimit: who takes more than is there waits, all threads together."""

from ossh.transfer.fetching.rate_limit import CREDIT_SECONDS, Account, RateLimit


class Clock:
    """A clock that stands still until it is moved on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def limit(bytes_per_second: int = 0, *, within: RateLimit | None = None) -> RateLimit:
    """Return a limit for which no time passes."""
    return RateLimit(bytes_per_second, within=within, clock=Clock())


def debt(rate: RateLimit) -> float:
    """Return the seconds until all booked bytes are paid for."""
    return rate.left(rate.take(0))


def test_bytes_are_paid_for_in_seconds() -> None:
    rate = limit(1000)

    first, second = rate.take(500_000), rate.take(500_000)

    assert rate.left(first) == 500.0
    assert rate.left(second) == 1000.0
    assert debt(rate) == 1000.0


def test_bytes_that_nobody_used_are_kept_for_a_moment_only() -> None:
    clock = Clock()
    rate = RateLimit(1000, clock=clock)

    clock.seconds = 10.0

    assert rate.left(rate.take(1000)) == 1.0 - CREDIT_SECONDS


def test_a_new_limit_holds_at_once_for_what_is_booked_already() -> None:
    rate = limit(100)
    receipt = rate.take(10_000)

    rate.set(1000)

    assert rate.left(receipt) == 10.0
    rate.set(0)
    assert rate.left(receipt) == debt(rate) == 0.0


def test_a_limit_of_its_own_that_comes_later_asks_nothing_for_what_was_booked_elsewhere() -> None:
    rate = limit(within=limit(1000))
    receipt = rate.take(0)

    rate.set(1)

    assert rate.left(receipt) == 0.0


def test_a_limit_that_comes_later_asks_nothing_for_what_was_free() -> None:
    rate = limit()
    rate.take(10**9)

    rate.set(100)

    assert debt(rate) == 0.0
    assert rate.left(rate.take(10_000)) == 100.0


def test_who_has_booked_reads_on_once_that_is_paid_whatever_others_book() -> None:
    now = [0.0]
    rate = RateLimit(1000, clock=lambda: now[0])
    account = Account(rate)

    first = account.room(512 * 1024)
    account.book(500)
    rate.take(10**9)

    assert first == rate.piece(512 * 1024)
    assert (account.left, account.room(512 * 1024)) == (0.5, 0)
    now[0] = 0.5
    assert (account.left, account.room(512 * 1024)) == (0.0, first)


def test_a_piece_is_what_comes_in_a_moment() -> None:
    assert limit().piece(512 * 1024) == 512 * 1024
    assert limit(10**9).piece(512 * 1024) == 512 * 1024
    assert limit(1600 * 1024).piece(512 * 1024) == 100 * 1024
    assert limit(1).piece(512 * 1024) == 16 * 1024


def test_limits_that_share_one_hold_for_their_bytes_together() -> None:
    shared = limit(1000)
    first, second = limit(within=shared), limit(within=shared)

    earlier, later = first.take(500_000), second.take(500_000)

    assert first.left(earlier) == 500.0
    assert second.left(later) == 1000.0
    assert debt(shared) == 1000.0


def test_the_strictest_of_several_limits_holds() -> None:
    limits = limit(1000, within=limit(100, within=limit()))

    receipt = limits.take(10_000)

    assert limits.left(receipt) == 100.0
    assert limits.piece(512 * 1024) == limit(100).piece(512 * 1024)


def test_a_limit_knows_how_many_share_it_now() -> None:
    shared = limit(1000)
    sharers = [limit(within=shared) for _ in range(3)]
    counts = [shared.sharers]

    for one in sharers:
        one.close()
        counts.append(shared.sharers)

    assert counts == [3, 2, 1, 0]


def test_time_without_a_limit_pays_for_nothing_later() -> None:
    clock = Clock()
    rate = RateLimit(1000, clock=clock)
    rate.set(0)
    clock.seconds = 100.0

    rate.set(1000)

    assert rate.left(rate.take(1000)) == 1.0
    assert rate.left(rate.take(500)) == 1.5
