"""`--durable` as it is typed: where it is kept, and where it is refused."""

import sys

import pytest

from tests.shell.conftest import Driver
from tests.writing_out import Libc, use_libc

linux = pytest.mark.skipif(sys.platform != "linux", reason="the call is one of Linux")


@pytest.fixture
def say(fresh: Driver) -> Driver:
    fresh.server.put("logs/a.gz", b"a")
    return fresh


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the calls that wrote out a file system, as they come."""
    found: list[int] = []
    use_libc(monkeypatch, Libc(found.append))
    return found


@linux
def test_a_new_job_keeps_the_wish(say: Driver, calls: list[int]) -> None:
    assert say("get logs/ --durable").status == 0
    say.server.put("logs/b.gz", b"b")
    say("refresh")
    before = len(calls)

    assert say("get").status == 0

    assert "durable = true" in (say.folder / "jobs" / "logs.toml").read_text()
    assert 0 < before < len(calls)


@linux
@pytest.mark.parametrize("command", ["get logs/", "get", "resume logs", "retry"])
def test_a_saved_job_does_it_this_once(say: Driver, calls: list[int], command: str) -> None:
    assert say("get logs/").status == 0
    say.server.put("logs/b.gz", b"b")
    say("refresh")
    assert not calls

    assert say(f"{command} --durable").status == 0

    assert len(calls) == 1
    assert "durable" not in (say.folder / "jobs" / "logs.toml").read_text()
