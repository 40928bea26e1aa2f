"""Which entries a run takes up, and in which round."""

from datetime import UTC, datetime

from ossh.model import Entry
from ossh.transfer.scheduling.run_state import Rounds


class Rows:
    """Pending entries of a manifest, and what was asked for."""

    def __init__(self, *rows: int) -> None:
        self.rows = rows
        self.asked: list[tuple[int, int, bool]] = []

    def __call__(self, after: int, limit: int, tried: bool) -> list[Entry]:  # noqa: FBT001 - as asked
        self.asked.append((after, limit, tried))
        modified = datetime(2026, 1, 1, tzinfo=UTC)
        found = [row for row in self.rows if row > after][:limit]
        return [Entry(row, f"k{row}", f"k{row}", 1, "E", modified) for row in found]


def taken(rounds: Rounds, rows: Rows, limit: int = 2) -> list[int]:
    return [entry.row for entry in rounds.take(rows, limit)]


def test_a_pass_goes_through_the_rows_page_by_page() -> None:
    rounds, rows = Rounds(leaves_links=False), Rows(1, 2, 5)

    assert [taken(rounds, rows) for _ in range(3)] == [[1, 2], [5], []]
    assert rows.asked == [(0, 2, False), (2, 2, False), (5, 2, False)]


def test_round_two_takes_what_was_tried_from_the_first_row_and_is_the_last() -> None:
    rounds, rows = Rounds(leaves_links=False), Rows(1)
    taken(rounds, rows)

    rounds.turn()
    assert (rounds.number, rounds.are_over) == (2, False)
    taken(rounds, rows)
    rounds.turn()

    assert rounds.are_over
    assert rows.asked[-1] == (0, 2, True)
