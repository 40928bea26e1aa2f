from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ossh.console.views.text import (
    Tone,
    count,
    last_part,
    paint,
    rate,
    reflowed,
    unpainted,
    wrapped,
)

CHINESE = "服务端要求降低请求速度（HTTP 503），请稍后再试；也可以减少并发连接数。"


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


@given(st.lists(st.text("ab,.-'()", min_size=1, max_size=12)), st.integers(4, 30))
def test_english_breaks_as_in_the_standard_library(words: list[str], width: int) -> None:
    text = " ".join(words)

    assert wrapped(text, width) == wrap(text, width, break_long_words=False, break_on_hyphens=False)


def test_lines_of_a_text_are_broken_one_by_one_each_below_its_own_words() -> None:
    broken = reflowed("one two\n\n    one two\nthree\n  1,200  one two", 9, later="+")

    assert broken == "one two\n\n    one\n    +two\nthree\n  1,200  one\n         +two"
    assert reflowed("   1  20 MiB\n  13    5 B", 80) == "   1  20 MiB\n  13    5 B"  # in columns


def test_count_agrees_with_its_noun() -> None:
    counts = [count(number, "object") for number in (0, 1, 1200)]

    assert counts == ["0 objects", "1 object", "1,200 objects"]


def test_rate_is_never_negative() -> None:
    assert rate(-5) == "0 B/s"


def test_colours_can_be_taken_away() -> None:
    assert paint("x", Tone.PLAIN) == "x"
    assert paint("x", Tone.BAD) != unpainted(paint("x", Tone.BAD)) == "x"


@given(st.text("abc日/", max_size=60), st.integers(4, 50))
def test_of_a_long_text_the_end_is_shown(text: str, width: int) -> None:
    shown = last_part(text, width)

    assert cell_len(shown) <= width
    assert shown == text or text.endswith(shown.removeprefix("…"))


def test_a_colour_ends_with_its_line_and_goes_on_in_the_next() -> None:
    lines = wrapped(f"it is {paint('not complete', Tone.BAD)} yet", 9, later="  ")

    assert lines == [f"it is {paint('not', Tone.BAD)}", f"  {paint('complete', Tone.BAD)}", "  yet"]


def test_colours_do_not_change_where_a_line_breaks() -> None:
    painted = f"{paint('已停止', Tone.BAD)}：x"

    assert list(map(unpainted, wrapped(painted, 6))) == wrapped(unpainted(painted), 6)
