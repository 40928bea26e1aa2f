"""Help: every command's examples work as they stand, and a slip of the finger is understood."""

from pathlib import Path

import pytest

from ossh.commands import COMMON, MORE
from ossh.demo import DemoServer
from ossh.errors import STATUSES
from tests.shell.conftest import Driver, NewDriver
from tests.shell.examples import PARSERS, PREPARED, lines
from tests.shell.programs import FILTER, LIST

EXAMPLES = [
    pytest.param(prog, example, id=example.replace("/", "|"))
    for prog, parser in PARSERS.items()
    for example in parser.examples
]


# An editor and the picker take the terminal, the guide asks questions: nobody is here for them.
NEEDS_A_PERSON = {"browse", "edit", "guide"}


@pytest.mark.parametrize("prog", PARSERS)
def test_the_help_of_every_command_ends_with_examples_of_it(prog: str) -> None:
    parser = PARSERS[prog]

    shown = parser.format_help().rstrip().splitlines()

    assert parser.examples, f"{prog} has no example"
    assert shown[-1].removeprefix("example:").strip() == parser.examples[-1]
    own = {prog, "!"} if prog == "shell" else {prog}
    assert all(example.startswith(tuple(own)) for example in parser.examples)


@pytest.mark.parametrize(("prog", "example"), EXAMPLES)
def test_every_example_works_as_it_stands(  # noqa: PLR0913 - what an example needs
    prog: str,
    example: str,
    teaching: DemoServer,
    new_driver: NewDriver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if prog in NEEDS_A_PERSON:
        pytest.skip("needs a person")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    say = new_driver(teaching)
    try:
        PREPARED.get(prog, lines())(say, teaching)

        if prog == "shell":
            example = example.replace("ls -l", LIST)
        said = say(example.replace("| grep", f"| {FILTER}"))

        assert said.status == 0, said
        assert "Traceback" not in said.err
    finally:
        say.shell.park()


def test_help_groups_the_commands_by_what_one_wants_to_do(say: Driver) -> None:
    said = say("help")

    shown = said.out.splitlines()
    assert [line for line in shown if line in COMMON] == list(COMMON)
    assert max(map(len, shown)) <= 80
    assert len(shown) < 24  # a screen


def test_help_shows_few_commands_and_all_of_them_when_asked(say: Driver) -> None:
    common = [name for names in COMMON.values() for name in names]
    every = [*common, *(name for names in MORE.values() for name in names)]

    assert len(common) <= 25
    assert sorted(every) == say.shell.get_visible_commands()
    assert [line.split()[0] for line in say("help -v").lines if line[:3].strip()][:-3] == [
        word for heading, names in COMMON.items() for word in (heading.split()[0], *names)
    ]
    assert all(f"\n  {name} " in say("help --all").out for name in every)


@pytest.mark.parametrize("command", ["put", "rm", "RM", "cp", "mv", "sync"])
def test_commands_that_write_are_met_with_what_ossh_is_for(say: Driver, command: str) -> None:
    said = say(f"{command} a b")

    assert said.status == 127
    assert said.err.startswith(f"error: there is no '{command}' command: ossh only reads\n")


def test_help_of_an_alias_and_of_what_is_not_there(say: Driver) -> None:
    assert "Usage: quit" in say("help exit").out
    assert say("help nonsense").status == 2


def test_a_word_like_no_other_is_only_told_of_help(say: Driver) -> None:
    assert "did you mean" not in say("xyzzy").err
    assert "did you mean" not in say("ls --xyzzy").err
    assert say("xyzzy").err.startswith("error: there is no command 'xyzzy'\nhint: 'help'")
    assert say("help xyzzy").err == say("xyzzy").err


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("ls --xyzzy", "unrecognized arguments: --xyzzy", "'help ls' explains it"),
        ("jobs clean --xyzzy", "unrecognized arguments: --xyzzy", "'help jobs clean' explains it"),
        ("verify a b c", "unrecognized arguments: b c", "'verify' takes one JOB at a time"),
        ("jobs show a b", "unrecognized arguments: b", "'jobs show' takes one JOB at a time"),
        ("verify a b --xyzzy", "unrecognized arguments: b --xyzzy", "'help verify' explains it"),
        ("head -5 readme.txt", "unrecognized arguments: -5", "write it like this: head -n 5 KEY"),
        (
            "alias create",
            "the following arguments are required: name, command",
            "'help alias create' explains it",
        ),
        ("get a --every 0 --follow", "argument --every: '0' is no pause", "'help get' explains it"),
        (
            "get a --mirror --max-gone half",
            (
                "argument --max-gone: 'half' is not a number or a percentage; accepted: numbers "
                "such as 500 or 50%"
            ),
            "'help get' explains it",
        ),
        (
            "restore a --days 366",
            "argument --days: '366' is not a whole number from 1 to 365",
            "'help restore' explains it",
        ),
        (
            "get logs/ --tar x.tar",
            "argument --tar: invalid choice: 'x.tar' (choose from '-')",
            "write it like this: --tar - > x.tar",
        ),
        ("set xyzzy 3", "there is no setting 'xyzzy'", "'set' lists the settings"),
        ("set proceses 2", "there is no setting 'proceses'", "did you mean 'processes'?"),
        (
            "set connections x",
            "cannot set connections: 'x' is not a whole number from 0 to 1024",
            "",
        ),
        ("set processes 65", "cannot set processes: '65' is not a whole number from 0 to 64", ""),
        ("alias delete x", "'x' does not exist", "'alias list' and 'macro list' show what does"),
        (
            "history -r",
            "nothing was run: this would repeat every command entered so far",
            "'history -r 1:' runs them all",
        ),
        ("ls > nosuch/x", "cannot write 'nosuch/x': no such file or directory", ""),
    ],
)
def test_errors_of_parsers_and_of_cmd2_have_the_shape_of_all_others(
    say: Driver, line: str, error: str, hint: str
) -> None:
    said = say(line)

    err = said.err.replace(", command_args", "")  # which some versions of Python tell, too
    assert err == f"error: {error}\n" + (f"hint: {hint}\n" if hint else "")
    assert (said.out, said.status) == ("", 2)


