"""get --adopt: what another tool fetched is taken over without fetching it."""

import os
import sys
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.job import load
from ossh.manifest import ManifestReader
from ossh.model import Proof, Status
from tests.integration.rig import gets
from tests.shell.conftest import Driver

EARLIER = 1_700_000_000.0
TYPES = {"a.gz": "Normal", "b.gz": "Multipart", "sub/c.gz": "Normal", "sub/d.gz": "Appendable"}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def say(fresh: Driver, logs: Path) -> Driver:
    """Give a shell beside a tree that another tool fetched, with dates of its own."""
    for name, kind in TYPES.items():
        body = name.encode() * 100
        fresh.server.put(f"logs/{name}", body, type=kind, last_modified=EARLIER)
        (logs / name).parent.mkdir(parents=True, exist_ok=True)
        (logs / name).write_bytes(body)
    fresh.server.clear_requests()
    return fresh


def heads(server: DemoServer) -> set[str]:
    return {one["key"] for one in server.requests() if one["method"] == "HEAD"}


def test_a_tree_is_taken_over_without_fetching_any_of_it(say: Driver, logs: Path) -> None:
    said = say("get logs/ --to logs --adopt")

    assert said.status == 0, said
    assert "adopted: 4 files, identical byte for byte" in said.out
    assert gets(say.server) == []
    assert heads(say.server) == {"logs/b.gz", "logs/sub/d.gz"}
    assert {(logs / name).stat().st_mtime for name in TYPES} == {EARLIER}
    rows = {one.key: one for one in ManifestReader(Path("jobs/logs.sqlite")).entries()}
    assert {one.status for one in rows.values()} == {Status.SKIPPED}
    assert rows["logs/a.gz"].proof is Proof.MD5
    assert rows["logs/b.gz"].proof is Proof.CRC64
    assert "all verified: 4 objects" in say("verify").out
    for line in ("get --adopt --dry-run", "get --adopt"):
        again = say(line)
        assert "nothing to adopt: no file here has the size of an object" in again.err
        assert again.status == 0


def test_a_job_that_is_resumed_takes_over_what_is_here(say: Driver) -> None:
    assert say("save logs/ --to logs").status == 0

    said = say("resume logs --adopt")

    assert said.status == 0, said
    assert "adopted: 4 files, identical byte for byte" in said.out
    assert gets(say.server) == []


def test_what_differs_is_the_users(say: Driver, logs: Path) -> None:
    (logs / "a.gz").write_bytes(b"mine" * 100)  # of the right size
    (logs / "b.gz").write_bytes(b"mine" * 100)
    (logs / "sub" / "c.gz").write_bytes(b"mine")

    said = say("get logs/ --to logs --adopt")

    assert said.status == 1
    assert "not adopted: 2 files of the right size but with different contents" in said.out
    assert "local-conflict" in said.out
    assert (logs / "a.gz").read_bytes() == b"mine" * 100
    assert (logs / "a.gz").stat().st_mtime > EARLIER + 1
    assert (logs / "sub" / "c.gz").read_bytes() == b"mine"
    assert gets(say.server) == []


def test_what_differs_is_replaced_where_the_job_says_so_and_what_is_missing_is_fetched(
    say: Driver, logs: Path
) -> None:
    say("cd logs")
    say("save logs --to logs")
    say.edit("logs", "[target]", '[target]\nexisting = "replace"')
    (logs / "a.gz").write_bytes(b"mine" * 100)
    (logs / "sub" / "c.gz").unlink()
    say.session.trusted_jobs.remember(load(Path("jobs/logs.toml").absolute()))
    say("open logs")

    said = say("get --adopt")

    assert said.status == 0, said
    assert {one["key"] for one in gets(say.server)} == {"logs/a.gz", "logs/sub/c.gz"}
    assert (logs / "a.gz").read_bytes() == b"a.gz" * 100


def test_files_of_the_right_size_and_date_are_proved_too_and_kept_if_they_differ(
    say: Driver, logs: Path
) -> None:
    for name in TYPES:
        os.utime(logs / name, (EARLIER, EARLIER))
    (logs / "b.gz").write_bytes(b"else" * 100)
    os.utime(logs / "b.gz", (EARLIER, EARLIER))

    said = say("get logs/ --to logs --adopt")

    assert said.status == 1, said
    assert "local-conflict" in said.out
    assert gets(say.server) == []
    assert (logs / "b.gz").read_bytes() == b"else" * 100
    assert say("retry --replace").status == 0
    assert (logs / "b.gz").read_bytes() == b"b.gz" * 100


def test_what_nobody_can_compare_stays_as_it_was(say: Driver, logs: Path) -> None:
    for name in TYPES:
        os.utime(logs / name, (EARLIER, EARLIER))
    say.server.fault("no-crc", key="logs/b.gz", operation="head", times=99)
    say.server.fault("status", key="logs/sub/d.gz", operation="head", status=403, times=99)

    said = say("get logs/ --to logs --adopt")

    assert said.status == 0, said
    assert "adopted: 2 files, identical byte for byte" in said.out
    assert "not adopted: 2 files of the right size that cannot be compared" in said.out
    assert "different contents" not in said.out
    rows = ManifestReader(Path("jobs/logs.sqlite")).entries()
    assert {one.key: one.proof for one in rows if one.own is None} == {
        "logs/b.gz": None,
        "logs/sub/d.gz": None,
    }
    assert gets(say.server) == []


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="whoever asks may read every file"
)
def test_a_file_that_cannot_be_read_is_not_said_to_differ(say: Driver, logs: Path) -> None:
    (logs / "a.gz").chmod(0)

    said = say("get logs/ --to logs --adopt")

    assert said.status == 1, said
    assert "not adopted: 1 file of the right size that cannot be compared" in said.out
    assert "different contents" not in said.out


def test_a_dry_run_tells_the_number_of_requests_and_makes_none(say: Driver, logs: Path) -> None:
    said = say("get logs/ --to logs --adopt --dry-run")

    assert said.status == 0
    assert "to adopt: 4 files of the right size, 2.3 KiB to read" in said.err
    assert "2 compared by CRC64, which takes a request each" in said.err
    assert heads(say.server) == set()
    assert (logs / "a.gz").stat().st_mtime > EARLIER + 1


def test_an_adoption_that_was_cut_off_goes_on_where_it_stopped(say: Driver, logs: Path) -> None:
    for number in range(300):
        say.server.put(f"logs/many/{number}", b"x" * 50, type="Multipart", last_modified=EARLIER)
        (logs / "many").mkdir(exist_ok=True)
        (logs / "many" / str(number)).write_bytes(b"x" * 50)
    lost = {"status": 404, "code": "NoSuchBucket"}
    say.server.fault("status", key="logs/many/*", operation="head", after=100, times=999, **lost)
    say.server.clear_requests()

    first = say("get logs/ --to logs --adopt")
    say.server.clear_faults()
    second = say("get logs/ --to logs --adopt")

    assert first.status == 3, first
    assert second.status == 0, second
    asked = [one["key"] for one in say.server.requests() if one["method"] == "HEAD"]
    assert gets(say.server) == []
    assert len(asked) < 400  # 302 files, those under way at the end twice


def test_adopted_files_are_the_mirrors_own(say: Driver, logs: Path) -> None:
    say("get logs/ --to logs --adopt --mirror")
    say.server.delete("logs/b.gz")

    assert say("get logs/ --to logs --mirror").status == 0

    assert not (logs / "b.gz").exists()
    assert list((logs / ".ossh" / "trash").rglob("b.gz"))
