"""A home folder that nobody has: one clear line, whatever asks for a path."""

import sys

import pytest

from tests.shell.conftest import Driver

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows takes the folder beside one's own for that home"
)


@pytest.mark.parametrize(
    "line",
    [
        "get readme.txt --to ~nosuchuser/x",
        "get readme.txt --as ~nosuchuser/x.txt",
        "save two --to ~nosuchuser/x",
        "get --from ~nosuchuser/keys.txt",
        "report one ~nosuchuser/x.html",
        "run_script ~nosuchuser/x.ossh",
        "history -t ~nosuchuser/x.transcript",
        "jobs clean --trash-before 1d --target ~nosuchuser",
        "lcd ~nosuchuser",
        "connect --ca-bundle ~nosuchuser/x.pem",
    ],
)
def test_a_home_that_nobody_has_is_one_clear_line(say: Driver, line: str) -> None:
    assert say("save one --to x").status == 0

    said = say(line)

    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "error: there is no home folder '~nosuchuser'\n"
        "hint: for a name that begins with '~', write it after './'\n"
    )
    assert not (say.folder / "~nosuchuser").exists()


def test_failures_are_written_to_no_such_home(say: Driver) -> None:
    assert say("get readme.txt web/ --to x").status == 0

    said = say("failures --csv ~nosuchuser/x.csv")

    assert said.err.startswith("error: there is no home folder '~nosuchuser'\n")
    assert said.status == 2


def test_a_name_that_begins_so_is_written_after_a_dot(say: Driver) -> None:
    assert say("get readme.txt --to ./~nosuchuser").status == 0
    assert (say.folder / "~nosuchuser" / "readme.txt").exists()


def test_a_target_in_the_jobs_folder_is_not_taken_for_a_home(say: Driver) -> None:
    assert say("save one --to jobs/~x").status == 0

    assert say("open one").status == 0
    assert say("jobs show one").status == 0
    assert say.job.directory == say.folder / "jobs" / "~x"
