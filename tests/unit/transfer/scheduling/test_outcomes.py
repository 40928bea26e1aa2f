"""What is recorded of objects, and how much of them is counted as here."""

from collections import Counter
from dataclasses import replace

import pytest

from ossh.model import Cause, Counts, Entry, ObjectInfo, Part, Status
from ossh.transfer.messages import CheckPart, Differs, Done, Fetch, Look, Served
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.watching import Summary
from tests.unit.transfer.rig import MODIFIED, PART_SIZE, entry, failure

SIZE = 3 * PART_SIZE
FIRST, SECOND = Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)


@pytest.fixture
def outcomes() -> Outcomes:
    """Return what has gathered nothing; one object is pending."""
    return Outcomes(
        Counts(Counter({Status.PENDING: 1}), Counter({Status.PENDING: SIZE})), Summary(), 0.0, str
    )


def item(*parts: Part, **facts: object) -> Item:
    one: Entry = replace(entry(1, SIZE, parts=parts), **facts)  # type: ignore[arg-type]
    return Item(one, PART_SIZE)


def test_parts_of_an_earlier_run_count_until_they_are_found_to_be_lost(outcomes: Outcomes) -> None:
    one = item(FIRST, SECOND)
    outcomes.resumed(one)
    before = outcomes.totals.resumed, outcomes.totals.part_bytes
    check = next(task for _ in range(9) if isinstance(task := one.next_task(), CheckPart))

    outcomes.on(one, Differs(check), 0.0)

    assert before == (2 * PART_SIZE, 2 * PART_SIZE)
    assert (outcomes.totals.resumed, outcomes.totals.part_bytes) == (PART_SIZE, PART_SIZE)
    [change] = outcomes.take()[1]
    assert (change.part, change.drop) == (check.part, True)


def test_what_a_look_tells_is_recorded_where_it_differs(outcomes: Outcomes) -> None:
    one = item()
    before = one.entry
    same = Served(SIZE, "E1", 1, MODIFIED.timestamp())
    outcomes.on(one, Done(Look(entry(1, key="key-1")), served=same), 0.0)
    assert outcomes.take() == ([], [])

    other = replace(same, size=SIZE + 5, type="Appendable", storage_class="IA", etag="E2")
    outcomes.on(one, Done(Look(entry(1, key="key-1")), served=other), 0.0)

    [outcome] = outcomes.take()[0]
    assert outcome.status is Status.PENDING
    assert outcome.facts == ObjectInfo(
        before.key, SIZE + 5, "E2", before.last_modified, "Appendable", "IA"
    )
    assert outcomes.totals.counts.size[Status.PENDING] == SIZE + 5


@pytest.mark.parametrize("attempts", [0, 1])
def test_an_object_that_was_given_up_wrongly_is_pending_with_its_parts(
    outcomes: Outcomes, attempts: int
) -> None:
    why = failure(Cause.RESET)
    one = item(FIRST, failure=why)
    outcomes.resumed(one)
    one.attempts = 1
    outcomes.ended(one, Status.FAILED, why)
    ended = outcomes.totals.part_bytes, outcomes.totals.counts.objects[Status.FAILED]
    outcomes.take()

    one.attempts = attempts
    outcomes.acquitted(one, was_ended=True)

    assert ended == (0, 1)
    assert outcomes.totals.part_bytes == PART_SIZE
    assert outcomes.totals.counts.objects == {Status.PENDING: 1, Status.FAILED: 0}
    assert outcomes.totals.to_retry == attempts
    [outcome] = outcomes.take()[0]
    assert (outcome.status, outcome.attempts) == (Status.PENDING, attempts)
    assert outcome.failure == (why if attempts else None)


def test_a_failed_attempt_is_recorded_with_its_reason(outcomes: Outcomes) -> None:
    one = item()
    one.attempts = 1

    outcomes.charged(one, failure(Cause.RESET))

    [outcome] = outcomes.take()[0]
    assert (outcome.status, outcome.failure) == (Status.PENDING, failure(Cause.RESET))
    assert outcomes.totals.to_retry == 1


def test_what_was_seen_of_a_growing_object_outlasts_what_its_parts_say(outcomes: Outcomes) -> None:
    one = item(type="Appendable")
    seen = Served(SIZE, "E1", 1, MODIFIED.timestamp(), "Appendable")
    outcomes.on(one, Done(Look(entry(1, key="key-1")), served=seen), 0.0)
    task = next(task for _ in range(9) if isinstance(task := one.next_task(), Fetch))

    outcomes.on(one, Done(task, FIRST, replace(seen, size=2 * SIZE)), 0.0)

    assert (one.parts, one.served) == ([FIRST], seen)
