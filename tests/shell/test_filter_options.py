"""Filters as options: they narrow one command, whatever the session's filters let through."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ossh import commands
from ossh.console.argparse_internals import Parser, option_strings
from ossh.job import load
from ossh.session.combinations import FILTERS
from tests.shell.conftest import Driver

FILTERED = ("get", "preview", "ls", "du", "tree", "save", "restore", "browse")


@pytest.fixture
def small(fresh: Driver) -> Driver:
    """Give a shell in a bucket with one object for each filter to choose."""
    old = datetime.now(UTC) - timedelta(days=30)
    fresh.server.put("logs/a.gz", b"aa", last_modified=old)
    fresh.server.put("logs/b.csv", b"bbb")
    fresh.server.put("logs/sub/c.gz", b"c" * 2000)
    fresh.server.put("logs/sub/d.tar", b"dddd", storage_class="IA")
    return fresh


def here(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*.*"))


CHOICES = [
    ("--suffix .gz", ["a.gz", "sub/c.gz"]),
    ("--suffix .gz --newer 7d", ["sub/c.gz"]),
    ("--older 7d", ["a.gz"]),
    ("--glob 'sub/*'", ["sub/c.gz", "sub/d.tar"]),
    ("--include /sub/ --exclude *.tar", ["sub/c.gz"]),
    ("--min-size 1KiB", ["sub/c.gz"]),
    ("--max-size 3", ["a.gz", "b.csv"]),
    ("--regex '[bd]\\.'", ["b.csv", "sub/d.tar"]),
    ("--class IA", ["sub/d.tar"]),
]


@pytest.mark.parametrize(("options", "chosen"), CHOICES)
def test_filters_choose_what_get_fetches_and_ls_lists_below_what_is_named(
    small: Driver, options: str, chosen: list[str]
) -> None:
    listed = small(f"ls -R logs/ {options}").lines
    said = small(f"get logs/ --to x {options}")

    assert listed == [f"logs/{one}" for one in chosen]
    assert said.status == 0
    assert here(small.folder / "x") == chosen
    assert f"\t{len(chosen)}\t" in small(f"du logs/ {options}").out.replace("\n", "\n\t")
    assert small("filter").out == ""


def test_the_job_keeps_its_filters_and_the_session_does_not(small: Driver) -> None:
    small("get logs/ --to x --suffix .gz --newer 7d")

    job = load(small.folder / "jobs" / "x.toml")
    assert job.selection.suffix == (".gz",)
    assert job.selection.newer == timedelta(days=7)
    assert small("ls -R").lines[0] == "logs/a.gz"


def test_they_narrow_the_filters_of_the_session(small: Driver) -> None:
    small("filter add --suffix .gz,.csv --max-size 1KiB")

    assert small("ls -R logs/ --suffix .gz,.tar").lines == ["logs/a.gz"]
    small("get logs/ --to x --suffix .gz,.tar")
    assert here(small.folder / "x") == ["a.gz"]


def test_a_saved_job_and_a_preview_have_them_too(small: Driver) -> None:
    assert "objects\t2" in small("preview logs/ --suffix .gz").out
    small("cd logs")
    small("save gz --suffix .gz")

    assert load(small.folder / "jobs" / "gz.toml").selection.suffix == (".gz",)


def test_a_list_of_keys_is_narrowed_too(small: Driver) -> None:
    (small.folder / "keys.txt").write_text("logs/a.gz\nlogs/b.csv\n", "utf-8")

    small("get --from keys.txt --suffix .gz --to x")

    assert here(small.folder / "x") == ["logs/a.gz"]
    assert small("ls -R --keys-from keys.txt --suffix .csv").lines == ["logs/b.csv"]
    assert "objects\t2" in small("preview logs/ --keys-from keys.txt").out
    small("get logs/ --keys-from keys.txt --max-size 2 --to y")
    assert here(small.folder / "y") == ["a.gz"]


def test_a_filter_beside_an_open_job_is_another_job(small: Driver) -> None:
    small("get --to all")
    small("get --suffix .gz")
    small("get --suffix .gz")  # the open job fetches just that
    narrow = small.job
    small("get --suffix .csv --name csv")

    everything = [f"logs/{one}" for one in ("a.gz", "b.csv", "sub/c.gz", "sub/d.tar")]
    assert here(small.folder / "all") == everything
    assert narrow.name == "demo-bucket"
    assert here(narrow.directory) == ["logs/a.gz", "logs/sub/c.gz"]
    assert here(small.folder / "csv") == ["logs/b.csv"]
    assert small("jobs").out.count("\n") == 3
    assert "resuming csv" in small("get").err


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("get logs/a.gz --suffix .gz", "--suffix does not work for keys that are named in full"),
        ("ls --all --suffix .gz", "--all and --suffix cannot be combined"),
        ("get logs/ logs/sub/ --include /a*", "relative to one prefix"),
        ("get logs/*.gz --glob a*", "relative to one prefix"),
        ("preview logs/a.gz --keys-from keys.txt", "--keys-from does not work for keys that"),
        ("preview logs/ --keys-from none.txt", "hint: a list is a file on this machine"),
    ],
)
def test_a_filter_that_could_do_nothing_is_refused_with_the_reason(
    small: Driver, line: str, why: str
) -> None:
    (small.folder / "keys.txt").write_text("logs/a.gz\n", "utf-8")

    said = small(line)

    assert said.status == 2
    assert why in said.err
    assert "hint: " in said.err


def test_every_command_that_filters_has_all_kinds() -> None:
    own = set(option_strings(commands.named("filter").parser(Parser)))

    assert set(FILTERS) <= own
    for name in FILTERED:
        taken = set(option_strings(commands.named(name).parser(Parser)))
        assert set(FILTERS) <= taken
