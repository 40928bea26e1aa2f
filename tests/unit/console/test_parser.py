from collections.abc import Callable

import pytest
from rich.cells import cell_len

from ossh import commands
from ossh.console.argparse_internals import Parser
from ossh.console.parser import connections, from_zero, listed, positive
from ossh.console.views.ordering import Limit
from ossh.errors import UsageError


def test_a_list_has_commas_between_its_values() -> None:
    assert listed(".gz, .csv,.gz") == (".gz", ".csv", ".gz")


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


def test_more_than_any_list_has_is_all_of_it() -> None:
    assert list(Limit(positive("9" * 30)).of("ab")) == ["a", "b"]


@pytest.mark.parametrize("text", ["0", "1025", "many"])
def test_a_number_with_both_limits_is_refused_with_both(text: str) -> None:
    assert connections("1024") == 1024
    with pytest.raises(ValueError, match=f"'{text}' is not a whole number from 1 to 1024"):
        connections(text)


@pytest.mark.parametrize("name", commands.NAMES)
def test_words_that_nobody_takes_are_refused_whatever_stands_between_them(name: str) -> None:
    parser = commands.named(name).parser(Parser)

    with pytest.raises(UsageError):
        parser.parse_args(["a", "--json", *"bcdef", "--nothing"])


@pytest.mark.usefixtures("in_chinese")
def test_a_help_breaks_between_chinese_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")

    shown = commands.named("retry").parser(Parser).format_help().rpartition("\n\n")[0]

    assert [line for line in shown.splitlines() if cell_len(line) > 50] == []
