"""The history of a job: its runs, and how far each was when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ossh.manifest import Manifest, NewEntry, Outcome, Sample
from ossh.model import Cause, Failure, ObjectInfo, Status

Info = Callable[..., ObjectInfo]
Fill = Callable[..., Manifest]
NOW = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
DENIED = Failure(Cause.DENIED, "AccessDenied", "no right to read it", "5C3D")
STALLED = Failure(Cause.STALL, "stalled", "no byte for 30 s")


def failed(row: int, failure: Failure = DENIED, attempts: int = 1) -> Outcome:
    return Outcome(row, Status.FAILED, attempts, failure)


def statuses(manifest: Manifest) -> dict[str, Status]:
    return {entry.key: entry.status for entry in manifest.entries()}


def test_a_run_begins_with_a_fresh_budget_and_spares_what_is_permanent(fill: Fill) -> None:
    manifest = fill("denied", "stalled", "archived", "gone", "tried", "done")
    manifest.record(
        [
            failed(1),
            failed(2, STALLED, 3),
            Outcome(3, Status.ARCHIVED, 0, Failure(Cause.ARCHIVED, "InvalidObjectState", "frozen")),
            Outcome(4, Status.GONE, 1, Failure(Cause.GONE, "NoSuchKey", "deleted")),
            Outcome(5, Status.PENDING, 2, STALLED),
            Outcome(6, Status.DONE, 1),
        ]
    )

    manifest.begin_run(NOW, "boot", keep={Cause.DENIED, Cause.LOCAL_CONFLICT})

    assert statuses(manifest) == {
        "denied": Status.FAILED,
        "stalled": Status.PENDING,
        "archived": Status.ARCHIVED,  # of these only the bucket knows
        "gone": Status.GONE,
        "tried": Status.PENDING,
        "done": Status.DONE,
    }
    assert manifest.pending(0, 9, tried=True) == []
    assert len(manifest.pending(0, 9, tried=False)) == 2


def test_a_retry_may_take_up_everything_that_is_not_at_the_target(fill: Fill) -> None:
    manifest = fill("denied", "gone")
    manifest.record([failed(1), Outcome(2, Status.GONE, 1, Failure(Cause.GONE, "NoSuchKey", ""))])

    manifest.begin_run(NOW, "boot", again={Status.FAILED, Status.GONE})

    assert set(statuses(manifest).values()) == {Status.PENDING}


def test_the_history_of_runs_is_kept_and_a_killed_run_has_no_end(fill: Fill) -> None:
    manifest = fill("a", "b")
    killed = manifest.begin_run(NOW, "boot 1")
    ended = manifest.begin_run(NOW + timedelta(hours=1), "boot 2")
    manifest.record([Outcome(1, Status.DONE, 1), failed(2)])

    manifest.end_run(ended, "failed", NOW + timedelta(hours=2), fetched=1, bytes_received=10)

    first, second = manifest.runs()
    assert (first.row, first.ended, first.outcome, first.boot_id) == (killed, None, "", "boot 1")
    assert (second.started, second.ended) == (NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    assert (second.outcome, second.fetched, second.bytes_received) == ("failed", 1, 10)
    assert second.objects[Status.DONE] == second.objects[Status.FAILED] == 1


def test_samples_of_a_run_come_back_in_their_order(manifest: Manifest) -> None:
    manifest.sample(1, Sample(2.0, 20, 2, 0))
    manifest.sample(1, Sample(1.0, 10, 1, 0))
    manifest.sample(2, Sample(1.0, 5, 1, 1))

    manifest.sample(1, Sample(3.0, 30, 3, 0), drop=[1.0])

    assert manifest.throughput(1) == (Sample(2.0, 20, 2, 0), Sample(3.0, 30, 3, 0))
    assert manifest.throughput(2) == (Sample(1.0, 5, 1, 1),)
    assert manifest.throughput(3) == ()


def test_the_slowest_and_the_largest_are_known(manifest: Manifest, info: Info) -> None:
    manifest.add([NewEntry(info(key, size), key) for key, size in (("a", 1), ("b", 9), ("c", 5))])
    run = manifest.begin_run(NOW, "boot")

    manifest.end_run(run, "done", NOW, slowest=[("a", 2.5), ("c", 0.5)])

    assert manifest.slowest(run) == (("a", 2.5, 1), ("c", 0.5, 5))
    assert [one.key for one in manifest.largest(2)] == ["b", "c"]


def test_what_a_killed_run_received_can_be_told_later_and_again(manifest: Manifest) -> None:
    manifest.cut_off(5)  # there is no run to tell it of
    ended = manifest.begin_run(NOW, "boot")
    manifest.end_run(ended, "stopped", NOW, bytes_received=7)
    manifest.cut_off(99)
    manifest.begin_run(NOW, "boot")

    manifest.cut_off(20)
    manifest.cut_off(10)

    assert [run.bytes_received for run in manifest.runs()] == [7, 20]
    assert [run.ended for run in manifest.runs()] == [NOW, None]
