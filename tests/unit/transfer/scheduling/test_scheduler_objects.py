"""The scheduler and one object: changed under its hands, a symlink, or in parts."""

from dataclasses import replace

import pytest

from ossh.model import Cause, Entry, Part, Proof, Status
from ossh.transfer.messages import (
    CheckPart,
    Differs,
    Done,
    Failed,
    Fetch,
    Link,
    Look,
    Readlink,
    Reply,
    Returned,
    Seal,
    Served,
    Task,
)
from ossh.transfer.scheduling.retry_policy import MAX_CHANGES
from tests.unit.transfer.rig import (
    LOCAL,
    MODIFIED,
    PART_SIZE,
    Rig,
    answered,
    done,
    entry,
    failed,
    failure,
    finish,
    served,
)

SERVED = Served(2 * PART_SIZE, "E1", 1, MODIFIED.timestamp())


# Changed objects


def test_a_changed_object_is_looked_at_and_fetched_anew_uncharged() -> None:
    rig = Rig(entry(1, 1000))
    (task,) = rig.turn()

    rig.on(failed(task, Cause.CHANGED))
    (look,) = rig.turn()
    assert look == Look(entry(1))
    rig.on(Done(look, served=Served(1200, "E2", 1, MODIFIED.timestamp() + 60, "Normal", "IA")))
    (again,) = rig.turn()

    assert isinstance(again, Fetch)
    assert (again.entry.size, again.etag) == (1200, "E2")
    assert again.entry.last_modified.timestamp() == MODIFIED.timestamp() + 60
    assert (rig.row(1).size, rig.row(1).etag, rig.row(1).attempts) == (1200, "E2", 0)
    facts = rig.outcomes[-1].facts
    assert facts is not None
    assert facts.storage_class == "IA"
    finish(rig)
    assert rig.row(1).status is Status.DONE


def test_an_object_that_keeps_changing_is_looked_at_before_each_attempt() -> None:
    rig = Rig(entry(1, 3 * PART_SIZE))
    version = 1

    def answer(task: Task) -> Reply:
        nonlocal version
        if isinstance(task, Look):
            return Done(task, served=served(task, 3 * PART_SIZE, f"E{version}"))
        if isinstance(task, Fetch) and task.range and task.range.start == PART_SIZE:
            version = min(version + 1, 6)
        is_old = isinstance(task, Fetch) and task.etag != f"E{version}"
        return failed(task, Cause.CHANGED) if is_old else done(task)

    rig.play(answer)

    assert rig.row(1).status is Status.DONE
    assert rig.row(1).etag == "E6"
    assert rig.row(1).attempts == 3


# Symlinks


def test_a_symlink_is_looked_at_before_it_is_fetched() -> None:
    rig = Rig(replace(entry(1, 30), type="Symlink"))

    (look,) = rig.turn()
    rig.on(Done(look, served=Served(4000, "OTHER", 1, MODIFIED.timestamp() + 9, "Normal")))
    (task,) = rig.turn()

    assert isinstance(task, Fetch)
    assert (task.entry.size, task.etag, task.entry.type) == (4000, "OTHER", "Symlink")
    assert task.entry.last_modified.timestamp() == MODIFIED.timestamp()  # the link's own
    finish(rig)
    assert rig.row(1).size == 4000


def test_a_look_that_failed_is_a_look_again_in_round_two() -> None:
    rig = Rig(replace(entry(1), type="Symlink"))
    (look,) = rig.turn()
    rig.on(failed(look, Cause.TIMEOUT))
    rig.turn()
    rig.turn()
    rig.turn()

    assert rig.turn(30.0) == [look]
    rig.on(failed(look, Cause.TIMEOUT))
    assert rig.turn(30.0) == [look]
    assert rig.row(1).attempts == 2


# Parts of large objects


def test_a_large_object_is_fetched_in_parts_and_sealed() -> None:
    size = 2 * PART_SIZE + 5
    rig = Rig(entry(1, size))

    tasks = rig.turn()
    ranges = [task.range for task in tasks if isinstance(task, Fetch)]
    rig.on(*map(done, reversed(tasks)))
    (seal,) = rig.turn()

    assert [(one.start, one.stop) for one in ranges if one] == [
        (0, PART_SIZE),
        (PART_SIZE, 2 * PART_SIZE),
        (2 * PART_SIZE, size),
    ]
    assert isinstance(seal, Seal)
    assert (seal.entry.size, seal.served.size, seal.served.crc64) == (size, size, 1)
    assert rig.book.parts(1) == size
    assert rig.scheduler.progress(rig.now).bytes_done == size
    rig.on(done(seal))
    rig.record()
    assert rig.row(1).status is Status.DONE
    assert rig.row(1).parts == ()
    assert rig.scheduler.totals.part_bytes == 0


