"""What is recorded of objects, and how much of them is counted as here."""

from collections import Counter
from dataclasses import replace

import pytest

from ossh.model import Cause, Counts, Entry, ObjectInfo, Part, Proof, Status
from ossh.transfer.messages import CheckPart, Differs, Done, Failed, Fetch, Link, Look, Served
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.outcomes import MOST_SLOWEST, Outcomes, RunTotals
from ossh.transfer.watching import Phase, Summary
from tests.unit.transfer.rig import EPOCH, MODIFIED, PART_SIZE, entry, failure

SIZE = 3 * PART_SIZE
FIRST, SECOND = Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)
SEEN = Served(SIZE, "E1", 1, MODIFIED.timestamp())


@pytest.fixture
def summary() -> Summary:
    return Summary()


@pytest.fixture
def outcomes(summary: Summary) -> Outcomes:
    """Return what has gathered nothing; one object is pending."""
    counts = Counts(Counter({Status.PENDING: 1}), Counter({Status.PENDING: SIZE}))
    return Outcomes(counts, summary, EPOCH, str)


def item(*parts: Part, **facts: object) -> Item:
    one: Entry = replace(entry(1, SIZE, parts=parts), **facts)  # type: ignore[arg-type]
    return Item(one, PART_SIZE)


def test_what_a_look_tells_is_recorded_where_it_differs(outcomes: Outcomes) -> None:
    one = item(attempts=2)
    before = one.entry
    outcomes.on(one, Done(Look(entry(1, key="key-1")), served=SEEN), 0.0)
    assert outcomes.take() == ([], [])

    other = replace(SEEN, size=SIZE + 5, type="Appendable", storage_class="IA", etag="E2")
    outcomes.on(one, Done(Look(entry(1, key="key-1")), served=other), 0.0)

    [outcome] = outcomes.take()[0]
    assert (outcome.status, outcome.attempts) == (Status.PENDING, 2)
    assert outcome.facts == ObjectInfo(
        before.key, SIZE + 5, "E2", before.last_modified, "Appendable", "IA"
    )


def test_a_file_that_made_way_for_a_link_counts_even_if_the_link_cannot_be_made(
    outcomes: Outcomes, summary: Summary
) -> None:
    one = item()

    for has_moved in (True, False):
        outcomes.on(one, Done(Link(one.entry, "elsewhere"), has_moved=has_moved), 0.0)

    assert (summary.trashed, summary.fetched) == (1, 0)


@pytest.mark.parametrize("attempts", [0, 1])
def test_an_object_that_was_given_up_wrongly_is_pending_with_its_parts(
    outcomes: Outcomes, attempts: int
) -> None:
    why = failure(Cause.RESET)
    one = item(FIRST, failure=why)
    outcomes.resumed(one)
    one.attempts = 1
    outcomes.ended(one, Status.FAILED, why)
    ended = outcomes.totals.part_bytes
    outcomes.totals.part_bytes = 7  # of others
    outcomes.take()

    one.attempts = attempts
    outcomes.acquitted(one, was_ended=True)

    assert ended == 0
    assert outcomes.totals.part_bytes == 7 + PART_SIZE
    assert outcomes.totals.to_retry == attempts
    [outcome] = outcomes.take()[0]
    assert (outcome.status, outcome.attempts) == (Status.PENDING, attempts)
    assert outcome.failure == (why if attempts else None)


def test_what_was_seen_of_a_growing_object_outlasts_what_its_parts_say(outcomes: Outcomes) -> None:
    one = item(type="Appendable")
    seen = replace(SEEN, type="Appendable")
    outcomes.on(one, Done(Look(entry(1, key="key-1")), served=seen), 0.0)
    task = next(task for _ in range(9) if isinstance(task := one.next_task(), Fetch))

    outcomes.on(one, Done(task, FIRST, replace(seen, size=2 * SIZE)), 0.0)

    assert (one.parts, one.served) == ([FIRST], seen)


