"""Pace: few connections at first, more while that pays, half when throttled."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import MIB
from ossh.transfer.scheduling.concurrency import FIRST, HOLDS, STREAMS, Concurrency

TURN_SECONDS = 0.05
PART = 16 * MIB


class Line:
    """A simulated line: so many answers a second at so many connections.

    Args:
        speed: Answers a second, by connections.
        limit: Of the concurrency.
    """

    def __init__(self, speed: Callable[[int], float], limit: int = 512) -> None:
        self.concurrency = Concurrency(limit)
        self.now = 100.0
        self.answers = 0.0
        self._speed = speed

    def run(self, seconds: float, *, is_busy: bool = True) -> "Line":
        """Let time pass."""
        end = self.now + seconds
        while self.now < end:
            self.concurrency.progress(self.answers, int(self.answers), self.now, is_busy=is_busy)
            self.now += TURN_SECONDS
            self.answers += self._speed(self.concurrency.connections) * TURN_SECONDS
        return self


class Streams:
    """Simulated streams that fetch parts: a connection brings nothing while it is being made.

    Args:
        speed: Bytes a second of the whole line, by connections.
        connect_seconds: How long that takes.
        fixed: So many connections throughout; 0 lets a concurrency choose.
        limit: Of the concurrency.
    """

    def __init__(
        self,
        speed: Callable[[int], float],
        connect_seconds: float,
        fixed: int = 0,
        limit: int = 64,
    ) -> None:
        self.concurrency = Concurrency(limit)
        self.bytes = 0.0
        self.speed = speed
        self._connect_seconds = connect_seconds
        self._fixed = fixed
        self._since: list[float] = []  # when each connection began to be made
        self._now = 0.0

    @property
    def connections(self) -> int:
        return self._fixed or self.concurrency.streams

    def run(self, seconds: float) -> "Streams":
        """Let time pass in turns of the loop."""
        rng = random.Random(1)
        end = self._now + seconds
        while self._now < end:
            del self._since[self.connections :]
            self._since += [self._now] * (self.connections - len(self._since))
            made = sum(self._now - since >= self._connect_seconds for since in self._since)
            self.bytes += made and self.speed(made) * 0.02 * rng.uniform(0.9, 1.1)
            self._now += 0.02
            self.concurrency.progress(self.bytes, int(self.bytes / PART), self._now, is_busy=True)
        return self


def shared(connection: float, line: float) -> Callable[[int], float]:
    """Return the speed of a line whose connections are limited too, both in MB/s."""
    return lambda count: min(count * connection, line) * 1e6


def two_cores(count: int) -> float:
    """Return a speed that two connections reach."""
    return 2e9 * min(1, count / 2)


LINES = [
    (two_cores, 0.05),
    (shared(100, 1200), 0.05),
    (shared(20, 115), 0.1),
    (shared(5, 125), 0.2),
    (shared(5, 10), 0.2),
    (shared(1, 100), 0.3),
]


def latency(milliseconds: float, most: float) -> Callable[[int], float]:
    """Return the speed of a line that only waits, up to what the machine can do."""
    return lambda connections: min(most, connections * 1000 / milliseconds)


def test_a_run_starts_with_some_connections() -> None:
    assert (Concurrency(200).connections, Concurrency(200).streams) == (FIRST, FIRST)
    assert Concurrency(4).connections == 4
    assert Concurrency(0).connections == 1


@pytest.mark.parametrize(
    ("milliseconds", "most"), [(20, 8000), (50, 8000), (100, 3000), (200, 2000), (5, 10_000)]
)
def test_it_comes_within_a_tenth_of_the_best_and_stays(milliseconds: float, most: float) -> None:
    line = Line(latency(milliseconds, most)).run(4)
    before = line.answers
    line.run(10)

    best = min(most, 512 * 1000 / milliseconds)
    assert (line.answers - before) / 10 >= 0.9 * best


@pytest.mark.parametrize(("speed", "connect_seconds"), LINES)
def test_streams_come_near_the_best_fixed_number(
    speed: Callable[[int], float], connect_seconds: float
) -> None:
    def best(seconds: float) -> float:
        fixed = (Streams(speed, connect_seconds, fixed=count) for count in (2, 4, 8, 16, 24, 32))
        return max(one.run(seconds).bytes for one in fixed)

    line = Streams(speed, connect_seconds).run(3)
    early = line.bytes
    line.run(1)

    assert line.bytes - early >= 0.8 * (best(4) - best(3))
    assert line.run(6).bytes >= 0.9 * best(10)


@pytest.mark.parametrize("connect_seconds", [0.001, 0.02])
@pytest.mark.parametrize("connection", [5, 20, 50])
def test_where_each_connection_is_held_back_all_are_used_within_a_second(
    connection: float, connect_seconds: float
) -> None:
    line = Streams(shared(connection, 100_000), connect_seconds, limit=2 * STREAMS)

    assert line.run(1).connections == STREAMS


def test_small_bodies_may_have_more_connections_than_large_ones() -> None:
    small = Line(latency(100, 1e9), limit=2 * STREAMS).run(5).concurrency
    large = Streams(shared(5, 100_000), 0.02, limit=2 * STREAMS).run(5).concurrency

    assert (small.connections, small.streams) == (2 * STREAMS, STREAMS)
    assert (large.connections, large.streams) == (STREAMS, STREAMS)


def test_a_limit_of_each_connection_that_sets_in_or_is_lifted_is_answered() -> None:
    line = Streams(shared(400, 1200), 0.02, limit=128).run(5)
    before = line.connections

    line.speed = shared(20, 1200)
    line.run(2)
    meanwhile = line.connections
    line.speed = shared(400, 1200)
    early = line.run(3).bytes
    after = line.run(1).bytes - early

    assert before <= 2 * FIRST
    assert meanwhile >= 0.9 * 1200 / 20
    assert after >= 0.9 * 1200e6


def test_a_fast_line_is_left_to_few_streams_from_the_beginning() -> None:
    assert [Streams(two_cores, 0.05).run(time).connections for time in (0.7, 1, 2)] == [FIRST] * 3


def test_two_seconds_of_latency_are_enough_to_find_the_level() -> None:
    line = Line(latency(20, 8000)).run(2)

    assert line.answers >= 0.8 * 2 * 8000 * 0.6  # the way up costs some of so short a run


def test_connections_that_bring_nothing_are_given_back() -> None:
    line = Line(lambda _connections: 10_000.0).run(1)

    assert line.concurrency.streams == FIRST


def test_a_line_that_gets_worse_with_more_is_left_at_its_best() -> None:
    line = Line(lambda connections: 8000.0 if connections <= 32 else 4000.0 / connections).run(5)
    before = line.answers
    line.run(30)

    assert (line.answers - before) / 30 >= 0.9 * 8000


def test_a_line_that_became_better_is_grown_into() -> None:
    line = Line(lambda connections: connections * (1.0 if line.now < 110 else 50.0))
    line.run(60)

    assert line.concurrency.connections > 200


def test_growth_ends_at_the_limit() -> None:
    assert Line(latency(100, 1e9), limit=20).run(3).concurrency.connections == 20


def test_a_limit_that_is_raised_is_grown_into() -> None:
    line = Line(latency(100, 1e9), limit=20).run(3)
    line.concurrency.set_limit(100)

    assert line.run(5).concurrency.connections == 100


def test_a_limit_that_is_lowered_holds_at_once() -> None:
    line = Line(latency(20, 8000)).run(3)
    line.concurrency.set_limit(3)

    assert line.concurrency.connections == 3


@pytest.mark.parametrize(("limit", "streaming", "small"), [(64, 0, 32), (20, 15, 5), (8, 99, 0)])
def test_small_and_large_bodies_together_keep_to_the_limit(
    limit: int, streaming: int, small: int
) -> None:
    concurrency = Concurrency(limit)

    assert concurrency.beside(streaming) == small
    assert concurrency.beside(streaming) + min(streaming, concurrency.streams) <= limit


def test_of_a_single_connection_large_bodies_come_first() -> None:
    assert (Concurrency(1).streams, Concurrency(1).beside(1), Concurrency(1).beside(0)) == (1, 0, 1)


def test_time_without_enough_to_do_tells_nothing() -> None:
    line = Line(latency(20, 8000)).run(10, is_busy=False)

    assert line.concurrency.streams == FIRST


def test_throttling_halves_once_for_many_refusals() -> None:
    line = Line(latency(20, 8000)).run(3)
    before = line.concurrency.connections

    for _ in range(50):
        line.concurrency.throttled(line.now)

    assert line.concurrency.connections == before // 2


def test_after_throttling_nothing_grows_for_a_while_and_then_it_recovers() -> None:
    line = Line(latency(20, 8000)).run(3)
    line.concurrency.throttled(line.now)
    halved = line.concurrency.connections

    assert line.run(HOLDS.first / 2).concurrency.connections == halved
    assert line.run(10).concurrency.connections > halved


def test_throttling_of_one_connection_leaves_one() -> None:
    concurrency = Concurrency(1)
    concurrency.throttled(1.0)

    assert concurrency.connections == 1


@given(
    limit=st.integers(1, 600),
    events=st.lists(
        st.tuples(st.floats(0, 5), st.integers(0, 5000), st.booleans(), st.booleans()), max_size=60
    ),
)
def test_the_limit_is_never_exceeded(
    limit: int, events: list[tuple[float, int, bool, bool]]
) -> None:
    concurrency = Concurrency(limit)
    now, work = 0.0, 0
    for seconds, done, is_busy, is_throttled in events:
        now, work = now + seconds, work + done
        concurrency.progress(work, work, now, is_busy=is_busy)
        if is_throttled:
            concurrency.throttled(now)

        assert 1 <= concurrency.connections <= limit


def test_several_machines_have_the_level_of_one_each_and_share_the_limit() -> None:
    concurrency = Concurrency(512)
    one = (concurrency.connections, concurrency.streams)

    concurrency.set_limit(512, machines=3)

    assert (concurrency.connections, concurrency.streams) == (3 * one[0], 3 * one[1])
    concurrency.set_limit(20, machines=3)
    assert (concurrency.connections, concurrency.streams) == (20, 20)
    concurrency.set_limit(512)
    assert (concurrency.connections, concurrency.streams) == one


def test_throttling_halves_what_each_machine_has() -> None:
    concurrency = Concurrency(512)
    concurrency.set_limit(512, machines=4)

    concurrency.throttled(100.0)

    assert concurrency.streams == 4 * FIRST // 2


def test_what_other_processes_tell_of_is_looked_at_less_often() -> None:
    def first_growth(concurrency: Concurrency) -> float:
        first, now, answers = concurrency.connections, 0.0, 0
        while concurrency.connections == first:
            now, answers = now + TURN_SECONDS, answers + 1000
            concurrency.progress(float(answers), answers, now, is_busy=True)
        return now

    usual, told = Concurrency(512), Concurrency(512)
    usual.set_limit(512)
    told.set_limit(512, is_told=True)

    assert first_growth(usual) == first_growth(Concurrency(512)) < 0.2
    assert first_growth(told) > 0.35
