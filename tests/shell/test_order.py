"""Lists are sorted, reversed and cut short alike, whatever they list."""

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, listed


@pytest.fixture
def small(fresh: Driver) -> Driver:
    """Give a shell in a bucket of a few objects."""
    for key in ("logs/a.gz", "logs/b.csv", "note.txt"):
        fresh.server.put(key, key.encode())
    return fresh


@pytest.fixture
def failing(small: Driver, server: DemoServer) -> Driver:
    """Return a session whose open job lacks two objects, for two reasons."""
    server.fault("status", key="logs/a.gz", status=403)
    server.fault("status", key="logs/b.csv", status=404, code="NoSuchKey")
    assert small("get logs/").status == 1
    return small


def test_buckets_come_in_any_order_and_number(small: Driver) -> None:
    usual = small("buckets --sort name").lines

    assert small("buckets --sort name --reverse").lines == usual[::-1]
    assert small("buckets --limit 1").lines == usual[:1]


def test_jobs_are_sorted_by_what_they_hold(small: Driver) -> None:
    small(f"get logs/ --to {small.folder / 'one'} --name few")
    small("cd /")
    listed(small, directory=str(small.folder / "two"), name="all")

    largest = small("jobs --sort objects --limit 1")

    assert "all" in largest.out
    assert "few" not in largest.out
    assert "1 shown, there are more" in largest.err


def test_failures_are_sorted_by_cause_and_cut_short(failing: Driver) -> None:
    by_cause = failing("failures --sort cause").lines
    other_way = failing("failures --sort cause --reverse").lines

    assert len(by_cause) == 2
    assert other_way == by_cause[::-1]
    assert failing("failures --sort cause --limit 1").lines == by_cause[:1]
