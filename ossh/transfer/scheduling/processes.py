"""In how many processes a run fetches: its own at first, more when that one is full. Pure.

```
alone ──▶ its core full, another idle ──▶ twice as many ──▶ settle ──▶ did it pay? ── yes ──▶ again
                                                                            └─ no ──▶ back, and hold
```
Python runs one thread of a process at a time: whatever the machine has, one process that uses a
core all the time is at its end. To start another costs a third of a second of CPU, so a run that is
over soon never does. A job may also say how many; they are started once there is work for them.
"""

from ossh.backoff import Backoff

MOST = 8  # of those that are found to pay: then the line is full, or whatever else there is
FULL = 0.8  # of a core
SHORT_SECONDS = 2.0  # a run that is over sooner goes on as it is
LOOK_SECONDS = 1.0  # between two judgements
SETTLE_SECONDS = 1.5  # before a new number is judged: they are started, and take over
WORTH = 1.1  # more processes must bring 10 %: less is noise
HOLDS = Backoff(10.0, 120.0)  # between two attempts to do better; each that fails doubles it


class Processes:
    """Adapts the number of processes to what they bring; where some number is wanted, to that."""

    def __init__(self, wanted: int, cores: int) -> None:
        self._wanted = wanted
        self._cores = cores
        self.level = 1
        self._good = 1  # the level with the best speed so far
        self._best = 0.0  # that speed
        self._in_vain = 0  # attempts to do better, in a row
        self._settled_at = self._hold_until = float("-inf")
        # when the present interval began: monotonic seconds, work and CPU
        self._start: tuple[float, float, float] | None = None

    def want(self, number: int) -> None:
        """Change how many are wanted; 0 to find out from now on."""
        if number != self._wanted:
            self._wanted = number
            self._start, self._hold_until = None, float("-inf")
            self.level = self._good = number or self.level

    def progress(
        self, work: float, left: float, cpu_seconds: float, now: float, *, is_busy: bool
    ) -> None:
        """Learn what was done so far, as `Concurrency` does, and change the level when it is time.

        `left` is the work to be done, as far as is known; CPU seconds are of this process.
        """
        if self._wanted:
            self.level = self._wanted if is_busy else self.level
            return
        if self._start is None or not is_busy or now < self._settled_at:
            self._start = now, work, cpu_seconds
            return
        since, work_then, cpu_then = self._start
        seconds = now - since
        if seconds < LOOK_SECONDS:
            return
        self._start = now, work, cpu_seconds
        speed, load = (work - work_then) / seconds, (cpu_seconds - cpu_then) / seconds
        self._judge(speed, now)
        if left > speed * SHORT_SECONDS:
            self._try_more(load, now)

    def _judge(self, speed: float, now: float) -> None:
        """Go back, and hold, where the level does not bring more than fewer did."""
        if self.level != self._good:
            if speed <= self._best * WORTH:
                self._in_vain += 1
                self._hold_until = now + HOLDS.after(self._in_vain)
                self._change(self._good, now)
                return
            self._good, self._in_vain = self.level, 0
        self._best = speed

    def _try_more(self, load: float, now: float) -> None:
        """Try twice as many, unless that is too many, or was in vain a moment ago.

        While this process is the only one, it must be full, and a core idle as far as it can tell.
        """
        most = min(MOST, self._cores)
        is_time = self.level > 1 or FULL < load < self._cores - FULL
        if is_time and now >= self._hold_until and self.level < most:
            self._change(min(most, 2 * self.level), now)

    def _change(self, level: int, now: float) -> None:
        self.level = level
        self._settled_at = now + SETTLE_SECONDS
