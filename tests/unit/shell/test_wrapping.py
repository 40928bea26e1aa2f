"""Sentences broken into lines, of English and of Chinese."""

from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ossh.shell.wrapping import reflowed, wrapped

CHINESE = "服务端要求降低请求速度（HTTP 503），请稍后再试；也可以减少并发连接数。"


def test_english_breaks_between_words() -> None:
    assert wrapped("the quick brown fox", 10) == ["the quick", "brown fox"]


def test_chinese_breaks_between_characters_by_their_width() -> None:
    assert wrapped("对象存储服务", 8) == ["对象存储", "服务"]


def test_a_word_among_chinese_characters_stays_whole() -> None:
    assert wrapped("使用 connect 连接", 10) == ["使用", "connect 连", "接"]


@pytest.mark.parametrize("width", range(12, 40))
def test_no_line_begins_with_what_closes_or_ends_with_what_opens(width: int) -> None:
    lines = wrapped(CHINESE, width)

    assert "".join(lines).replace(" ", "") == CHINESE.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)
    assert not any(line.startswith(tuple("，。；）")) for line in lines)
    assert not any(line.endswith("（") for line in lines)


def test_lines_are_indented() -> None:
    assert wrapped("one two", 6, first="- ", later="  ") == ["- one", "  two"]


def test_a_word_longer_than_a_line_is_not_broken() -> None:
    assert wrapped("a incomprehensibilities b", 5) == ["a", "incomprehensibilities", "b"]


def test_nothing_has_no_line() -> None:
    assert wrapped("", 10, first="- ") == []


@given(st.lists(st.text("ab,.-'()", min_size=1, max_size=12)), st.integers(4, 30))
def test_english_breaks_as_in_the_standard_library(words: list[str], width: int) -> None:
    text = " ".join(words)

    assert wrapped(text, width) == wrap(text, width, break_long_words=False, break_on_hyphens=False)


def test_lines_of_a_text_are_broken_one_by_one_but_for_indented_ones() -> None:
    assert reflowed("one two\n\n    one two\nthree", 5) == "one\ntwo\n\n    one two\nthree"


def test_colours_take_no_columns() -> None:
    painted = "\x1b[31mnot complete\x1b[0m: 1 of 2"

    assert wrapped(painted, 22) == [painted]
