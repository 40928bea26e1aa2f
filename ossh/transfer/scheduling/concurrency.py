"""How many connections to use: some at first, more while that pays, half when throttled. Pure.

Throttling is obeyed here, by halving, and in `service_health`, by the pause that was asked for.

```
grow: fourfold, later double ──▶ each brings what it brought before ──▶ four times as many
         │
         └─────▶ settle ──▶ did it pay? ── yes ──▶ double again
                                 └─ no ──▶ back to what was best, hold a while,
                                           try half as many more
```
Where several machines fetch, the level is that of each machine, and the results are added up.

Where the service holds each connection back, more of them pay in proportion. That shows as soon as
the new ones bring anything, and nothing else looks like it: on a line that is full, they take from
one another. Short of that, a level is judged only after its connections have brought something:
while they are being made it looks worse than it is, and whatever comes next looks like a gain.
"""

from ossh.backoff import Backoff

# Small bodies cost a tenth less CPU than with 8, as answers that are there at once are taken at
# once; with 8, large ones over slow connections lose a tenth of a second to a step more.
FIRST = 32
# The most for large bodies, on one machine. A fast line is full with far fewer, unless the service
# holds each connection back: at 5 MB/s each, a line of 10 Gbit/s takes as many.
STREAMS = 256

INTERVAL_SECONDS = 0.03  # below, a few answers that come together look like a trend
TOLD_SECONDS = 0.3  # the same for what other processes tell of, many times a second
DOUBT_SECONDS = 0.2  # before a level is given up: too many do little harm for so long
LONGEST_INTERVAL_SECONDS = 0.4  # for slow lines, where neither answers nor bytes are many
SETTLE_SECONDS = 0.3  # at most, before a new level is judged
OBJECT_WEIGHT = 16 * 1024  # bytes that a finished small object counts for as work
# What a connection has brought when it counts: an answer, or so many bytes of a large one.
ENOUGH_WORK = 512 * 1024
WORTH = 1.1  # growth must bring 10 %: less is noise, and connections cost the service
IN_PROPORTION = 0.8  # of what would be in proportion: connections do not all begin at once
PAID = 1.25  # if so much less comes without them, more connections did pay after all
CHANGED = 1.5  # so much faster or slower than a level was, the line is another
HOLDS = Backoff(3.0, 12.0)  # between two attempts to do better; each that fails doubles it
HALVE_SECONDS = 1.0  # between two halvings: many refusals at once are one event


