"""Questions: they stay quick among ten million rows, because each has its index."""

from collections.abc import Callable

import pytest

from ossh.manifest import Manifest, queries
from ossh.manifest.queries import MISSING_STATUSES
from ossh.model import Status

Fill = Callable[..., Manifest]


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


@pytest.mark.parametrize("statuses", [MISSING_STATUSES, {Status.FAILED}])
def test_the_few_that_are_not_at_the_target_are_found_by_theirs(
    manifest: Manifest, fill: Fill, statuses: set[Status]
) -> None:
    fill("a")

    plan = plan_of(manifest, lambda: manifest.page(5, 9, statuses), "FROM entries")

    assert plan == "SEARCH entries USING INDEX entries_missing (row>?)"


def test_all_of_them_are_walked_through_in_order_of_rows(manifest: Manifest, fill: Fill) -> None:
    fill("a")

    plan = plan_of(manifest, lambda: manifest.page(5, 9, set(Status)), "FROM entries")

    assert plan == "SEARCH entries USING INTEGER PRIMARY KEY (rowid>?)"


@pytest.mark.parametrize("ask", [queries.counts, queries.failures_by_cause, queries.mapped])
def test_totals_do_not_look_at_objects(
    manifest: Manifest, fill: Fill, ask: Callable[..., object]
) -> None:
    fill("a")

    assert "entries" not in plan_of(manifest, lambda: ask(manifest._db), "FROM counts")