def test_what_becomes_of_several_objects_is_added_up(outcomes: Outcomes, summary: Summary) -> None:
    for count, key in enumerate(("a", "b"), 1):
        one = Item(entry(1, SIZE, key=key, parts=[FIRST, SECOND]), PART_SIZE, began=10.0)
        outcomes.resumed(one)
        check = one.next_task()
        assert isinstance(check, CheckPart)
        outcomes.on(one, Differs(check), 0.0)
        assert outcomes.totals.resumed == outcomes.totals.part_bytes == count * PART_SIZE

        symlink = replace(one.entry, key=f"link to {key}", type="Symlink")
        link = Item(symlink, PART_SIZE, records_links=True, began=10.0, changes=1)
        link.lead_to("")
        for each, has_moved in ((one, False), (link, True)):
            done = Done(Fetch(each.entry), proof=Proof.CRC64, has_moved=has_moved)
            assert outcomes.on(each, done, 10.0 + count)
        outcomes.totals.part_bytes = count * PART_SIZE

    assert summary.fetched == outcomes.totals.progress(Phase.FETCHING).fetched == 4
    assert summary.verified == {Proof.CRC64: 4}
    assert (summary.replaced, summary.followed, summary.trashed) == (2, 2, 2)
    slowest = [("link to b", 2.0), ("b", 2.0), ("link to a", 1.0), ("a", 1.0)]
    assert outcomes.slowest == tuple(slowest)


def test_a_run_remembers_the_few_that_took_longest(outcomes: Outcomes) -> None:
    for seconds in (5.0, *map(float, range(MOST_SLOWEST)), 0.5, 1.5):
        one = Item(entry(1, SIZE, key=f"k{seconds:g}"), PART_SIZE)
        outcomes.on(one, Done(Fetch(one.entry), proof=Proof.CRC64), seconds)

    assert len(outcomes.slowest) == MOST_SLOWEST
    assert outcomes.slowest[0] == ("k9", 9.0)
    assert [seconds for _, seconds in outcomes.slowest] == [9, 8, 7, 6, 5, 5, 4, 3, 2, 1.5]


@pytest.mark.parametrize(
    ("status", "parts", "finished", "drops"),
    [
        (Status.SKIPPED, (FIRST,), EPOCH + 5.0, True),
        (Status.SKIPPED, (), EPOCH + 5.0, False),
        (Status.FAILED, (FIRST,), None, False),
    ],
)
def test_what_the_disk_says_is_recorded_with_its_reason_and_moment(
    outcomes: Outcomes,
    status: Status,
    parts: tuple[Part, ...],
    finished: float | None,
    *,
    drops: bool,
) -> None:
    found = replace(item().entry, status=status, parts=parts, failure=failure(Cause.IN_USE))

    outcomes.found(found, 5.0)

    [outcome], changes = outcomes.take()
    assert (outcome.status, outcome.failure) == (status, found.failure)
    assert outcome.finished == finished
    assert [change.drop for change in changes] == [True] * drops


def test_the_start_of_a_part_that_failed_is_kept_with_what_was_told_of_its_object(
    outcomes: Outcomes,
) -> None:
    one = item()
    for part in (FIRST, SECOND):
        task = one.next_task()
        assert isinstance(task, Fetch)
        outcomes.on(one, Failed(task, failure(Cause.RESET), kept=part, served=SEEN), 0.0)

    assert (one.parts, one.served) == ([FIRST, SECOND], SEEN)
    assert one.fetched_bytes == 2 * PART_SIZE


# Totals

BEFORE = Counts(
    Counter(
        {
            Status.PENDING: 2,
            Status.DONE: 3,
            Status.SKIPPED: 1,
            Status.GONE: 1,
            Status.ARCHIVED: 2,
        }
    ),
    Counter({Status.PENDING: 20, Status.DONE: 300, Status.SKIPPED: 50, Status.GONE: 7}),
)


def test_progress_counts_what_was_there_before_as_resumed() -> None:
    totals = RunTotals(BEFORE, Summary(fetched=3))
    progress = totals.progress(Phase.FETCHING, "a note")

    assert (progress.phase, progress.note) == (Phase.FETCHING, "a note")
    assert (progress.planned, progress.planned_bytes) == (9, 377)
    assert (progress.done, progress.failed, progress.archived) == (4, 3, 2)
    assert progress.fetched == 3
    assert progress.bytes_done == progress.bytes_resumed == 350


def test_parts_on_disk_are_bytes_done() -> None:
    totals = RunTotals(BEFORE)

    totals.part_bytes += 11

    assert totals.progress(Phase.FETCHING).bytes_done == 361
    assert totals.bytes_left == 20 - 11


def test_what_the_listing_adds_is_planned_and_what_is_there_resumed() -> None:
    totals = RunTotals(Counts())

    for skipped, size in [(1, 30), (3, 70)]:
        objects = Counter({Status.PENDING: 3, Status.SKIPPED: skipped})
        sizes = Counter({Status.PENDING: 100, Status.SKIPPED: size})
        totals.plan(Counts(objects, sizes))

    progress = totals.progress(Phase.PLANNING)
    assert (progress.planned, progress.planned_bytes, progress.note) == (6, 170, "")
    assert (progress.bytes_done, progress.bytes_resumed) == (70, 70)
