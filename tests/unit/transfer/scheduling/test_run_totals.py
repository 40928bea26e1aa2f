"""Tally: objects and bytes by status, and what progress shows of them."""

from collections import Counter

from ossh.model import Counts, Status
from ossh.transfer.scheduling.run_totals import RunTotals
from ossh.transfer.watching import Phase, Summary

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
