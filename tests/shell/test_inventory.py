"""get --inventory KEY: what a report lists, and what became of it since."""

from datetime import timedelta

import pytest

from ossh.demo import DemoServer
from tests.integration.rig import tree
from tests.reports import MODIFIED, put_report, row
from tests.shell.conftest import Driver, Launcher

REPORT = "oss://reports/weekly/"


@pytest.fixture
def say(fresh: Driver) -> Driver:
    """Give a shell at a bucket of four objects and a report of them in another bucket."""
    fresh.server.add_bucket("reports")
    names = ("logs/a.gz", "logs/日 b+c.gz", "logs/note.txt", "other/x.gz")
    rows = [row(fresh.server, name, name.encode()) for name in names]
    put_report(fresh.server, [rows[:2], rows[2:]], home="reports", folder="weekly/")
    fresh.server.clear_requests()
    return fresh


def lists_of(server: DemoServer) -> list[str]:
    """Return the prefixes of the bucket that were listed."""
    return [
        one["query"]
        for one in server.requests()
        if one["bucket"] == server.bucket and "list-type" in one["query"]
    ]


def test_what_a_report_lists_is_fetched_and_the_bucket_is_not_listed(say: Driver) -> None:
    said = say(f"get --inventory {REPORT} --to out --name all")

    assert said.status == 0
    assert "done: 4 objects" in said.out
    assert tree(say.folder / "out") == {
        name: name.encode()
        for name in ("logs/a.gz", "logs/日 b+c.gz", "logs/note.txt", "other/x.gz")
    }
    assert lists_of(say.server) == []
    inventory = "oss://reports/weekly/2026-01-01T00-00Z/manifest.json"
    assert f'inventory = "{inventory}"' in (say.folder / "jobs" / "all.toml").read_text("utf-8")
    assert f"inventory\t{inventory}" in say("status").lines


def test_prefix_and_filters_choose_among_its_rows(say: Driver) -> None:
    say("cd logs")
    say("filter add --suffix .gz")

    previewed = say(f"preview --inventory {REPORT}")
    said = say(f"get --inventory {REPORT} --to out")

    assert "objects\t2" in previewed.lines
    assert said.status == 0
    assert sorted(tree(say.folder / "out")) == ["a.gz", "日 b+c.gz"]


def test_refresh_reads_the_report_again(say: Driver) -> None:
    say(f"get --inventory {REPORT} --to out")
    later = MODIFIED + timedelta(hours=1)
    names = ("logs/a.gz", "logs/new.gz")
    rows = [row(say.server, name, b"new", modified=later) for name in names]
    put_report(say.server, [rows], home="reports", folder="weekly/")

    said = say("refresh")

    assert "changed_keys\tnew\tlogs/new.gz" in said.lines
    assert "changed_keys\tchanged\tlogs/a.gz" in said.lines
    assert "changed_keys\tgone\tother/x.gz" in said.lines
    assert "done: 2 objects" in say("get").out


def test_a_newer_report_is_taken_by_an_edit_and_what_is_here_stays(say: Driver) -> None:
    say(f"get --inventory {REPORT} --to out --name all")
    rows = [row(say.server, name, name.encode()) for name in ("logs/a.gz", "logs/new.gz")]
    put_report(say.server, [rows], home="reports", folder="weekly/", scan="2026-02-01T00-00Z")
    say.edit("all", "2026-01-01T00-00Z", "2026-02-01T00-00Z")
    say.server.clear_requests()

    refused, refreshed, said = say("get"), say("refresh"), say("get")

    assert refused.status == 2
    assert "'refresh' lists the bucket again" in refused.err
    assert refreshed.status == 0
    assert "done: 2 objects" in said.out
    assert list(say.server.counts("GET").keys() & {"logs/a.gz", "logs/new.gz"}) == ["logs/new.gz"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("get a --inventory oss://reports/weekly/", "a name and --inventory cannot be combined"),
        ("get --inventory orc", "the inventory is in ORC format, but ossh reads only CSV"),
        ("get --inventory other", r"is an inventory of else\x1bwhere, not of demo-bucket"),
    ],
)
def test_what_cannot_be_meant_is_one_error_and_no_job(say: Driver, command: str, said: str) -> None:
    put_report(say.server, [], folder="orc/", fileFormat="ORC")
    put_report(say.server, [], folder="other/", sourceBucket="else\x1bwhere")

    refused = say(command)

    assert refused.status == 2
    assert said in refused.err
    assert refused.err.count("\n") == 2
    assert not (say.folder / "jobs").exists()


def test_as_a_verb_an_address_says_which_of_its_rows_are_meant(
    say: Driver, launch: Launcher
) -> None:
    address = f"oss://{say.server.bucket}/logs/"

    done = launch.on(say.server)("get", address, "--inventory", REPORT, "--to", "out")

    assert done.returncode == 0, done.stderr
    assert sorted(tree(say.folder / "out")) == ["a.gz", "note.txt", "日 b+c.gz"]
    assert say(f"get {address} --inventory {REPORT} --to out").status == 0
    say("filter add --glob logs/*.gz")
    told = say(f"get {address} --inventory {REPORT} --to other")
    assert "the filter 'logs/*.gz' is relative to" in told.err
