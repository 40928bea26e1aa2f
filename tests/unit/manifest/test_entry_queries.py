"""Questions about entries: each sees what it should, and uses its index among ten million rows."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from ossh.errors import ManifestError
from ossh.manifest import Manifest, NewEntry, Outcome, PartChange
from ossh.manifest.entry_queries import PAGE
from ossh.model import Cause, Failure, OwnFile, Part, Status
from ossh.paths import NameRules
from tests.unit.manifest.conftest import MODIFIED
from tests.unit.manifest.examples import DENIED, NOW, STALLED, Fill, Info, failed


def plan_of(manifest: Manifest, ask: Callable[[], object], among: str) -> str:
    """Return how SQLite answers the statement, of those a question leads to, that has a word."""
    asked: list[str] = []
    manifest._db.set_trace_callback(asked.append)
    ask()
    manifest._db.set_trace_callback(None)
    (statement,) = (one for one in asked if among in one)
    rows = manifest._db.execute(f"EXPLAIN QUERY PLAN {statement}")
    return "; ".join(row[3] for row in rows)


@pytest.mark.parametrize(
    ("ask", "among", "expected"),
    [
        (partial(Manifest.pending, tried=False), "'pending'", "entries_pending (<expr>=? AND ro"),
        (partial(Manifest.pending, tried=True), "'pending'", "entries_pending (<expr>=? AND ro"),
        (Manifest.page, "FROM entries", "INDEX entries_missing (row>?)"),
        (partial(Manifest.page, statuses=[Status.FAILED]), "FROM entries", "INDEX entries_missing"),
        (partial(Manifest.page, statuses=set(Status)), "FROM entries", "PRIMARY KEY (rowid>?)"),
    ],
    ids=["untried", "tried", "missing", "failed", "all"],
)
def test_what_follows_a_row_is_found_by_an_index(
    manifest: Manifest, fill: Fill, ask: Callable[..., object], among: str, expected: str
) -> None:
    fill("a")

    plan = plan_of(manifest, lambda: ask(manifest, 5, 9), among)

    assert expected in plan
    assert "SCAN entries" not in plan
    assert "B-TREE" not in plan


@pytest.mark.parametrize("ask", [Manifest.counts, Manifest.failures_by_cause, Manifest.mapped])
def test_totals_do_not_look_at_objects(
    manifest: Manifest, fill: Fill, ask: Callable[..., object]
) -> None:
    fill("a")

    assert "entries" not in plan_of(manifest, lambda: ask(manifest), "FROM counts")


@pytest.mark.parametrize("ask", [Manifest.redated, Manifest.unlisted])
def test_what_a_new_listing_tells_of_rows_is_looked_up_for_each_in_its_turn(
    manifest: Manifest, fill: Fill, ask: Callable[[Manifest], Iterator[object]]
) -> None:
    fill("a", "b")
    manifest.relist()

    plan = plan_of(manifest, lambda: next(ask(manifest), None), "listed.key = entries.key")

    assert plan.startswith("SEARCH entries USING INTEGER PRIMARY KEY (rowid>?); ")
    assert "SEARCH listed USING PRIMARY KEY (key=?)" in plan
    assert "SCAN listed" not in plan
    assert "B-TREE" not in plan


YEAR = 365 * 86_400  # seconds


def finish(manifest: Manifest, *seconds: float, status: Status = Status.DONE) -> None:
    """Record that the first rows were finished so many seconds after now."""
    moments = [NOW.timestamp() + one for one in seconds]
    rows = enumerate(moments, start=1)
    manifest.record([Outcome(row, status, 1, finished=moment) for row, moment in rows])


def test_what_was_finished_last_can_be_proved_again(fill: Fill) -> None:
    manifest = fill("old", "recent", "last", "never")
    finish(manifest, -121, -119, 0)

    last = manifest.last_finished(NOW.timestamp())

    assert last == NOW.timestamp()
    assert [entry.key for entry in manifest.finished_since(last - 120)] == ["recent", "last"]


@pytest.mark.fault("F36")
def test_what_a_wrong_clock_dates_ahead_hides_nothing_that_was_finished_last(fill: Fill) -> None:
    manifest = fill("old", "ahead", "last")
    finish(manifest, -86_400, YEAR, 0)

    last = manifest.last_finished(NOW.timestamp())

    assert last == NOW.timestamp()
    assert [entry.key for entry in manifest.finished_since(last - 120)] == ["ahead", "last"]
    assert manifest.last_finished(1.0) == NOW.timestamp() + YEAR


def test_what_was_only_found_or_taken_over_does_not_count_as_finished_last(fill: Fill) -> None:
    manifest = fill("fetched", "found")
    finish(manifest, 0, 0, status=Status.SKIPPED)
    finish(manifest, -86_400)

    assert manifest.last_finished(NOW.timestamp()) == NOW.timestamp() - 86_400


def test_the_largest_entries_come_first_and_of_equal_ones_the_earlier(
    manifest: Manifest, info: Info
) -> None:
    sizes = {"a": 5, "b": 9, "c": 5, "d": 7}
    manifest.add([NewEntry(info(key, size=size), key) for key, size in sizes.items()])

    assert [entry.key for entry in manifest.largest(3)] == ["b", "d", "a"]


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


def test_entries_are_found_by_their_keys_rows_and_local_names(
    manifest: Manifest, info: Info
) -> None:
    manifest.claim([], NameRules.native("darwin"))  # which ignores case
    pairs = (("l/a", "a"), ("l/../b", ".%2E/b"), ("l/C", "C"))
    manifest.add([NewEntry(info(key), path) for key, path in pairs])
    a, b, c = manifest.entries()
    names = ["c", "a", ".%2e/b", "C", "l/a", "d"]

    assert (a, b, c) == tuple(manifest.entry(key) for key, _path in pairs)
    assert manifest.entries_at([3, 1, 9]) == [a, c]
    assert manifest.entries_named(names) == {"a": a, ".%2e/b": b, "c": c}


def test_walks_come_to_the_end_of_many_pages_and_see_each_entry_once(
    manifest: Manifest, fill: Fill
) -> None:
    keys = [f"{number:04}" for number in range(2 * PAGE, -1, -1)]  # a page with one, too
    fill(*keys)
    left = Failure(Cause.GONE, "NotListed", "not listed any more")
    manifest.record([Outcome(row, Status.GONE, 0, left) for row in range(1, len(keys) + 1)])

    assert [one.key for one in manifest.left_here()] == keys
    assert manifest.count_left() == len(keys)
    assert [one.key for one in manifest.in_key_order()] == sorted(keys)

    own = OwnFile(9, 5, 7)
    manifest.record(
        [
            Outcome(row, Status.DONE, 1, own=own if row % 2 else None, finished=NOW.timestamp())
            for row in range(1, len(keys) + 1)
        ]
    )
    modified = MODIFIED.timestamp()
    assert [one.key for one in manifest.finished_since(NOW.timestamp())] == keys
    pages = list(manifest.files())
    assert [row for page in pages for row in page] == [
        (row, key, key, *((9, 5) if row % 2 else (10, None)), modified)
        for row, key in enumerate(keys, 1)
    ]
    assert [len(page) for page in pages] == [PAGE, PAGE, 1]
    assert list(manifest.left_here()) == []


def test_folders_that_are_left_come_from_the_inside_wherever_their_rows_are(
    manifest: Manifest, info: Info
) -> None:
    paths = ["a", "o/", "o/i/", *(f"o/i/{number:04}/" for number in range(PAGE)), "x/", "é/"]
    pairs = [(f"l/{path}", path) for path in paths] + [("l/1/o/i/z/", "o/i/z/")]
    manifest.add([NewEntry(info(key), path) for key, path in pairs])
    left = Failure(Cause.GONE, "NotListed", "not listed any more")
    kept = pairs.index(("l/x/", "x/")) + 1
    rows = set(range(1, len(pairs) + 1)) - {kept}
    manifest.record([Outcome(row, Status.GONE, 0, left) for row in rows])

    found = [one.path for one in manifest.folders_left()]

    assert found == sorted({*paths, "o/i/z/"} - {"a", "x/"}, reverse=True)


def test_only_what_a_finished_listing_no_longer_had_is_left_here(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    gone = Failure(Cause.GONE, "NoSuchKey", "it is not in the bucket")
    manifest.record([failed(1), Outcome(2, Status.GONE, 1, gone)])

    assert list(manifest.left_here()) == []
    assert manifest.count_left() == 0


def test_a_file_is_of_an_entry_at_the_target_alone(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    manifest.record([failed(1), Outcome(3, Status.SKIPPED, 0)])

    assert [row[1] for page in manifest.files() for row in page] == ["c"]


def test_a_page_has_what_is_missing_unless_other_statuses_are_asked_for(fill: Fill) -> None:
    manifest = fill("a", "b", "c", "d")
    manifest.record([failed(1, DENIED), failed(3), Outcome(4, Status.DONE, 1)])

    assert [one.key for one in manifest.page(0, 9)] == ["a", "c"]
    assert [one.key for one in manifest.not_at_target()] == ["a", "c"]
    assert [one.key for one in manifest.page(1, 9)] == ["c"]
    assert [one.key for one in manifest.page(0, 1)] == ["a"]
    both = (Status.DONE, Status.PENDING, Status.FAILED)
    assert [one.key for one in manifest.page(1, 9, both)] == ["b", "c", "d"]
    assert [one.key for one in manifest.entries([Status.DONE])] == ["d"]
    assert list(manifest.entries([])) == []


@pytest.mark.fault("F42")
def test_a_moment_or_a_text_that_no_ossh_wrote_is_refused(fill: Fill) -> None:
    manifest = fill("a")
    manifest._db.execute("UPDATE entries SET status = 'done', finished = x'00'")
    manifest._db.execute("INSERT INTO meta VALUES ('home', x'00')")

    with pytest.raises(ManifestError, match=r"'entries': b'.x00' is of another type"):
        manifest.last_finished(1.0)
    with pytest.raises(ManifestError, match=r"'meta': b'.x00' is of another type"):
        manifest.get_meta("home")
    assert manifest.get_meta("target") == ""


def test_a_remembered_value_that_no_ossh_wrote_is_shown_without_harm(manifest: Manifest) -> None:
    error = manifest.damaged("\x1b[2J")

    assert str(error) == rf"'{manifest.path}' is damaged: \x1b[2J"
