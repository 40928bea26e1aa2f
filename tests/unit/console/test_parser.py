from collections.abc import Callable

import pytest

from ossh import commands
from ossh.console.argparse_internals import Parser
from ossh.console.parser import connections, from_zero, listed, positive
from ossh.errors import UsageError
from ossh.units import parse_size


def parser() -> Parser:
    made = Parser(description="Do it.")
    made.examples = ("do it",)
    return made


def test_a_list_has_commas_between_its_values() -> None:
    assert listed(".gz, .csv,.gz") == (".gz", ".csv", ".gz")


def test_a_value_that_cannot_be_read_says_what_is_accepted() -> None:
    made = parser()
    made.add_argument("--size", type=parse_size)

    with pytest.raises(UsageError, match=r"argument --size: .*accepted: sizes such as"):
        made.parse_args(["--size", "big"])


@pytest.mark.parametrize(
    ("read", "text", "least"),
    [
        *[(positive, text, 1) for text in ("0", "-1", "x", "")],
        (from_zero, "-1", 0),
    ],
)
def test_a_number_starts_where_it_may(read: Callable[[str], int], text: str, least: int) -> None:
    assert read("64") == 64
    assert read(str(least)) == least
    with pytest.raises(ValueError, match=f"'{text}' is not a whole number from {least} up"):
        read(text)


@pytest.mark.parametrize("text", ["0", "1025", "many"])
def test_a_number_with_both_limits_is_refused_with_both(text: str) -> None:
    assert connections("1024") == 1024
    with pytest.raises(ValueError, match=f"'{text}' is not a whole number from 1 to 1024"):
        connections(text)


def test_help_ends_with_an_example() -> None:
    assert parser().format_help().rstrip().endswith("example: do it")


def test_a_command_that_uses_h_for_itself_keeps_long_help() -> None:
    made = parser()
    made.add_argument("-h", dest="human", action="store_true")

    assert made.parse_args(["-h"]).human
    with pytest.raises(SystemExit) as ended:
        made.parse_args(["--help"])
    assert ended.value.code == 0


@pytest.mark.parametrize("name", commands.NAMES)
def test_words_that_nobody_takes_are_refused_whatever_stands_between_them(name: str) -> None:
    parser = commands.named(name).parser(Parser)

    with pytest.raises(UsageError):
        parser.parse_args(["a", "--json", *"bcdef", "--nothing"])