def test_parts_that_failed_cost_one_attempt_together_and_the_others_stay() -> None:
    rig = Rig(entry(1, 4 * PART_SIZE))
    tasks = rig.turn()

    kept = Part(PART_SIZE, PART_SIZE + 100, 1)
    rig.on(done(tasks[0]), failed(tasks[1], Cause.RESET, kept=kept), failed(tasks[2], Cause.STALL))
    assert rig.turn() == []
    rig.on(done(tasks[3]))
    again = rig.turn(30.0)

    assert rig.row(1).attempts == 1
    assert rig.row(1).failure == failure(Cause.RESET)
    missing = [task.range for task in again if isinstance(task, Fetch)]
    assert [(one.start, one.stop) for one in missing if one] == [
        (PART_SIZE + 100, 2 * PART_SIZE + 100),
        (2 * PART_SIZE + 100, 3 * PART_SIZE),
    ]


def test_a_part_that_changed_on_disk_is_fetched_again() -> None:
    parts = [Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)]
    rig = Rig(entry(1, 2 * PART_SIZE, parts=parts))
    good, bad = sorted(rig.turn(), key=lambda task: isinstance(task, CheckPart) and task.part.start)

    assert isinstance(bad, CheckPart)
    rig.on(Differs(bad), done(good))
    (fetch,) = rig.turn()

    assert rig.row(1).parts == (parts[0],)
    assert isinstance(fetch, Fetch)
    assert fetch.range is not None
    assert (fetch.range.start, fetch.range.stop) == (PART_SIZE, 2 * PART_SIZE)
    assert rig.row(1).attempts == 0
    finish(rig)


@pytest.mark.fault("F45")
@pytest.mark.parametrize("cause", sorted(LOCAL | {Cause.NO_WORKER}))
def test_a_part_that_nobody_could_look_at_stays(cause: Cause) -> None:
    parts = [Part(0, PART_SIZE, 1), Part(PART_SIZE, 2 * PART_SIZE, 2)]
    rig = answered(Rig(entry(1, 3 * PART_SIZE, parts=parts), listings=1))
    checks = rig.turn()

    rig.on(done(checks[0]), failed(checks[1], cause))
    rig.turn(30.0)

    assert rig.row(1).parts == tuple(parts)
    assert rig.scheduler.totals.resumed == 2 * PART_SIZE


@pytest.mark.fault("F45")
def test_a_check_without_a_worker_waits_uncharged_and_is_made_by_the_next() -> None:
    rig = Rig(entry(1, 2 * PART_SIZE, parts=[Part(0, PART_SIZE, 1)]))
    (check,) = rig.turn()

    rig.on(failed(check, Cause.NO_WORKER))

    assert rig.turn(30.0) == [check]
    assert rig.row(1).attempts == 0
    finish(rig)
    assert rig.scheduler.state.stopped is None
    assert rig.row(1).status is Status.DONE


