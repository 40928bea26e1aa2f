"""An empty argument is a variable that is not set, and never means everything."""

import pytest

from tests.shell.conftest import Driver, Launcher

EMPTY = "error: an argument is empty\nhint: is a variable of your shell or script unset?"


@pytest.mark.parametrize(
    "line",
    [
        'get "" --to x',
        'get logs/ --to ""',
        "get logs/ --to=",
        'filter add --keys-from=""',
        'jobs remove "" --yes',
        'connect --profile ""',
        'history ""',
        'run_script ""',
        'help ""',
    ],
)
def test_an_empty_argument_is_refused(say: Driver, line: str) -> None:
    said = say(line)

    assert said.status == 2
    assert said.err.startswith(EMPTY)
    assert list(say.folder.iterdir()) == []


@pytest.mark.parametrize(
    "line", ["get logs/ --suffix ,", "filter add --class ' '", "retry --only ,"]
)
def test_a_list_of_nothing_is_refused_too(say: Driver, line: str) -> None:
    say("save logs")

    said = say(line)

    assert said.status == 2
    assert "a value is missing in" in said.err


def test_as_the_value_of_a_setting_it_means_none(say: Driver) -> None:
    say("set on_done true")

    assert say("set on_done ''").status == 0
    assert say('set on_done ""').status == 0
    assert say.session.on_done == ""


@pytest.mark.parametrize("words", [["get", "", "--to", "x"], ["--profile", "", "ls"], [""]])
def test_so_it_is_in_the_systems_shell(launch: Launcher, words: list[str]) -> None:
    done = launch("--demo", *words)

    assert done.returncode == 2
    assert done.stderr.startswith(EMPTY)
    assert list(launch.folder.rglob("*")) == [launch.folder / "jobs"]


@pytest.mark.parametrize(
    "lines",
    [
        ["get logs/ --newer 2100-01-01"],
        ["get logs/ --newer 2100-01-01 --adopt"],
        ["get logs/ --newer 2100-01-01 --background", "wait"],
        ["restore archive/ --newer 2100-01-01 --yes"],
    ],
)
def test_a_job_that_nobody_named_and_that_selects_nothing_leaves_no_trace(
    say: Driver, lines: list[str]
) -> None:
    for line in lines:
        assert say(line).status == 0

    assert list((say.folder / "jobs").iterdir()) == []
    assert say.session.job is None


@pytest.mark.parametrize("had_target", [False, True])
def test_nor_a_folder_that_was_not_there_nor_a_name(say: Driver, *, had_target: bool) -> None:
    say("get readme.txt --name mine --to there")
    if had_target:
        (say.folder / "mine").mkdir()

    said = say("get logs/ --to mine --newer 2100-01-01")

    assert (said.status, "job" in said.out) == (0, False)
    assert (say.folder / "mine").exists() == had_target
