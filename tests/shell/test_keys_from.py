"""get --from FILE: the keys that a list names, once more or for the first time."""

import json
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, listed

KEYS = ("a.gz", "日志.gz", "c;d.gz")


@pytest.fixture
def say(fresh: Driver) -> Driver:
    """Give a shell at a prefix of a few logs, and some more beside it."""
    for name in (*KEYS, "note.txt"):
        fresh.server.put(f"logs/{name}", name.encode())
    fresh.server.put("other/x.gz", b"x")
    fresh("cd logs")
    return fresh


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.txt"
    path.write_text("logs/a.gz\nother/x.gz\n", encoding="utf-8")
    return path


@pytest.mark.fault("F50")
def test_what_failed_is_fetched_to_where_it_would_have_been(say: Driver) -> None:
    say.server.fault("status", key="logs/*.gz", status=403)
    assert say("get").status == 1
    say.server.clear_faults()
    say.server.clear_requests()

    said = say("get --from logs/.oss-failed.csv")

    assert said.status == 0
    assert "done: 3 objects" in said.out
    assert {name: (say.folder / "logs" / name).read_bytes() for name in KEYS} == {
        name: name.encode() for name in KEYS
    }
    assert sorted(key for key in say.server.counts("GET") if key) == sorted(
        f"logs/{k}" for k in KEYS
    )


@pytest.mark.fault("F50")
def test_keys_of_any_prefix_are_fetched_whatever_the_filters_say(say: Driver, keys: Path) -> None:
    say("filter add --suffix .nothing")

    assert say(f"get --from {keys} --to out").status == 0

    assert (say.folder / "out" / "a.gz").read_bytes() == b"a.gz"
    assert (say.folder / "out" / "other" / "x.gz").read_bytes() == b"x"


@pytest.mark.fault("F50")
def test_a_key_that_is_not_in_the_bucket_is_told_and_not_left_out(say: Driver, keys: Path) -> None:
    keys.write_text("logs/a.gz\nlogs/a.g\nlogs/nowhere\n", encoding="utf-8")

    planned = say(f"get --from {keys} --to out --dry-run")
    said = say(f"get --from {keys} --to out")

    assert "absent\t2" in planned.lines
    assert said.status == 1
    assert "not complete: 1 of 3 objects" in said.out
    failures = [json.loads(line) for line in say("failures --json").lines]
    assert {(one["key"], one["cause"]) for one in failures} == {
        ("logs/a.g", "gone"),
        ("logs/nowhere", "gone"),
    }
    assert "logs/nowhere" in (say.folder / "out" / ".oss-failed.csv").read_text("utf-8")
    say.server.put("logs/nowhere", b"here now")
    assert "changed_keys\tchanged\tlogs/nowhere" in say("refresh").lines
    assert "done: 2 of 3" in say("get").out.replace("not complete", "done")
    assert (say.folder / "out" / "nowhere").read_bytes() == b"here now"


@pytest.mark.usefixtures("keys")
@pytest.mark.fault("F50")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("get --from none.csv", "there is no list of keys 'none.csv'"),
        ("get a.gz --from keys.txt", "a name and --from cannot be combined"),
        ("get oss://demo-bucket/nope/ --from keys.txt", "no key starts with 'nope/'"),
    ],
)
def test_what_cannot_be_meant_is_one_error_and_no_job(say: Driver, command: str, said: str) -> None:
    refused = say(command)

    assert refused.status == 2
    assert said in refused.err
    assert refused.err.count("\n") == 2
    assert not (say.folder / "jobs").exists()


def test_a_job_whose_list_is_gone_says_so(say: Driver, keys: Path) -> None:
    say(f"get --from {keys} --to out")
    [copy] = (say.folder / "jobs").glob("keys-*.csv")
    copy.unlink()

    assert say("get").status == 0  # it needs it no more
    said = say("refresh")

    assert said.status == 2
    assert f"there is no list of keys '{copy}'" in said.err


def test_status_names_the_list(say: Driver, keys: Path) -> None:
    listed(say, keys_from=str(keys), directory="out")

    [copy] = (say.folder / "jobs").glob("keys-*.csv")
    assert f"keys\t{copy}" in say("status").lines


@pytest.mark.parametrize("option", ["--from", "--keys-from"])
def test_a_list_may_come_through_stdin(own: Launcher, server: DemoServer, option: str) -> None:
    server.put("a", b"a")
    server.put("b", b"b")

    address = f"oss://{server.bucket}/"
    done = own("get", address, option, "-", "--to", "here", given="b\n")

    assert (done.returncode, done.stderr) == (0, "")
    assert [one.name for one in (own.folder / "here").iterdir()] == ["b"]


def test_as_a_verb_an_address_says_where_the_keys_are(own: Launcher, server: DemoServer) -> None:
    for name in ("a", "b"):
        server.put(f"logs/{name}", name.encode())
    (own.folder / "keys.txt").write_text("logs/a\nlogs/b\n", encoding="utf-8")
    server.fault("status", key="logs/b", status=403)
    address = f"oss://{server.bucket}/logs/"

    told = own("get", "--from", "keys.txt")
    listed = own("get", address, "out", "--from", "keys.txt")
    server.clear_faults()
    failed = own("get", address, "rest", "--from", "out")

    hint = "hint: say where the keys are with one address: oss://BUCKET/PREFIX/"
    assert (told.returncode, told.stderr.splitlines()[1:]) == (2, [hint])
    assert listed.returncode == 1
    assert failed.returncode == 0, failed.stderr
    assert (own.folder / "out" / "a").read_bytes() == b"a"
    assert (own.folder / "rest" / "b").read_bytes() == b"b"
