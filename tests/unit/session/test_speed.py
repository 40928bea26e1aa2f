from hypothesis import given
from hypothesis import strategies as st

from ossh.session.speed import Speed


def test_speed_is_that_of_the_window_only() -> None:
    speed = Speed(window=2)

    speeds = [speed.at(second, received) for second, received in enumerate([0, 1000, 1000, 1000])]

    assert speeds[-1] == 0.0


@given(st.lists(st.integers(0, 10_000), min_size=2))
def test_speed_of_growing_counts_is_never_negative(steps: list[int]) -> None:
    speed, received = Speed(), 0
    for second, step in enumerate(steps):
        received += step

        assert speed.at(second, received) >= 0


def test_speed_of_one_point_is_nothing() -> None:
    assert Speed().at(5.0, 100) == 0.0
