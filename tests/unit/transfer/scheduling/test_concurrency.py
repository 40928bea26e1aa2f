"""Pace: few connections at first, more while that pays, half when throttled."""

import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import MIB
from ossh.transfer.scheduling.concurrency import (
    FIRST,
    HOLDS,
    INTERVAL_SECONDS,
    LONGEST_INTERVAL_SECONDS,
    SETTLE_SECONDS,
    STREAMS,
    Concurrency,
)

TURN_SECONDS = 0.05
SHORT = 1 / 32  # seconds: a little more than the shortest interval
assert INTERVAL_SECONDS < SHORT < 2 * INTERVAL_SECONDS
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


class Fed:
    """A concurrency that is told of so much done in so many seconds, one time after the other."""

    def __init__(self, limit: int = 512) -> None:
        self.concurrency = Concurrency(limit)
        self.work, self.answers, self.now = 0.0, 0, 0.0
        self.tell(0.0)

    @property
    def level(self) -> int:
        return self.concurrency.connections

    @property
    def rate(self) -> float:
        """Return what each connection brought when its level was judged last."""
        return self.concurrency.stream_rate

    def tell(self, seconds: float, speed: float = 0.0) -> None:
        """Tell of large bodies, in bytes a second, with hardly any answers."""
        self.work += speed * seconds
        self.now += seconds
        self.concurrency.progress(self.work, self.answers, self.now, is_busy=True)

    def tell_small(self, seconds: float, speed: float) -> None:
        """Tell of small bodies, in answers a second."""
        self.answers += int(speed * seconds)
        self.tell(seconds, speed)


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
    assert Concurrency(4).stream_rate == 0.0  # not known yet


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


@pytest.mark.parametrize("seconds", [3.22, 9.48])
def test_what_was_tried_while_a_limit_set_in_is_tried_again_soon(seconds: float) -> None:
    line = Streams(shared(400, 1400), 0.02, limit=2 * STREAMS).run(seconds)

    line.speed = shared(20, 1400)

    assert line.run(1.5).connections >= 0.9 * 1400 / 20


def test_a_fast_line_is_left_to_few_streams_from_the_beginning() -> None:
    assert [Streams(two_cores, 0.05).run(time).connections for time in (0.7, 1, 2)] == [FIRST] * 3


def test_what_brings_nothing_is_looked_at_for_longer() -> None:
    fed = Fed()
    fed.tell_small(0.01, 100 * FIRST)
    fed.tell_small(SHORT, FIRST / SHORT)
    fed.tell_small(0.01, 100 * fed.level)
    rate = fed.rate

    for _ in range(12):
        assert (fed.level, fed.rate) == (4 * FIRST, rate)
        fed.tell(SHORT)
    fed.tell(SHORT)

    assert (fed.level, fed.rate) == (FIRST, 0.0)


def grown() -> Fed:
    """Return a line that brought 64 MB/s at first and has just begun to use more connections."""
    fed = Fed()
    fed.tell(SETTLE_SECONDS)
    fed.tell(LONGEST_INTERVAL_SECONDS + SHORT, 64e6)
    assert fed.level == 4 * FIRST
    assert fed.rate == pytest.approx(64e6 / FIRST)
    return fed


@pytest.mark.parametrize(("times", "level"), [(3.5, STREAMS), (3.3, 4 * FIRST)])
def test_what_pays_in_proportion_is_grown_at_once(times: float, level: int) -> None:
    fed = grown()

    fed.tell(1.5, times * 64e6)

    assert fed.level == level
    assert fed.rate == pytest.approx((times if level == STREAMS else 4) * 16e6 / FIRST)


def test_what_pays_in_proportion_is_known_once_there_is_enough_for_each_connection() -> None:
    fed = grown()

    fed.tell(SHORT, 4 * 64e6)
    assert fed.level == 4 * FIRST
    fed.tell(0.25, 4 * 64e6)

    assert fed.level == STREAMS