class Concurrency:
    """Adapts the number of connections, never above a limit, to what they bring."""

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._machines = 1
        self._interval = INTERVAL_SECONDS
        self._now = FIRST  # the level
        self._good = FIRST  # the level with the best speed so far
        self._best = 0.0  # that speed
        self._tried = 0.0  # the speed with more, which did not seem to pay
        self._factor = 4.0
        self._are_large = False  # whether what is held back is bytes, not answers
        self._in_vain = 0  # attempts to do better, in a row
        self._hold_until = float("-inf")
        # when the present interval began: monotonic seconds, work and answers
        self._start: tuple[float, float, int] | None = None
        self._is_in_effect = False  # what was under way when the level changed has been answered
        self._halved_at = float("-inf")
        self.stream_rate = 0.0  # bytes a second that each stream brought lately; 0: not known yet

    @property
    def connections(self) -> int:
        return min(self._now * self._machines, self._limit)

    @property
    def streams(self) -> int:
        return min(min(self._now, STREAMS) * self._machines, self._limit)

    def beside(self, streaming: int) -> int:
        """Return how many small bodies may be under way beside `streaming` large ones."""
        return min(self.connections, self._limit - min(streaming, self.streams))

    @property
    def is_climbing(self) -> bool:
        """Return whether the level may change soon, so that it pays to look often."""
        return self._hold_until == float("-inf")

    def set_limit(self, limit: int, machines: int = 1, *, is_told: bool = False) -> None:
        """Change the most there may be, of all machines together; a rise is grown into.

        `is_told` says that other processes fetch, and tell how far they are.
        """
        self._interval = TOLD_SECONDS if is_told else INTERVAL_SECONDS
        self._machines = max(1, machines)
        if limit != self._limit:
            self._limit = max(1, limit)
            self._hold_until = float("-inf")

    def progress(self, work: float, answers: int, now: float, *, is_busy: bool) -> None:
        """Learn what was done so far, and change the level when it is time to.

        Args:
            work: Cumulative bytes, whatever counts as such.
            answers: Cumulative number of requests that were answered.
            now: Monotonic seconds.
            is_busy: Whether there was more to do than connections to do it with.
        """
        if self._start is None or not is_busy:
            self._start = now, work, answers
            return
        since, work_then, answers_then = self._start
        seconds, done = now - since, work - work_then
        level = self.connections
        answered, brought = answers - answers_then, done / ENOUGH_WORK
        enough = max(answered, brought) >= level
        speed = done / seconds if seconds else 0.0
        self._are_large = brought > answered
        is_soon = enough and self._are_large and seconds >= self._interval
        if is_soon and self._is_in_proportion(speed):
            self._start = now, work, answers
            self.stream_rate = speed / level
            self._keep(speed, factor=4.0)
        elif not self._is_in_effect:
            if enough or seconds >= SETTLE_SECONDS:
                self._start = now, work, answers
                self._is_in_effect = True
        elif seconds >= self._seconds_to_judge(speed, now, enough=enough):
            self._start = now, work, answers
            self.stream_rate = speed / level
            self._judge(speed, now)

    def _is_in_proportion(self, speed: float) -> bool:
        """Return whether more connections bring as much each as fewer did."""
        gain = self._now / self._good - 1
        return gain > 0 and speed >= self._best * (1 + IN_PROPORTION * gain)

    def _seconds_to_judge(self, speed: float, now: float, *, enough: bool) -> float:
        """Return how long a level is looked at before it is judged."""
        is_doubtful = self._now != self._good and speed <= self._best * WORTH
        if now < self._hold_until or not enough:
            return LONGEST_INTERVAL_SECONDS
        return max(DOUBT_SECONDS, self._interval) if is_doubtful else self._interval

    def _judge(self, speed: float, now: float) -> None:
        """Grow when the present level is the best so far, else go back and hold."""
        if now < self._hold_until:
            is_another = speed < self._best / CHANGED or speed > self._best * CHANGED > 0
            if is_another or speed < self._tried / PAID:
                # the line is another: look at once what it bears, which this interval, where it
                # changed, does not tell
                self._factor, self._hold_until = 2.0, float("-inf")
            return
        if self._now == self._good:  # nothing was tried: this is what the level brings now
            self._hold_until = float("-inf")
            self._best = speed
            self._grow()
        elif speed > self._best * WORTH:
            self._keep(speed, factor=min(self._factor, 2.0))
        else:
            self._tried = speed
            self._settle(self._good, now)
            self._in_vain += 1

    def _keep(self, speed: float, factor: float) -> None:
        """Take the present level for the best so far, and try more."""
        self._best, self._good = speed, self._now
        self._in_vain, self._factor = 0, factor
        self._grow()

    def _grow(self) -> None:
        """Try more, unless that is all there may be."""
        most = min(self._limit, STREAMS) if self._are_large else self._limit
        level = min(most, max(self._now + 1, int(self._now * self._factor)))
        if level > self._now:
            self._now, self._is_in_effect = level, False

    def _settle(self, level: int, now: float) -> None:
        """Stay at a level for a while, and then try a little more."""
        self._now = self._good = level
        self._factor, self._is_in_effect = 1.5, False
        self._hold_until = now + HOLDS.after(self._in_vain + 1)

    def throttled(self, now: float) -> None:
        """Halve, but not again at once."""
        if now - self._halved_at < HALVE_SECONDS:
            return
        self._halved_at = now
        level = min(self._now, -(-self.connections // self._machines))
        self._settle(max(1, level // 2), now)
        self._best = self._tried = 0.0
        self._start = None  # what fewer bring is to be seen, after the hold
