from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.catalog import Branch, Prefix
from ossh.model import ObjectInfo
from ossh.shell.drawing import bar, bar_width, tree_line

FILE = ObjectInfo("a/b/c\x1b.txt", 2048, "E", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("part", "shown", "plain"),
    [
        (0, "", ""),
        (1, "▏", "#"),
        (500, "█████", "#####"),
        (550, "█████▌", "######"),
        (1000, "█" * 10, "#" * 10),
        (2000, "█" * 10, "#" * 10),
    ],
)
def test_a_bar_is_as_long_as_a_part_is_of_the_whole(part: int, shown: str, plain: str) -> None:
    assert bar(part, 1000, 10) == shown
    assert bar(part, 1000, 10, ascii_only=True) == plain


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 40))
def test_a_bar_is_never_longer_than_its_width(part: int, whole: int, width: int) -> None:
    assert len(bar(part, whole, width)) <= width
    assert len(bar(part, whole, width, ascii_only=True)) <= width


def test_bars_leave_room_for_the_rest_of_a_narrow_terminal() -> None:
    assert [bar_width(columns) for columns in (20, 40, 60, 80, 200)] == [5, 5, 15, 20, 20]


def test_a_line_of_a_tree_shows_where_it_hangs() -> None:
    assert tree_line(Branch(Prefix("a/b/"), (False,))) == "├─ b/"
    assert tree_line(Branch(FILE, (False, True))) == "│  └─ c\\x1b.txt  2.0 KiB"
    assert tree_line(Branch(Prefix("c//"), (True, False))) == "   ├─ /"


def test_a_console_that_is_not_utf8_gets_plain_lines() -> None:
    assert tree_line(Branch(FILE, (False, True)), ascii_only=True).startswith("|  `- c")
