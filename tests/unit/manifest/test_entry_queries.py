"""Questions about entries: each sees what it should, and uses its index among ten million rows."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ossh.manifest import Manifest, NewEntry, Outcome, PartChange
from ossh.model import MISSING, Part, Status
from tests.unit.manifest.examples import NOW, STALLED, Fill, Info


def plan_of(manifest: Manifest, ask: Callable[[], object], among: str) -> str:
    """Return how SQLite answers the statement, of those a question leads to, that has a word."""
    asked: list[str] = []
    manifest._db.set_trace_callback(asked.append)
    ask()
    manifest._db.set_trace_callback(None)
    (statement,) = (one for one in asked if among in one)
    rows = manifest._db.execute(f"EXPLAIN QUERY PLAN {statement}")
    return "; ".join(row[3] for row in rows)


@pytest.mark.parametrize("tried", [False, True])
def test_the_last_pending_ones_are_found_by_their_index(
    manifest: Manifest, fill: Fill, *, tried: bool
) -> None:
    fill("a")

    plan = plan_of(manifest, lambda: manifest.pending(5, 9, tried=tried), "status = 'pending'")

    assert "SEARCH entries USING INDEX entries_pending (<expr>=? AND rowid>?);" in plan


@pytest.mark.parametrize("ask", [Manifest.counts, Manifest.failures_by_cause, Manifest.mapped])
def test_totals_do_not_look_at_objects(
    manifest: Manifest, fill: Fill, ask: Callable[..., object]
) -> None:
    fill("a")

    assert "entries" not in plan_of(manifest, lambda: ask(manifest), "FROM counts")


@pytest.mark.parametrize("statuses", [MISSING, (Status.FAILED,)])
def test_the_few_that_are_not_at_the_target_are_found_by_theirs(
    manifest: Manifest, fill: Fill, statuses: tuple[Status, ...]
) -> None:
    fill("a")

    plan = plan_of(manifest, lambda: manifest.page(5, 9, statuses), "FROM entries")

    assert plan == "SEARCH entries USING INDEX entries_missing (row>?)"


def test_all_of_them_are_walked_through_in_order_of_rows(manifest: Manifest, fill: Fill) -> None:
    fill("a")

    plan = plan_of(manifest, lambda: manifest.page(5, 9, set(Status)), "FROM entries")

    assert plan == "SEARCH entries USING INTEGER PRIMARY KEY (rowid>?)"


def test_entries_that_are_not_at_the_target_are_walked_through(fill: Fill) -> None:
    manifest = fill("a", "b", "c", "d")
    manifest.record(
        [
            Outcome(1, Status.FAILED, 1, STALLED),
            Outcome(2, Status.DONE, 1),
            Outcome(3, Status.ARCHIVED, 0),
        ]
    )

    assert [entry.key for entry in manifest.not_at_target()] == ["a", "c"]


def test_what_was_finished_last_can_be_proved_again(fill: Fill) -> None:
    manifest = fill("old", "recent", "last", "never")
    moments = (NOW - timedelta(seconds=121), NOW - timedelta(seconds=119), NOW)
    manifest.record(
        [
            Outcome(row, Status.DONE, 1, finished=moment.timestamp())
            for row, moment in enumerate(moments, start=1)
        ]
    )

    last = manifest.last_finished(NOW.timestamp())

    assert last == NOW.timestamp()
    assert [entry.key for entry in manifest.finished_since(last - 120)] == ["recent", "last"]


@pytest.mark.fault("F36")
def test_what_a_wrong_clock_dates_ahead_hides_nothing_that_was_finished_last(fill: Fill) -> None:
    manifest = fill("old", "ahead", "last")
    moments = (NOW - timedelta(days=1), NOW + timedelta(days=365), NOW)
    manifest.record(
        [
            Outcome(row, Status.DONE, 1, finished=moment.timestamp())
            for row, moment in enumerate(moments, start=1)
        ]
    )

    last = manifest.last_finished(NOW.timestamp())

    assert last == NOW.timestamp()
    assert [entry.key for entry in manifest.finished_since(last - 120)] == ["ahead", "last"]
    assert manifest.last_finished(1.0) == (NOW + timedelta(days=365)).timestamp()


def test_nothing_was_finished_last_when_nothing_was_finished(fill: Fill) -> None:
    assert fill("a").last_finished(NOW.timestamp()) == 0.0
    assert list(fill("a").finished_since(0.0)) == []


def test_an_unknown_key_has_no_entry(fill: Fill) -> None:
    manifest = fill("a")

    assert manifest.entry("b") is None
    assert manifest.entry("a") is not None


def test_pending_entries_come_in_pages_by_row(fill: Fill) -> None:
    manifest = fill("c", "a", "b")

    first = manifest.pending(0, 2, tried=False)
    second = manifest.pending(first[-1].row, 2, tried=False)

    assert [[entry.key for entry in page] for page in (first, second)] == [["c", "a"], ["b"]]


def test_tried_and_untried_entries_are_told_apart(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    manifest.record([Outcome(2, Status.PENDING, 1, STALLED), Outcome(3, Status.DONE, 1)])

    assert [entry.key for entry in manifest.pending(0, 9, tried=False)] == ["a"]
    (tried,) = manifest.pending(0, 9, tried=True)
    assert (tried.key, tried.attempts, tried.failure) == ("b", 1, STALLED)


def test_pending_entries_carry_their_parts_in_order(fill: Fill) -> None:
    manifest = fill("a", "b")
    first, second = Part(0, 5, 2**64 - 1), Part(5, 10, 0)
    manifest.record([], [PartChange(2, second), PartChange(2, first)])

    without, with_parts = manifest.pending(0, 9, tried=False)

    assert without.parts == ()
    assert with_parts.parts == (first, second)
    assert manifest.entry("b") == with_parts


def test_links_are_left_out_of_what_is_pending_when_told_to(manifest: Manifest, info: Info) -> None:
    infos = [info("a"), info("b", type="Symlink"), info("c")]
    manifest.add([NewEntry(one, one.key) for one in infos])

    pending = manifest.pending(0, 9, tried=False, with_links=False)

    assert [one.key for one in pending] == ["a", "c"]
    assert len(manifest.pending(0, 9, tried=False)) == 3


def test_a_key_has_a_file_unless_it_is_a_link_a_folder_or_gone(
    manifest: Manifest, info: Info
) -> None:
    manifest.add(
        [
            NewEntry(info("file"), "there"),
            NewEntry(info("link", type="Symlink"), "link"),
            NewEntry(info("folder/"), "folder/"),
            NewEntry(info("gone"), "gone", Status.GONE),
        ]
    )

    keys = ("file", "link", "folder/", "gone", "nothing")

    assert [manifest.file_of(key) for key in keys] == ["there", "", "", "", ""]