def test_more_that_pays_is_known_soon_and_more_that_does_not_is_given_time() -> None:
    grows, fails = Fed(), Fed()
    for fed in (grows, fails):
        fed.tell_small(0.01, 100 * FIRST)
        fed.tell_small(SHORT, 1024 * FIRST)
        fed.tell_small(SHORT, 8192 * FIRST)  # once all have been made
        assert fed.level == 4 * FIRST

    grows.tell_small(SHORT, 2048 * FIRST)
    levels, since = [grows.level], grows.now
    while grows.now < since + 1.5 * HOLDS.first:
        grows.tell_small(SHORT, 2048 * FIRST)
        if grows.level != levels[-1]:
            levels.append(grows.level)
    assert levels[:3] == [8 * FIRST, 4 * FIRST, 6 * FIRST]  # it holds as after the first failure
    for _ in range(6):
        assert fails.level == 4 * FIRST
        fails.tell_small(SHORT, 1024 * FIRST)
    fails.tell_small(SHORT, 1024 * FIRST)
    assert fails.level == FIRST

    fails.tell_small(SHORT, 8192 * FIRST)
    rate = fails.rate
    for _ in range(12):  # while it holds, it looks longer
        fails.tell_small(SHORT, 2048 * FIRST)
        assert fails.rate == rate
    fails.tell_small(SHORT, 2048 * FIRST)
    assert fails.rate == pytest.approx(2048)
    assert fails.level == FIRST  # the line is another, but may have been so for a part of the time
    fails.tell_small(SHORT, 2048 * FIRST)
    assert fails.level == 2 * FIRST


def test_after_throttling_it_holds_then_grows_by_half_and_by_more_when_that_pays() -> None:
    fed = Fed()
    fed.concurrency.throttled(fed.now)
    levels = [fed.level]
    while fed.now < HOLDS.first - 0.25:
        fed.tell(0.125, fed.level * 20e6)
    assert fed.level == levels[0]
    while fed.now < 2 * HOLDS.first:
        fed.tell(0.125, fed.level * 20e6)
        if fed.level != levels[-1]:
            levels.append(fed.level)

    assert levels[:3] == [FIRST // 2, FIRST * 3 // 4, FIRST * 3]


def test_a_single_connection_grows_by_one() -> None:
    fed = Fed(1)
    fed.concurrency.throttled(fed.now)
    fed.concurrency.set_limit(8)
    assert fed.level == 1

    while fed.level == 1:
        fed.tell_small(0.125, 800.0)

    assert fed.level == 2


def test_what_each_connection_of_several_machines_brings_is_known() -> None:
    fed = Fed()
    fed.concurrency.set_limit(512, machines=4)
    level = fed.level
    fed.tell(1.0, 64e6)

    fed.tell(1.0, 64e6)

    assert fed.rate == pytest.approx(64e6 / level)


def test_what_does_not_pay_is_tried_less_and_less_often() -> None:
    line = Line(lambda _connections: 10_000.0)
    levels, moments = [FIRST], [line.now]
    while line.now < 150:
        line.run(TURN_SECONDS)
        if line.concurrency.connections != levels[-1]:
            levels.append(line.concurrency.connections)
            moments.append(line.now)

    holds = [later - before for before, later in pairwise(moments[2:])][::2]
    assert levels[:6] == [FIRST, 4 * FIRST, FIRST, FIRST * 3 // 2, FIRST, FIRST * 3 // 2]
    assert holds[:4] == pytest.approx([HOLDS.after(number) for number in (1, 2, 3, 4)], abs=1)


def test_a_line_that_became_better_is_grown_into() -> None:
    line = Line(lambda connections: connections * (1.0 if line.now < 110 else 50.0))
    line.run(60)

    assert line.concurrency.connections > 200


def test_a_limit_that_is_lowered_holds_at_once() -> None:
    line = Line(latency(20, 8000)).run(3)
    for limit in (3, 1, 0):
        line.concurrency.set_limit(limit)

        assert line.concurrency.connections == max(1, limit)


@pytest.mark.parametrize(
    ("limit", "streaming", "small"), [(64, 0, 32), (20, 15, 5), (8, 99, 0), (1, 0, 1), (1, 1, 0)]
)
def test_small_and_large_bodies_together_keep_to_the_limit(
    limit: int, streaming: int, small: int
) -> None:
    concurrency = Concurrency(limit)

    assert concurrency.beside(streaming) == small
    assert concurrency.beside(streaming) + min(streaming, concurrency.streams) <= limit


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


@pytest.mark.parametrize(
    ("limit", "machines", "halved"), [(512, 4, 4 * FIRST // 2), (16, 5, 10), (5, 1, 2)]
)
def test_throttling_halves_what_each_machine_has(limit: int, machines: int, halved: int) -> None:
    concurrency = Concurrency(limit)
    concurrency.set_limit(limit, machines=machines)

    concurrency.throttled(100.0)

    assert concurrency.streams == halved


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
