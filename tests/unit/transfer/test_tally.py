"""Tally: objects and bytes by status, and what progress shows of them."""

from ossh.model import Counts, Status
from ossh.transfer.messages import Phase
from ossh.transfer.tally import Tally

BEFORE = Counts(
    {Status.PENDING: 2, Status.DONE: 3, Status.SKIPPED: 1, Status.GONE: 1},
    {Status.PENDING: 20, Status.DONE: 300, Status.SKIPPED: 50, Status.GONE: 7},
)


def test_progress_counts_what_was_there_before_as_resumed() -> None:
    progress = Tally(BEFORE).progress(Phase.FETCHING, 2, "a note")

    assert (progress.phase, progress.round, progress.note) == (Phase.FETCHING, 2, "a note")
    assert (progress.planned, progress.planned_bytes) == (7, 377)
    assert (progress.done, progress.skipped, progress.failed) == (3, 1, 1)
    assert progress.bytes_done == progress.bytes_resumed == 350


def test_parts_on_disk_are_bytes_done() -> None:
    tally = Tally(BEFORE)

    tally.part_bytes += 11

    assert tally.progress(Phase.FETCHING, 1).bytes_done == 361


def test_what_the_listing_adds_is_planned_and_what_is_there_resumed() -> None:
    tally = Tally(Counts({}, {}))

    tally.plan(Status.PENDING, 3, 100)
    tally.plan(Status.SKIPPED, 1, 30)

    progress = tally.progress(Phase.PLANNING, 1)
    assert (progress.planned, progress.planned_bytes) == (4, 130)
    assert (progress.bytes_done, progress.bytes_resumed) == (30, 30)


def test_moving_and_resizing_keep_the_totals() -> None:
    tally = Tally(BEFORE)

    tally.resize(Status.PENDING, 5)
    tally.move(Status.PENDING, Status.DONE, 15)

    assert (tally.objects[Status.PENDING], tally.size[Status.PENDING]) == (1, 10)
    assert (tally.objects[Status.DONE], tally.size[Status.DONE]) == (4, 315)


def test_a_recount_takes_the_manifest_s_figures() -> None:
    tally = Tally(BEFORE)

    tally.recount(Counts({Status.DONE: 9}, {Status.DONE: 900}))

    assert tally.progress(Phase.FETCHING, 1).planned == 9
    assert tally.progress(Phase.FETCHING, 1).bytes_done == 900
