import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.manifest import Sample
from ossh.session.speed import WINDOW_SECONDS, RecentSpeed, Throughput, throughput


def speed(*points: tuple[float, int]) -> Throughput:
    found = throughput(1, [Sample(second, received, 0, 0) for second, received in points])
    assert found is not None
    return found


def test_a_run_that_received_nothing_has_no_throughput() -> None:
    assert throughput(1, []) is None
    assert throughput(1, [Sample(1.0, 0, 3, 0)]) is None


def test_rates_are_of_stretches_of_equal_length() -> None:
    found = speed((1.0, 100), (2.0, 100), (4.0, 300))

    assert found.rates(4) == (100, 0, 100, 100)
    assert found.rates(2) == (50, 100)
    assert found.mean == 75


def test_stretches_in_which_nothing_came_are_idle() -> None:
    assert speed((1.0, 100), (2.0, 300)).idle == 0
    assert speed((1.0, 0), (5.0, 0), (6.0, 100), (30.0, 100), (31.0, 200)).idle == 29


def test_the_bytes_of_all_stretches_are_those_of_the_run() -> None:
    found = speed((0.7, 123), (1.9, 5000), (2.2, 5001), (9.1, 77_777))

    for count in (1, 3, 50, 333):
        length = found.duration / count
        assert sum(found.rates(count)) * length == pytest.approx(77_777)


def test_a_run_without_duration_has_no_speed() -> None:
    found = speed((0.0, 10))

    assert (found.mean, found.rates(2)) == (0.0, (0.0, 0.0))


def test_speed_is_that_of_the_window_only() -> None:
    speed = RecentSpeed()

    half = WINDOW_SECONDS / 2

    speeds = [speed.at(half * i, received) for i, received in enumerate([0, 1000, 1000, 1000])]

    assert speeds[-1] == 0.0


@given(st.lists(st.integers(0, 10_000), min_size=2))
def test_speed_of_growing_counts_is_never_negative(steps: list[int]) -> None:
    speed, received = RecentSpeed(), 0
    for second, step in enumerate(steps):
        received += step

        assert (speed.at(second, received) or 0) >= 0


def test_the_speed_at_one_moment_is_not_known() -> None:
    assert RecentSpeed().at(5.0, 100) is None
