import re

import cmd2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.shell.scripting.transcript import entry, matches, play, record, to_regex


class Toy(cmd2.Cmd):
    """A shell that prints what it is told and changes its prompt."""

    def __init__(self) -> None:
        super().__init__(allow_cli_args=False)
        self.prompt = "toy> "

    def do_show(self, line: cmd2.Statement) -> None:
        self.poutput(line.args.replace("NL", "\n"))

    def do_bare(self, line: cmd2.Statement) -> None:
        self.stdout.write(str(line.args))

    def do_prompt(self, line: cmd2.Statement) -> None:
        self.prompt = f"{line.args}> "


@pytest.fixture
def toy() -> Toy:
    return Toy()


def played(toy: Toy, text: str) -> list[list[str]]:
    return [lines for lines in play(toy, "x", text.splitlines(keepends=True)) if lines]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a comment\ntoy> show one\none\ntoy> show a/b\na/b\n", id="as it should"),
        pytest.param("toy> prompt new\nnew> show 1\n1\nnew> show 2\n2\n", id="another prompt"),
        pytest.param("toy> show bNLa | sort\na\nb\n", id="a pipe"),
        pytest.param("toy> bare x\nx\n", id="a last line without an end"),
        pytest.param("toy> show a\n> b\na b\n", id="a command in two lines"),
        pytest.param("toy> set echo false > /dev/null\n", id="no output"),
    ],
)
def test_a_session_that_prints_what_it_should_has_no_difference(toy: Toy, text: str) -> None:
    assert played(toy, text) == []


@pytest.mark.parametrize("text", ["toy> show aNLb\na\n", "toy> show x\n"])
def test_output_that_only_begins_as_expected_or_is_not_expected_is_a_difference(
    toy: Toy, text: str
) -> None:
    assert played(toy, text)


def test_other_output_is_a_difference_with_its_line_and_a_diff(toy: Toy) -> None:
    [difference] = played(toy, "note\ntoy> show one\ntwo\n")

    assert difference[0] == "x:2: show one"
    assert "-two" in difference
    assert "+one" in difference


def test_a_difference_has_what_the_command_complained_of(toy: Toy) -> None:
    [difference] = played(toy, "toy> nonsense\none\n")

    assert "+nonsense is not a recognized command" in " ".join(difference)


def test_a_file_is_played_to_its_end(toy: Toy) -> None:
    text = "toy> show 1\n2\ntoy> show 3\n3\ntoy> show 4\n5\n"

    assert [one[0] for one in played(toy, text)] == ["x:1: show 1", "x:5: show 4"]


def test_commands_after_the_shell_has_ended_are_a_difference(toy: Toy) -> None:
    [difference] = played(toy, "toy> quit\n\ntoy> show 1\n1\n")

    assert "ended" in difference[0]


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("took /\\d+/ s", "took 12 s"),
        ("a\\/b /x+/", "a/b xxx"),
        ("one / alone", "one / alone"),
        ("/.*/", "a\nb"),
        ("", " \n"),
        ("a/b/c", "a/b/c"),
    ],
)
def test_expected_output_accepts(expected: str, got: str) -> None:
    assert matches(expected, got)


@pytest.mark.parametrize(("expected", "got"), [("/\\d+/", "x"), ("a.c", "abc"), ("/(/", "x")])
def test_expected_output_refuses(expected: str, got: str) -> None:
    assert not matches(expected, got)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])).filter(lambda t: "/" not in t))
def test_text_without_slashes_matches_only_itself(text: str) -> None:
    assert re.fullmatch(to_regex(text), text)


def test_what_is_recorded_plays_without_a_difference(toy: Toy) -> None:
    text = record(toy, ["show a/b/c", "show x", "prompt new", "bare y"])

    assert text.startswith("toy> show a/b/c\na\\/b\\/c\n")
    assert played(Toy(), text) == []


def test_recording_ends_with_the_shell(toy: Toy) -> None:
    assert "show 2" not in record(toy, ["show 1", "quit", "show 2"])


@pytest.mark.parametrize(
    "line",
    ["fetched 31 objects, 450.7 KiB in {} ({})", "已下载 31 个对象，450.7 KiB，用时 {}（{}）"],
)
def test_how_fast_it_was_is_not_what_it_must_show_again(line: str) -> None:
    recorded = entry("toy> ", "get", line.format("0.1 s", "14.6 MiB/s")).partition("\n")[2]

    assert matches(recorded, line.format("1 min 3 s", "800 B/s") + "\n")
    assert not matches(recorded, line.format("nothing", "at all") + "\n")