@pytest.mark.parametrize(
    ("code", "are_kept"),
    [("range ignored", True), ("body too long", True), ("corrupt", False), ("ENOENT", False)],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_only_the_disk_casts_doubt_on_the_parts_of_an_object(
    code: str, *, are_kept: bool, is_first: bool
) -> None:
    rig = Rig(entry(1, 3 * PART_SIZE))
    first, second, third = rig.turn()
    rig.on(done(first))
    replies = [
        Failed(second, replace(failure(Cause.CORRUPT), code=code)),
        failed(third, Cause.RESET),
    ]

    rig.on(*(replies if is_first else reversed(replies)))
    rig.record()

    assert rig.row(1).attempts == 1
    assert rig.row(1).parts == ((Part(0, PART_SIZE, 1),) if are_kept else ())
    finish(rig)
    assert rig.row(1).status is Status.DONE


def test_an_appendable_object_that_grew_keeps_its_parts_whatever_that_was_charged_with() -> None:
    rig = Rig(replace(entry(1, 2 * PART_SIZE), type="Appendable"), max_attempts=9)
    etag, sent = 1, list[int]()

    def answer(task: Task) -> Reply:
        nonlocal etag
        if isinstance(task, Fetch):
            sent.append(task.wanted.start)
        if isinstance(task, Look):
            etag += 1
            grown = served(task, 2 * PART_SIZE + etag, f"E{etag}")
            return Done(task, served=replace(grown, type="Appendable"))
        is_late = isinstance(task, Fetch) and task.wanted.start > 0 and etag <= MAX_CHANGES + 2
        return failed(task, Cause.CHANGED) if is_late else done(task)

    rig.play(answer)

    assert sent.count(0) == 1
    assert (rig.row(1).status, rig.row(1).attempts) == (Status.DONE, 3)


@pytest.mark.parametrize("etag", ["E1", "E2"])
def test_a_symlink_that_leads_where_it_did_keeps_its_parts_and_else_drops_them(etag: str) -> None:
    link = replace(entry(1, 2 * PART_SIZE, parts=[Part(0, PART_SIZE, 1)]), type="Symlink")
    rig = Rig(link)
    (look,) = rig.turn()

    rig.on(Done(look, served=served(Look(entry(1)), 2 * PART_SIZE, etag)))

    if etag == "E1":
        assert rig.turn() == [CheckPart(replace(link, parts=()), Part(0, PART_SIZE, 1))]
    else:
        assert all(isinstance(task, Fetch) for task in rig.turn())
        assert rig.row(1).parts == ()


def test_a_recalled_part_keeps_what_it_had() -> None:
    rig = Rig(entry(1, 2 * PART_SIZE))
    first, second = rig.turn()

    rig.on(Returned(first, kept=Part(0, 10, 1), served=SERVED))
    rig.on(Returned(second))
    missing = [task.range for task in rig.turn() if isinstance(task, Fetch)]

    assert [one.start for one in missing if one] == [10, 10 + PART_SIZE]
    assert rig.row(1).parts == (Part(0, 10, 1),)
    assert rig.row(1).attempts == 0


# Links that are recorded


def symlink(row: int) -> Entry:
    return replace(entry(row, 70), type="Symlink")


def test_links_come_when_all_else_is_listed_and_through() -> None:
    rig = Rig(symlink(1), entry(2), listings=1, records_links=True)

    (first,) = rig.turn()
    rig.on(done(first))
    assert rig.turn() == []
    rig.page(finished=True)
    (asked,) = [*rig.turn(), *rig.turn()]

    assert (first.entry.row, asked) == (2, Readlink(symlink(1)))


def test_a_link_to_a_file_of_the_job_is_recorded_as_one() -> None:
    rig = Rig(entry(1), symlink(2), records_links=True)
    rig.on(*map(done, rig.turn()))
    (asked,) = [*rig.turn(), *rig.turn()]
    rig.on(done(asked))

    (link,) = rig.turn()
    finish(rig)

    assert isinstance(link, Link)
    assert (link.entry.row, link.entry.path, link.to) == (2, "key-2", "key-1")
    assert (rig.row(2).status, rig.row(2).proof, rig.row(2).size) == (Status.DONE, Proof.LINK, 0)
    assert rig.summary.followed == 0


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_that_cannot_be_recorded_is_followed_and_counted(*, is_there: bool) -> None:
    rig = Rig(entry(1), symlink(2 if is_there else 3), records_links=True)
    sent = []

    def answer(task: Task) -> Reply:
        sent.append(type(task))
        return Done(task) if isinstance(task, Link) else done(task, 1000)

    rig.play(answer)

    assert sent == [Fetch, Readlink, *([Link] if is_there else []), Look, Fetch]
    assert rig.summary.followed == 1
    assert rig.scheduler.totals.counts.objects[Status.DONE] == 2


def test_a_link_into_the_void_is_said_to_be_one() -> None:
    rig = Rig(symlink(1))
    (look,) = rig.turn()

    rig.on(failed(look, Cause.GONE))
    rig.record()

    assert rig.row(1).status is Status.GONE
    found = rig.row(1).failure
    assert found is not None
    assert found.message == "the symlink points to an object that does not exist"


def test_a_link_that_failed_is_tried_again_as_one() -> None:
    rig = Rig(entry(1), symlink(2), records_links=True)
    troubles = [Cause.RESET, Cause.TIMEOUT]

    def answer(task: Task) -> Reply:
        is_link = isinstance(task, Readlink | Link) and troubles
        return failed(task, troubles.pop()) if is_link else done(task)

    rig.play(answer)

    assert rig.row(2).proof is Proof.LINK
    assert rig.row(2).attempts == 3
