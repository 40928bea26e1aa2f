"""Whatever comes from a bucket can be shown: no control character reaches a terminal."""

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.printable import as_word, printable

pytestmark = pytest.mark.fault("F8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("\u2066\u200b\ufeff\u2028", r"\u2066\u200b\ufeff\u2028"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("\udc80", r"\udc80"),
    ],
)
def test_what_could_drive_a_terminal_is_shown_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["", 'a "b", c', "数据 😀 é e\u0301", "\\n", "\xa0\ue000\u3000"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(text=st.text())
def test_what_is_shown_is_one_line_that_any_output_takes(text: str) -> None:
    shown = printable(text)

    assert len(shown.splitlines()) <= 1
    assert not re.search(r"[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert printable(shown) == shown
    shown.encode()


@given(text=st.text("ab '\"$`!\\/*", max_size=9))
def test_a_text_is_one_word_of_a_command_line(text: str) -> None:
    assert shlex.split(as_word(text)) == [text]


@pytest.mark.parametrize(
    ("text", "word"), [("a/b", "a/b"), ("a b", "'a b'"), ("it's", '"it\'s"'), ('a"', "'a\"'")]
)
def test_one_kind_of_quotes_is_enough_for_a_text_that_lacks_the_other(text: str, word: str) -> None:
    assert as_word(text) == word
