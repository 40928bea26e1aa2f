"""Pace: few connections at first, more while that pays, half when throttled."""

from hypothesis import given
from hypothesis import strategies as st

from ossh.transfer.pace import FIRST, INTERVAL_SECONDS, Pace


def measure(pace: Pace, *speeds: float) -> float:
    """Tell the pace of intervals at some speeds; return the moment after them."""
    work = now = 0.0
    pace.progress(work, now, is_busy=True)
    for speed in speeds:
        now += INTERVAL_SECONDS
        work += speed * INTERVAL_SECONDS
        pace.progress(work, now, is_busy=True)
    return now


def test_a_run_starts_with_few_connections() -> None:
    assert Pace(200).connections == FIRST
    assert Pace(4).connections == 4
    assert Pace(0).connections == 1


def test_connections_grow_while_throughput_does() -> None:
    pace = Pace(200)

    measure(pace, 100.0, 150.0)

    assert pace.connections == 36


def test_connections_stay_when_more_bring_nothing() -> None:
    pace = Pace(200)

    measure(pace, 100.0, 104.0, 100.0, 90.0)

    assert pace.connections == 24


def test_growth_ends_at_the_limit() -> None:
    pace = Pace(20)

    measure(pace, 1.0, 2.0, 3.0, 4.0)

    assert pace.connections == 20


def test_one_connection_grows_by_one() -> None:
    pace = Pace(1)
    pace.set_limit(10)

    measure(pace, 1.0)

    assert pace.connections == 2


def test_time_without_enough_to_do_tells_nothing() -> None:
    pace = Pace(200)
    pace.progress(0.0, 0.0, is_busy=True)

    pace.progress(1000.0, 10.0, is_busy=False)
    pace.progress(1001.0, 10.0 + INTERVAL_SECONDS / 2, is_busy=True)

    assert pace.connections == FIRST


def test_throttling_halves_once_an_interval() -> None:
    pace = Pace(200)

    pace.throttled(10.0)
    pace.throttled(10.1)
    assert pace.connections == FIRST // 2
    pace.throttled(10.6)

    assert pace.connections == FIRST // 4


def test_connections_recover_after_throttling() -> None:
    pace = Pace(200)
    now = measure(pace, 100.0, 200.0)
    pace.throttled(now)
    assert pace.connections == 18

    pace.progress(150.0 + 25.0, now + 0.5, is_busy=True)  # half of what it was

    assert pace.connections == 27


def test_a_lower_limit_holds_at_once_and_a_higher_one_is_grown_into() -> None:
    pace = Pace(200)

    pace.set_limit(3)
    assert pace.connections == 3
    pace.set_limit(100)
    assert pace.connections == FIRST
    measure(pace, 10.0)

    assert pace.connections == 24


@given(
    limit=st.integers(-1, 500),
    events=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 1e9), st.booleans())),
)
def test_there_is_always_one_connection_and_never_more_than_the_limit(
    limit: int, events: list[tuple[float, float, bool]]
) -> None:
    pace = Pace(limit)
    now = work = 0.0
    for seconds, more, is_throttled in events:
        now, work = now + seconds, work + more
        if is_throttled:
            pace.throttled(now)
        else:
            pace.progress(work, now, is_busy=True)

        assert 1 <= pace.connections <= max(1, limit)
