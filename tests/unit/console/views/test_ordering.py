from itertools import repeat

import pytest

from ossh.console.views.ordering import Limit, SortOrder
from ossh.errors import UsageError

WORDS = ["ccc", "a", "bb"]


@pytest.mark.parametrize(
    ("order", "reverse", "limit", "words"),
    [
        (SortOrder(len), False, None, ["a", "bb", "ccc"]),
        (SortOrder(len), True, 1, ["ccc"]),
        (SortOrder(len), False, 2, ["a", "bb"]),
        (SortOrder(str), True, None, ["ccc", "bb", "a"]),
        (SortOrder(len, descending=True), False, 2, ["ccc", "bb"]),
        (SortOrder(len, descending=True), True, None, ["a", "bb", "ccc"]),
    ],
)
def test_items_come_in_the_order_asked_for(
    order: SortOrder[str], limit: int | None, words: list[str], *, reverse: bool
) -> None:
    assert list(Limit(limit).of(WORDS, order, reverse=reverse)) == words


def test_too_many_to_sort_are_refused_before_memory_is_full() -> None:
    with pytest.raises(UsageError, match="more than 1,000,000 items are too many to sort"):
        next(Limit(None).of(repeat("a"), SortOrder(len)))


@pytest.mark.parametrize(
    ("limit", "order", "shown", "said"),
    [
        (Limit(None), None, WORDS, ""),
        (Limit(2), None, WORDS[:2], "2 shown, there may be more"),
        (Limit(9), None, WORDS, ""),
        (Limit(2), SortOrder(WORDS.index), WORDS[:2], "2 shown, there are more"),
        (Limit(len(WORDS)), SortOrder(WORDS.index), WORDS, ""),
    ],
)
def test_a_limit_says_what_it_left_out(
    limit: Limit, order: SortOrder[str] | None, shown: list[str], said: str
) -> None:
    assert list(limit.of(WORDS, order)) == shown
    assert limit.note == said


def test_a_limit_takes_no_more_than_it_shows() -> None:
    items = iter(WORDS)

    assert list(Limit(2).of(items)) == WORDS[:2]
    assert list(items) == WORDS[2:]
