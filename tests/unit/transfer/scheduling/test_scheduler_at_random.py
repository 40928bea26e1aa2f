"""The scheduler under any sequence of troubles: what always holds."""

import random
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.model import MIB, Cause, Entry, Part, Status
from ossh.transfer.messages import (
    CheckPart,
    Differs,
    Done,
    Fetch,
    Link,
    Look,
    Readlink,
    Reply,
    Returned,
    Seal,
    Task,
)
from ossh.transfer.scheduling.retry_policy import Decision
from tests.unit.transfer.rig import (
    LARGE,
    LOCAL,
    PART_SIZE,
    Rig,
    answered,
    caused,
    done,
    entry,
    failed,
    served,
)

STOPPING = caused(Decision.STOP)
UNSEEN = LOCAL | {Cause.NO_WORKER}  # why a check cannot be made


# All of it, at random


class Chaos:
    """Answers tasks by a script of outcomes, and well when the script is over."""

    def __init__(self, rig: Rig, script: list[str], rng: random.Random) -> None:
        self._rig = rig
        self._script = script
        self._rng = rng
        self._sizes: dict[int, int] = {}
        self._versions: dict[int, str] = {}
        self.meet(rig.book.rows.values())

    def meet(self, entries: Iterable[Entry]) -> None:
        """Have these objects too."""
        self._sizes |= {one.row: one.size for one in entries}
        self._versions |= dict.fromkeys(self._sizes.keys() - self._versions.keys(), "E1")

    def __call__(self, task: Task) -> Reply:
        """Return the reply the script holds for a task, or the nearest it can have."""
        return self.reply(task, self._script.pop() if self._script else "done")

    def reply(self, task: Task, outcome: str) -> Reply:
        """Return a reply to a task, or the nearest it can have."""
        if outcome == "returned":
            return Returned(task, kept=self.piece(task))
        if isinstance(task, CheckPart) and outcome in UNSEEN:
            return failed(task, Cause(outcome))
        if outcome == "done" or isinstance(task, (CheckPart, Seal)):
            return self._end(task, outcome)
        cause = Cause(outcome)
        if isinstance(task, Look | Readlink | Link) and cause is Cause.CHANGED:
            cause = Cause.RESET
        if cause is Cause.CHANGED:
            self._versions[task.entry.row] += "+"
            self._sizes[task.entry.row] = self._rng.choice([10, LARGE, 2 * PART_SIZE])
            return failed(task, cause)
        return failed(task, cause, kept=self.piece(task) if cause is Cause.RESET else None)

    def _end(self, task: Task, outcome: str) -> Reply:
        if isinstance(task, Look):
            return Done(
                task,
                served=served(task, self._sizes[task.entry.row], self._versions[task.entry.row]),
            )
        if isinstance(task, Link) and self._rng.random() < 1 / 2:
            return Done(task)  # there are no links here
        if outcome == Cause.CORRUPT and isinstance(task, CheckPart):
            return Differs(task)
        is_bad = outcome == Cause.CORRUPT and isinstance(task, Seal)
        return failed(task, Cause.CORRUPT) if is_bad else done(task)

    def piece(self, task: Task) -> Part | None:
        """Return a piece of a body for streams, as a lane keeps nothing of a small one."""
        if not isinstance(task, Fetch) or task.entry.size < LARGE:
            return None
        length = self._rng.randrange(task.wanted.length)
        return Part(task.wanted.start, task.wanted.start + length, 1) if length else None


OUTCOMES = st.sampled_from(
    ["done", "returned", *sorted(set(Cause) - set(STOPPING)), Cause.BAD_CREDENTIALS]
)
ENTRIES = st.builds(
    lambda size, kind, parted: (size, kind, parted),
    st.sampled_from([0, 10, LARGE, 2 * PART_SIZE, 5 * PART_SIZE + 1]),
    st.sampled_from(["Normal", "Multipart", "Appendable", "Symlink"]),
    st.booleans(),
)


def planned(facts: list[tuple[int, str, bool]]) -> list[Entry]:
    entries = []
    for row, (size, kind, parted) in enumerate(facts, 1):
        parts = [Part(0, MIB // 2, 1), Part(MIB, MIB + 9, 1)] if parted and size > MIB + 9 else []
        entries.append(replace(entry(row, size, parts=parts), type=kind))
    return entries


@settings(max_examples=300, deadline=None)
@given(
    facts=st.lists(ENTRIES, min_size=1, max_size=12),
    script=st.lists(OUTCOMES, max_size=80),
    connections=st.sampled_from([1, 2, 64]),
    max_attempts=st.integers(1, 4),
    seed=st.integers(0, 9999),
)
def test_whatever_happens_every_object_ends_in_one_final_status(
    facts: list[tuple[int, str, bool]],
    script: list[str],
    connections: int,
    max_attempts: int,
    seed: int,
) -> None:
    rng = random.Random(seed)
    rig = answered(
        Rig(
            *planned(facts),
            listings=1,
            connections=connections,
            max_attempts=max_attempts,
            seed=seed,
        )
    )

    rig.play(Chaos(rig, script, rng), rng=rng)

    assert rig.scheduler.state.stopped is None
    assert rig.scheduler.totals.part_bytes == 0
    finals = list({one.row: one for one in rig.outcomes}.values())  # an outage takes failures back
    assert sorted(one.row for one in finals) == sorted(rig.book.rows)
    assert Status.PENDING not in {one.status for one in finals}
    for one in finals:
        assert one.attempts <= max_attempts
        assert one.attempts >= (0 if one.status is Status.ARCHIVED else 1)
        assert (one.proof is not None) == (one.status is Status.DONE)
