import pytest

from ossh.shell.suggestions import lone_unit, nearest, nearest_argument, nearest_command

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
    ("complaint", "meant"),
    [
        ("unrecognized arguments: --bakground", "--background"),
        ("unrecognized arguments: extra --suffx .gz", "--suffix"),
        ("unrecognized arguments: extra", ""),
        ("argument --sort: invalid choice: 'sise' (choose from 'key', 'size')", "size"),
        ("argument --sort: invalid choice: 'sise' (choose from key, size)", "size"),
        ("argument --limit: 'x' is not a whole number from 1 up", ""),
    ],
)
def test_the_option_or_choice_that_was_meant(complaint: str, meant: str) -> None:
    assert nearest_argument(complaint, ["--background", "--suffix", "-l"]) == meant


@pytest.mark.parametrize(
    ("complaint", "unit"),
    [
        ("unrecognized arguments: MiB", "MiB"),
        ("unrecognized arguments: kb --newer 7d", "kb"),
        ("unrecognized arguments: G", "G"),
        ("unrecognized arguments: MiB/s", "MiB/s"),
        ("unrecognized arguments: g", ""),
        ("unrecognized arguments: MiBs", ""),
        ("unrecognized arguments: extra MiB", ""),
        ("argument --min-size: 'x' is not a size", ""),
    ],
)
def test_the_unit_that_stands_alone(complaint: str, unit: str) -> None:
    assert lone_unit(complaint) == unit
