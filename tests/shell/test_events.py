"""get --json: what happens, a line each, for programs; --quiet, which is silent if all is well."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, Said
from tests.shell.programs import python
from tests.waiting import wait_until


@pytest.fixture
def small(fresh: Driver) -> Driver:
    for name in ("a", "b", "sub/c"):
        fresh.server.put(f"logs/{name}", name.encode())
    return fresh


def events(said: Said | str) -> list[dict[str, Any]]:
    text = said if isinstance(said, str) else said.out
    return [json.loads(line) for line in text.splitlines()]


def test_each_object_is_told_when_it_is_there_and_all_is_summed_up(small: Driver) -> None:
    told = events(small("get logs/ --to x --json"))

    assert [one["event"] for one in told[-1:]] == ["summary"]
    [planned] = [one for one in told if one["event"] == "planned"]
    assert (planned["objects"], planned["bytes"]) == (3, 7)
    done = {one["key"]: one for one in told if one["event"] == "done"}
    assert set(done) == {"logs/a", "logs/b", "logs/sub/c"}
    for one in done.values():
        assert Path(one["file"]).stat().st_size == one["size"]
        assert Path(one["file"]) == small.folder / "x" / one["path"]
    assert told[-1] == told[-1] | {"job": "x", "ended": "done", "status": 0, "fetched": 3}


def test_what_fails_is_told_once_with_its_cause(small: Driver) -> None:
    small.server.fault("status", key="logs/b", status=403, times=99)

    said = small("get logs/ --to x --json")

    [failed] = [one for one in events(said) if one["event"] == "failed"]
    assert (failed["key"], failed["cause"], failed["code"]) == ("logs/b", "denied", "AccessDenied")
    assert (events(said)[-1]["failed"], events(said)[-1]["ended"]) == (1, "failed")
    assert said.status == 1
    again = small("retry --json")
    assert [one["key"] for one in events(again) if one["event"] == "failed"] == ["logs/b"]


def test_what_is_there_already_is_no_event(small: Driver) -> None:
    small("get logs/ --to x")

    told = events(small("get logs/ --to x --json"))

    assert [one["event"] for one in told] == ["planned", "summary"]
    assert (told[1]["done"], told[1]["fetched"]) == (3, 0)


def test_a_run_that_cannot_go_on_says_why(small: Driver) -> None:
    small.server.fault("status", key="logs/a", status=404, code="NoSuchBucket", times=99)

    said = small("get logs/ --to x --json")

    last = events(said)[-1]
    assert said.status == last["status"] == 3
    assert (last["event"], last["ended"]) == ("summary", "error")
    assert "bucket" in last["error"]
    assert said.err.startswith(f"error: {last['error']}")


def test_one_object_and_a_plan_are_json_too(small: Driver) -> None:
    told = events(small("get logs/a --as y --json"))

    assert {one["event"] for one in told} == {"planned", "done", "summary"}
    assert events(small("get logs/ --dry-run --json"))[0]["objects"] == 3


def test_what_failed_before_is_told_by_a_run_that_stops_too(small: Driver) -> None:
    small.server.fault("status", key="logs/b", status=403, times=1)
    small("get logs/ --to x")
    small.server.put("logs/new", b"new")
    small("refresh")
    small.server.fault("status", key="logs/new", status=404, code="NoSuchBucket", times=99)

    told = events(small("resume --json"))

    assert [one["key"] for one in told if one["event"] == "failed"] == ["logs/b"]
    assert (told[-1]["ended"], told[-1]["failed"]) == ("error", 1)


def test_what_keeps_a_run_from_starting_is_a_summary_as_stderr_says_it(
    own: Launcher, server: DemoServer
) -> None:
    get = ("get", f"oss://{server.bucket}/logs/")

    for words, key_id, status in (
        (get, server.access_key_id, 3),
        (get, "", 3),
        (("resume", "nothing"), server.access_key_id, 2),
        (("retry", "nothing"), server.access_key_id, 2),
    ):
        secret = "wrong" if key_id else ""
        done = own(*words, "--json", OSS_ACCESS_KEY_ID=key_id, OSS_ACCESS_KEY_SECRET=secret)
        [last] = events(done.stdout)
        assert done.returncode == last["status"] == status
        assert (last["event"], last["ended"]) == ("summary", "error")
        assert done.stderr == f"error: {last['error']}\nhint: {last['hint']}\n"


def test_the_status_is_that_of_the_process_whatever_runs_afterwards(launch: Launcher) -> None:
    fails = python("raise SystemExit(1)")

    done = launch("--demo", "get", "photos/", "--to", "x", "--json", "--on-done", fails)

    assert (done.returncode, events(done.stdout)[-1]["status"]) == (4, 4)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_before_there_is_a_run_is_summed_up_too(own: Launcher, server: DemoServer) -> None:
    for key in ("logs/a", "data/b"):
        server.put(key, b"")
    server.fault("hold", operation="list", after=1)  # the first is made before the command begins
    addresses = [f"oss://{server.bucket}/{prefix}/" for prefix in ("logs", "data")]
    with own.started("get", *addresses, "--to", "x", "--json") as process:
        wait_until(lambda: len(server.requests()) > 1)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate(timeout=60)
    server.clear_faults()

    [last] = events(told)
    assert process.returncode == last["status"] == 130
    assert (last["event"], last["ended"]) == ("summary", "stopped")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_signal_ends_the_lines_with_how_it_ended(own: Launcher, server: DemoServer) -> None:
    server.put("logs/a", b"a")
    server.put("logs/held", b"h" * 100)
    server.fault("hold", key="logs/held")
    line = ("get", f"oss://{server.bucket}/logs/", "--to", "x", "--json")
    with own.started(*line) as process:
        assert process.stdout is not None
        told = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGTERM)
        told += process.stdout.readlines()
    server.clear_faults()

    assert process.returncode == events(told[-1])[0]["status"] == 128 + signal.SIGTERM
    assert sorted(one["event"] for one in events("".join(told[:2]))) == ["done", "planned"]
    assert events(told[-1])[0]["ended"] == "stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of a POSIX shell")
def test_a_reader_that_leaves_stops_it_resumably(own: Launcher, server: DemoServer) -> None:
    server.fill("logs/{}", 50, 1)
    server.put("logs/held", b"h" * 100)
    server.fault("hold", key="logs/held")
    line = ("get", f"oss://{server.bucket}/logs/", "--to", "x", "--json")
    with own.started(*line) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        server.clear_faults()

    assert process.returncode == 3


def test_a_reader_who_is_slow_holds_the_run_and_not_the_memory(
    small: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ossh.transfer.run.MOST_ARRIVALS", 1)
    small.server.fill("many/{}", 300, 1)

    told = events(small("get many/ --to m --json"))

    assert sum(one["event"] == "done" for one in told) == 300


def test_quiet_says_nothing_of_success(small: Driver) -> None:
    small.shell.quiet = True

    assert small("get logs/ --to x") == Said("", "", 0)
    assert small("get logs/a --as y") == Said(f"{small.folder / 'y'}\n", "", 0)
    small("get logs/sub/ --to z --background")
    assert small("wait").out == ""
    small.server.fault("status", key="logs/b", status=403, times=99)
    small.server.put("logs/b", b"new")
    assert "2 of 3 objects" in small("get logs/ --to other").out
