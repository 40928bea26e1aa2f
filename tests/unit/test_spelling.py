import pytest

from ossh.spelling import did_you_mean, near

COMMANDS = ["get", "url", "ls", "cd", "cat", "preview", "failures", "refresh", "restore", "resume"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("gte", ["get"]),
        ("GET", ["get"]),
        ("gat", ["get", "cat"]),
        ("lss", ["ls"]),
        ("sl", ["ls"]),
        ("previw", ["preview"]),
        ("preveiw", ["preview"]),
        ("ur", ["url"]),
        ("failure", ["failures"]),
        ("refr", ["refresh"]),
        ("resu", ["resume"]),
        ("res", ["restore", "resume"]),
    ],
)
def test_a_slip_or_two_or_the_beginning_tells_what_was_meant(word: str, meant: list[str]) -> None:
    assert near(word, COMMANDS) == meant


@pytest.mark.parametrize(
    "word",
    ["", "xyzzy", "lw", "c", "re", "gxxt", "prexxxw", "g", "largest", "sync", "find", "grep"],
)
def test_a_word_that_is_only_a_bit_like_one_means_nothing(word: str) -> None:
    assert near(word, COMMANDS) == []


def test_among_many_that_are_as_near_nobody_knows() -> None:
    assert near("a9", ["a8"]) == []
    assert near("log9", ["log1", "log2", "log3"]) == ["log1", "log2", "log3"]
    assert near("log9", ["log1", "log2", "log3", "log4"]) == []
    assert near("get", []) == []


def test_what_was_meant_is_asked_for() -> None:
    assert did_you_mean([]) == ""
    assert did_you_mean(["get"]) == "did you mean 'get'?"
    assert did_you_mean(["get", "cat"]) == "did you mean 'get' or 'cat'?"
