"""The scheduler as a state machine: pages, replies, outages, stops and kills in any order.

Beside it stands a model that knows less: what each reply may cost an object, and what the manifest
has been told. `Rig` compares the totals with the rows at every record.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ossh.model import MIB, Cause, Entry, Part, Status
from ossh.transfer.messages import (
    CheckPart,
    Differs,
    Done,
    Failed,
    Fetch,
    Link,
    ListingFailed,
    Look,
    Readlink,
    Reply,
    Returned,
    Seal,
    Task,
)
from ossh.transfer.scheduling.retry_policy import (
    DECISIONS,
    DOUBTFUL,
    MAX_CHANGES,
    MAX_REFUSALS,
    MAX_THROTTLES,
    Decision,
)
from ossh.transfer.scheduling.service_health import ASKED
from tests.unit.transfer.rig import (
    LARGE,
    LOCAL,
    PART_SIZE,
    Rig,
    done,
    entry,
    failed,
    failure,
    served,
)

CHARGED = (Decision.RETRY, Decision.GIVE_UP)
FINAL = frozenset(Status) - {Status.PENDING}
OUTCOMES = st.sampled_from(["done", "done", "done", "returned", *sorted(Cause)])
RARELY = st.sampled_from([False, False, False, True])  # else no run gets anywhere
UNSEEN = LOCAL | {Cause.NO_WORKER}  # why a check cannot be made
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


class Chaos:
    """Answers tasks, and remembers which version each object has by now."""

    def __init__(self, rig: Rig, rng: random.Random) -> None:
        self._rng = rng
        self._sizes: dict[int, int] = {}
        self._versions: dict[int, str] = {}
        self.meet(rig.book.rows.values())

    def meet(self, entries: Iterable[Entry]) -> None:
        """Have these objects too."""
        self._sizes |= {one.row: one.size for one in entries}
        self._versions |= dict.fromkeys(self._sizes.keys() - self._versions.keys(), "E1")

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


class JobMachine(RuleBasedStateMachine):
    """One job, run after run, until somebody lets it go well to its end."""

    @initialize(
        facts=st.lists(ENTRIES, max_size=6),
        connections=st.sampled_from([1, 2, 64]),
        max_attempts=st.integers(1, 4),
        seed=st.integers(0, 9999),
        records_links=st.booleans(),
    )
    def begin(
        self,
        facts: list[tuple[int, str, bool]],
        connections: int,
        max_attempts: int,
        seed: int,
        *,
        records_links: bool,
    ) -> None:
        """Begin a job whose listing has not come yet; an earlier run may have left objects."""
        self.rng = random.Random(seed)
        self.connections, self.max_attempts = connections, max_attempts
        self.records_links = records_links
        self.is_listed = False
        self.final: dict[int, Status] = {}
        self.lost: set[int] = set()  # rows charged with what the way to the service may have done
        self.rows: list[Entry] = planned(facts)
        self._run()
        self.service = Chaos(self.rig, self.rng)

    def _run(self) -> None:
        """Begin a run on what the manifest holds, as `begin_run` and the loop do."""
        pending = (
            replace(one, attempts=0) if one.status is Status.PENDING else one for one in self.rows
        )
        self.rig = Rig(
            *pending,
            listings=0 if self.is_listed else 1,
            connections=self.connections,
            max_attempts=self.max_attempts,
            records_links=self.records_links,
            seed=self.rng.randrange(9999),
        )
        self.throttles: Counter[int] = Counter()
        self.changes: Counter[int] = Counter()
        self.refusals: Counter[int] = Counter()
        self.cost: Counter[int] = Counter()  # attempts that replies of this run may have cost

    @property
    def is_over(self) -> bool:
        """Whether this run has ended, by itself or because it was stopped."""
        return self.rig.scheduler.wait(self.rig.now) is None

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 30.0]))
    def turn(self, seconds: float) -> None:
        """Let time pass, and tasks go out."""
        self.rig.turn(seconds)

    @precondition(lambda self: not self.is_listed)
    @rule(facts=st.lists(ENTRIES, max_size=4), finished=st.booleans())
    def page(self, facts: list[tuple[int, str, bool]], *, finished: bool) -> None:
        """Let a page of the listing come."""
        first = len(self.rig.book.rows)
        fresh = [
            replace(one, row=first + one.row, key=f"key-{first + one.row}", parts=())
            for one in planned(facts)
        ]
        self.service.meet(fresh)
        self.rig.page(*fresh, finished=finished)
        self.is_listed = finished

    @precondition(lambda self: not self.is_listed)
    @rule(cause=st.sampled_from(sorted(Cause)))
    def listing_fails(self, cause: Cause) -> None:
        """Let a page fail; it is due again, or the run stops."""
        self.rig.on(ListingFailed(1, failure(cause)))

    @precondition(lambda self: self.rig.flying)
    @rule(choice=st.integers(0, 999), outcome=OUTCOMES)
    def reply(self, choice: int, outcome: str) -> None:
        """Let one of the tasks under way land, whichever it is."""
        task = self.rig.flying[choice % len(self.rig.flying)]
        reply = self.service.reply(task, outcome)
        if isinstance(reply, Failed):
            self._note(task, reply.failure.cause)
        self.rig.on(reply)

    @precondition(lambda self: self.rig.flying)
    @rule(outcome=OUTCOMES, seconds=st.sampled_from([0.1, 30.0]))
    def all_reply(self, outcome: str, seconds: float) -> None:
        """Let all tasks under way land alike, and the next ones go out."""
        for _ in range(len(self.rig.flying)):
            self.reply(0, outcome)
        self.rig.turn(seconds)

    @precondition(lambda self: self.rig.question is not None)
    @rule(cause=st.sampled_from([None, Cause.NOT_OSS, Cause.NETWORK, Cause.TIMEOUT]))
    def hear(self, cause: Cause | None) -> None:
        """Let the service itself answer, or something else, or nothing."""
        self.rig.hear(failure(cause) if cause else None)

    def _note(self, task: Task, cause: Cause) -> None:
        """Remember what a failure may cost."""
        cause = Cause.BLOCKED if cause is Cause.NOT_OSS else cause
        if cause in DOUBTFUL:
            self.lost.add(task.entry.row)
        self.throttles[task.entry.row] += cause is Cause.THROTTLED
        self.changes[task.entry.row] += cause is Cause.CHANGED
        self.refusals[task.entry.row] += cause in ASKED
        is_too_often = (
            self.throttles[task.entry.row] > MAX_THROTTLES
            or self.refusals[task.entry.row] > MAX_REFUSALS
            or self.changes[task.entry.row] > MAX_CHANGES
        )
        if DECISIONS[cause] in CHARGED or is_too_often:
            self.cost[task.entry.row] += 1

    @rule()
    def mended(self) -> None:
        """Let credentials be others."""
        self.rig.scheduler.mended(self.rig.now)

    @rule(really=RARELY)
    def kill(self, *, really: bool) -> None:
        """End the process: what was not recorded is lost, what flies is forgotten."""
        if really:
            self.rows = list(self.rig.book.rows.values())
            self._run()

    @rule(really=RARELY)
    def stop(self, *, really: bool) -> None:
        """Stop the run, as Ctrl-C does: all is handed back and recorded; the next run begins."""
        if really:
            self.rig.scheduler.state.stop()
            self._park()

    @precondition(lambda self: self.is_over)
    @rule()
    def again(self) -> None:
        """Begin the next run when this one is over."""
        self._park()

    def _park(self) -> None:
        self.rig.on(*map(Returned, list(self.rig.flying)))
        assert self.is_over
        self.rig.record()
        self.attempts_are_explained_and_each_object_ends_once()
        self.kill(really=True)

    @invariant()
    def nobody_is_tried_again_before_all_have_begun(self) -> None:
        """Compare what was sent with who has not had a first task yet."""
        assert not self.rig.overtaken

    @invariant()
    def nothing_under_way_is_forgotten(self) -> None:
        """What was sent and not answered is what the scheduler waits for, and never twice."""
        flying = self.rig.flying
        assert self.rig.scheduler._window.flying == len(flying)
        assert len(set(flying)) == len(flying)
        ranges = [(t.entry.row, t.wanted) for t in flying if isinstance(t, Fetch)]
        for row, one in ranges:
            overlaps = [
                o for r, o in ranges if r == row and o.start < one.stop > one.start < o.stop
            ]
            assert len(overlaps) <= 1
        sealed = {task.entry.row for task in flying if isinstance(task, Seal)}
        assert all(not isinstance(task, Fetch) or task.entry.row not in sealed for task in flying)

    @invariant()
    def attempts_are_explained_and_each_object_ends_once(self) -> None:
        """No attempt but by a failure that costs one, or by the success that ended the object."""
        for one in self.rig.book.rows.values():
            assert one.attempts <= self.max_attempts
            if self._is_acquitted(one):
                del self.final[one.row]
            if one.row in self.final:
                assert one.status is self.final[one.row]
                continue
            assert one.attempts <= self.cost[one.row] + (one.status is Status.DONE)
            if one.status in FINAL:
                self.final[one.row] = one.status

    def _is_acquitted(self, one: Entry) -> bool:
        """Whether an object failed for what turned out to be the fault of the way."""
        was_failed = self.final.get(one.row) is Status.FAILED and one.row in self.lost
        return was_failed and one.status is Status.PENDING and one.attempts < self.max_attempts

    def teardown(self) -> None:
        """Let everything go well: each object ends in one final status, and none is left."""
        if not hasattr(self, "rig"):
            return
        self.stop(really=True)
        if not self.is_listed:
            self.is_listed = True
            self.rig.page(finished=True)
        self.rig.play(lambda task: self.service.reply(task, "done"))
        self.attempts_are_explained_and_each_object_ends_once()
        assert self.rig.scheduler.state.stopped is None
        assert self.final.keys() == self.rig.book.rows.keys()
        assert self.rig.scheduler.totals.part_bytes == 0
        for one in self.rig.book.rows.values():
            assert one.attempts >= (one.status is not Status.ARCHIVED)
            assert (one.proof is not None) == (one.status is Status.DONE)


@pytest.mark.fault("F32")
@pytest.mark.fault("F33")
def test_in_whatever_order_things_happen_every_object_ends_once_and_within_its_attempts() -> None:
    run_state_machine_as_test(JobMachine, settings=settings(stateful_step_count=40))
