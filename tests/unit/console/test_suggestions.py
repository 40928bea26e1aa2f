import pytest

from ossh.console.suggestions import is_unit, nearest, nearest_command, nearest_option

COMMANDS = ["get", "ls", "cd", "quit", "preview", "failures"]


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("gte", "get"),
        ("GET", "get"),
        ("preveiw", "preview"),
        ("failure", "failures"),
        ("download", "get"),
        ("Dir", "ls"),
        ("login", ""),  # its command is not among these
        ("xyzzy", ""),
        ("", ""),
    ],
)
def test_the_command_that_was_meant(word: str, command: str) -> None:
    assert nearest_command(word, COMMANDS) == command


def test_nothing_is_like_anything_when_nothing_is_known() -> None:
    assert nearest("get", []) == ""


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["--bakground"], "--background"),
        (["extra", "--suffx", ".gz"], "--suffix"),
        (["--suffx=.gz"], "--suffix"),
        (["extra"], ""),
        (["--xyzzy"], ""),
    ],
)
def test_the_option_that_was_meant(words: list[str], meant: str) -> None:
    assert nearest_option(words, ["--background", "--suffix", "-l"]) == meant


def test_the_word_of_another_option_may_be_its_name() -> None:
    assert nearest_option(["--cause"], ["--only", "--dask"]) == "--only"
    assert nearest_option(["--cause"], ["--clause"]) == "--clause"


@pytest.mark.parametrize("word", ["MiB", "kb", "G", "MiB/s"])
def test_a_unit_may_stand_alone(word: str) -> None:
    assert is_unit(word)


@pytest.mark.parametrize("word", ["g", "MiBs", "extra", ""])
def test_other_words_are_no_units(word: str) -> None:
    assert not is_unit(word)