def test_the_settings_are_listed_without_a_blank_line(say: Driver) -> None:
    lines = say("set").out.splitlines()

    assert "rate" in [line.split("\t")[0] for line in lines]
    assert all(lines)
    assert say("set rate").out.startswith("rate\t0\t")


def test_help_of_a_command_ends_without_a_blank_line(say: Driver) -> None:
    assert not say("help get").out.endswith("\n\n")
    assert not say("help set").out.endswith("\n\n")


def test_help_tells_what_each_exit_status_means(say: Driver) -> None:
    shown = say("help --all").out

    for numbers, meaning in STATUSES:
        assert f"\n  {numbers:<15}{meaning[:12]}" in shown
    assert "\n  0  " not in say("help").out


def test_the_settings_are_those_of_ossh_and_all_of_them_when_asked(say: Driver) -> None:
    few = {line.split("\t")[0] for line in say("set").lines}
    every = {line.split("\t")[0] for line in say("set --all").lines}

    assert {"rate", "connections", "language", "errexit"} <= few
    assert {"max_completion_table_items", "allow_style", "debug"} <= every
    assert not few & {"max_completion_table_items", "allow_style", "debug", "editor", "echo"}
    assert few < every
    assert say("set max_column_completion_results 9").status == 0


def test_a_screen_is_cleared_only_where_there_is_one(say: Driver) -> None:
    assert say("clear").out == ""
    assert say("clear").status == 0


@pytest.mark.parametrize("line", ["q", "exit", "quit"])
def test_the_shell_is_left_by_any_of_its_words(say: Driver, line: str) -> None:
    said = say(line)

    assert (said.status, said.out, said.err) == (0, "", "")
    assert say.shell.last_result is True


def test_h_of_du_is_no_help(say: Driver) -> None:
    assert "usage" not in say("du -h logs/").out.lower()
    assert "KiB\t" in say("du -h logs/").out
    assert "KiB" not in say("du logs/").out
    explained = say("du --help")
    assert (explained.status, "usage" in explained.out.lower()) == (0, True)
