"""`verify` as it is typed: what it proves, what it finds, and what `get` then does."""

import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.manifest import Manifest
from ossh.printable import printable
from ossh.run_lock import RunLock
from tests.shell.conftest import Driver, Launcher
from tests.waiting import wait_until


@pytest.fixture
def got(fresh: Driver) -> Driver:
    """Give a shell whose open job has run: three logs and a folder's marker."""
    for name in ("a.gz", "b.gz", "sub/c.gz"):
        fresh.server.put(f"logs/{name}", name.encode() * 100)
    fresh.server.put("logs/empty/", b"")
    assert fresh("get logs/").status == 0
    return fresh


def rot(path: Path) -> None:
    """Flip a byte and leave size and date as they are."""
    found = path.stat()
    path.write_bytes(b"X" + path.read_bytes()[1:])
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def test_a_whole_tree_is_proved(got: Driver) -> None:
    said = got("verify")

    assert said.status == 0
    assert said.lines == [
        f"all verified: 4 objects, 1.6 KiB, in {got.folder / 'logs'}",
        "verified: 3 by CRC64, 1 folder with nothing to verify",
    ]


def test_each_kind_of_proof_is_counted_as_what_it_is(got: Driver) -> None:
    got.server.put("logs/md5.gz", b"md5" * 100, crc=False)
    got.server.put("logs/length.gz", b"length" * 100, crc=False, type="Multipart")
    got("refresh")
    assert got("get").status == 0

    said, found = got("verify"), json.loads(got("verify --json").out)

    only = "by length only (no checksum is known for them)"
    nothing = "1 folder with nothing to verify"
    assert said.lines[0].startswith("all there, 1 by length only: 6 objects, ")
    assert said.lines[1] == f"verified: 3 by CRC64, 1 by MD5, 1 {only}, {nothing}"
    assert (found["proved"], found["folders"]) == (6, 1)
    assert found["proofs"] == {"crc64": 3, "length": 1, "md5": 1}
    assert found["by_length"] == 1


@pytest.fixture
def by_length(fresh: Driver) -> Driver:
    """Give a shell with a job of three objects, two of which have no checksum."""
    fresh.server.put("old/whole.bin", b"whole" * 100)
    for name in ("a.bin", "b.bin"):
        fresh.server.put(f"old/{name}", b"length" * 100, crc=False, type="Multipart")
    assert fresh("get old/").status == 0
    return fresh


@pytest.mark.fault("F14")
def test_strictly_a_length_verifies_nothing(by_length: Driver) -> None:
    assert by_length("verify").status == 0
    said = by_length("verify --strict")

    assert said.status == 1
    assert said.lines[0].startswith("all there, 2 by length only: 3 objects, ")
    assert by_length("verify --strict --json").status == 1
    for name in ("a.bin", "b.bin"):
        by_length.server.delete(f"old/{name}")
    by_length("refresh")
    assert by_length("verify --strict").status == 0


@pytest.mark.fault("F14")
def test_strictly_a_file_that_was_found_here_by_size_and_date_is_not_verified(
    by_length: Driver,
) -> None:
    for file in (by_length.folder / "jobs").glob("old.*"):
        file.unlink()
    assert by_length("get old/").status == 0

    said = by_length("verify --strict")

    assert said.status == 1
    assert ", 2 by length only (ossh did not fetch them)" in said.lines[1]


@pytest.fixture
def found_here(fresh: Driver) -> Driver:
    """Give a shell whose job found one file by size and date only, with other bytes."""
    when = datetime(2020, 1, 1, tzinfo=UTC)
    fresh.server.put("old/wrong.bin", b"right" * 100, last_modified=when, type="Multipart")
    fresh.server.put("old/length.bin", b"length" * 100, crc=False, type="Multipart")
    fresh.server.put("old/sub/", b"")
    wrong = fresh.folder / "old" / "wrong.bin"
    (fresh.folder / "old" / "sub").mkdir(parents=True)
    wrong.write_bytes(bytes(500))
    os.utime(wrong, (when.timestamp() + 1, when.timestamp() + 1))
    return fresh


BY_DATE = "here by size and date only: 1 file; --adopt compares their bytes"


def test_get_says_what_is_here_by_size_and_date_only(found_here: Driver) -> None:
    said = found_here("get old/")

    assert said.status == 0
    assert "fetched 1 object" in said.out
    assert "; 2 were here already" in said.out  # the other one is a folder
    assert BY_DATE in said.lines
    assert BY_DATE in found_here("get").lines

    adopted = found_here("get --adopt")

    assert adopted.status == 1
    assert "not adopted: 1 file of the right size but with different contents" in adopted.out
    assert "by size and date only" not in adopted.out


def test_verify_tells_what_ossh_did_not_fetch_from_what_has_no_checksum(found_here: Driver) -> None:
    assert found_here("get old/").status == 0

    unknown, foreign = "no checksum is known for them", "ossh did not fetch them"
    folder = "1 folder with nothing to verify"

    said, record = found_here("verify"), json.loads(found_here("verify --json").out)

    assert said.status == 0
    assert said.lines[0].startswith("all there, 2 by length only: 3 objects, ")
    assert said.lines[1:] == [
        f"verified: 1 by length only ({unknown}), 1 by length only ({foreign}), {folder}",
        "next: 'get --adopt' compares the bytes of what ossh did not fetch",
    ]
    assert (record["proofs"], record["by_length"], record["here_by_date"]) == ({"length": 2}, 2, 1)
    assert found_here("get --adopt").status == 1
    assert found_here("verify").status == 1


def test_an_object_that_is_here_by_size_and_date_only_is_told_as_such(found_here: Driver) -> None:
    said = found_here("get old/wrong.bin --to old")

    assert said.status == 0
    assert said.lines == [str(found_here.folder / "old" / "wrong.bin")]
    assert BY_DATE in said.err


@pytest.mark.parametrize("names", [[], ["a.gz"]], ids=["nothing new", "one fetched again"])
def test_get_says_what_it_verified_and_what_it_only_compared(got: Driver, names: list[str]) -> None:
    logs = got.folder / "logs"
    before = json.loads(got("status --json").out)
    rot(logs / "b.gz")
    for name in names:
        (logs / name).unlink()

    said, after = got("get"), json.loads(got("status --json").out)

    earlier = f"{3 - len(names)} by CRC64, 1 folder with nothing to verify"
    assert f"verified earlier: {earlier}; now compared by size and date" in said.lines
    assert [line for line in said.lines if line.startswith("verified: ")] == [
        "verified: 1 by CRC64" for _ in names
    ]
    assert (before["proofs"], before["compared"]) == ({"crc64": 3}, None)
    assert after["proofs"] == {"crc64": 3}
    assert after["compared"] >= before["last_run"]
    lines = got("status").lines
    assert "verified on arrival\t3 crc64" in lines
    assert f"compared since, by size and date\t{after['compared']}" in lines
    assert "next: 'get' fetches what is missing or damaged" in got("verify").lines


@pytest.mark.fault("F14")
def test_status_and_jobs_say_how_many_are_verified_by_length_only(by_length: Driver) -> None:
    fact = "verified on arrival\t1 crc64, 2 length"
    assert fact in by_length("status").lines
    for command in ("status --json", "jobs --json", "jobs show old --json"):
        assert json.loads(by_length(command).out)["proofs"] == {"crc64": 1, "length": 2}


@pytest.mark.fault("F14")
def test_what_another_job_left_by_length_is_counted_in_this_one_too(by_length: Driver) -> None:
    assert by_length("get old/ --to old --name again").status == 0

    assert json.loads(by_length("verify --json").out)["by_length"] == 2
    assert json.loads(by_length("status --json").out)["proofs"] == {"crc64": 1, "length": 2}


@pytest.mark.fault("F44")
def test_what_is_wrong_is_named_and_nothing_is_touched(got: Driver) -> None:
    logs = got.folder / "logs"
    (logs / "a.gz").unlink()
    rot(logs / "b.gz")
    (logs / "sub" / "c.gz").write_bytes(b"mine")
    notes = "notes.txt" if sys.platform == "win32" else "notes\x1b.txt"  # a name it refuses
    (logs / notes).write_bytes(b"mine too")
    before = sorted(path for path in got.folder.rglob("*") if path.is_file())

    said = got("verify")

    assert said.status == 1
    assert said.lines[0] == f"not all verified: 1 of 4 objects, 0 B, in {logs}"
    assert "        1  missing  no longer there" in said.lines
    assert "  sub/c.gz  (the local file was edited since it was downloaded)" in said.lines
    assert "  b.gz  (its bytes differ from those that were verified)" in said.lines
    assert f"  {printable(notes)}" in said.lines
    assert "next: 'get' fetches what is missing or damaged" in said.lines
    assert sorted(path for path in got.folder.rglob("*") if path.is_file()) == before


def test_a_file_of_other_bytes_that_ossh_did_not_write_is_no_damage_and_stays(
    fresh: Driver,
) -> None:
    when = datetime(2020, 1, 1, tzinfo=UTC)
    fresh.server.put("logs/a.gz", b"a.gz" * 100, last_modified=when)
    theirs = fresh.folder / "logs" / "a.gz"
    theirs.parent.mkdir()
    theirs.write_bytes(b"mine" * 100)
    os.utime(theirs, (when.timestamp(), when.timestamp()))
    assert "here already" in fresh("get logs/").out

    said = fresh("verify")

    assert (
        "        1  different  same size and date as the object, but different contents"
        in said.lines
    )
    assert "is not known to be ossh's" in said.out
    assert "damaged" not in said.out
    assert fresh("get").status == 1
    assert theirs.read_bytes() == b"mine" * 100
    assert '"cause": "local-conflict"' in fresh("failures --json").out
    assert fresh("retry --replace").status == 0
    assert theirs.read_bytes() == b"a.gz" * 100
    assert fresh("verify").status == 0


def test_what_it_found_is_told_by_status_and_failures_too(got: Driver) -> None:
    (got.folder / "logs" / "a.gz").unlink()
    (got.folder / "logs" / "b.gz").write_bytes(b"edited")

    assert got("verify").status == 1

    assert {"at the target\t2", "still to fetch\t1", "missing\t1"} <= {*got("status").lines}
    assert "edited since it was downloaded\tb.gz\t" in got("failures").out
    assert got("jobs").out.startswith("stopped\t4\t2\t1\t")


@pytest.mark.fault("F44")
def test_a_file_edited_after_it_went_bad_is_kept(got: Driver) -> None:
    bad = got.folder / "logs" / "b.gz"
    rot(bad)
    got("verify")
    bad.write_bytes(b"mine" * 100)
    os.utime(bad, (bad.stat().st_mtime + 1000,) * 2)

    said = got("get")

    assert said.status == 1
    assert "local-conflict" in said.out
    assert bad.read_bytes() == b"mine" * 100


def test_foreign_files_are_listed_up_to_a_limit_and_no_failure(got: Driver) -> None:
    for number in range(5):
        (got.folder / "logs" / f"{number}.txt").write_bytes(b"x")

    said = got("verify --limit 2")

    assert said.status == 0
    assert "        5  foreign  not part of the job; left as they are" in said.lines
    assert "  and 3 more (--limit shows them)" in said.lines
    assert not any(".txt" in line for line in got("verify --limit 0").lines)


def test_json_is_one_object(got: Driver) -> None:
    (got.folder / "logs" / "a.gz").unlink()

    said = got("verify --json")

    [line] = said.lines
    found = json.loads(line)
    assert (found["job"], found["proved"], found["missing"]) == ("logs", 3, 1)
    assert (found["proofs"], found["folders"]) == ({"crc64": 2}, 1)
    assert found["findings"] == [
        {"kind": "missing", "path": "a.gz", "key": "logs/a.gz", "message": ""}
    ]


def test_what_was_not_downloaded_is_not_proved(got: Driver) -> None:
    got.server.put("more/x", b"x")
    got.server.fault("status", key="more/x", status=403)
    got("get more/")

    said = got("verify")

    assert said.status == 1
    assert "        1  failed  not downloaded" in said.lines
    assert said.lines[-1] == "next: 'failures' explains them, 'retry' tries again"
    got("open logs")
    assert got("verify more").lines[-1] == (
        "next: 'failures more' explains them, 'retry more' tries again"
    )


def test_what_is_archived_is_to_be_restored(got: Driver) -> None:
    got.server.put("cold/x", b"x", storage_class="Archive")
    got("get cold/")

    assert got("verify").lines[1:] == [
        "        1  archived  not downloaded",
        "next: 'restore', then 'get --wait-restore' fetches each as it thaws",
    ]
    assert got("restore --yes").status == 0
    assert "; 1 is being restored" in got("verify").out


def test_an_edited_file_is_never_to_be_fetched(got: Driver) -> None:
    (got.folder / "logs" / "a.gz").write_bytes(b"mine")

    first = got("verify")
    got("get")
    then = got("verify")

    assert "next: 'retry --replace' moves edited files" in first.out
    assert first.lines[1:] == then.lines[1:]
    assert "        1  changed  edited or replaced since the download" in then.lines
    assert "  a.gz  (the local file was edited since it was downloaded)" in then.lines
    assert "not downloaded" not in then.out
    assert "'get' fetches" not in first.out + then.out


def test_what_no_command_moves_away_is_said_to_stay_and_what_then_fetches_the_object(
    got: Driver,
) -> None:
    folder, edited = got.folder / "logs" / "a.gz", got.folder / "logs" / "b.gz"
    folder.unlink()
    folder.mkdir()
    edited.write_bytes(b"mine")

    both = got("verify --limit 0")
    got("retry --replace")
    one = got("verify")
    folder.rmdir()
    retried, then = got("retry"), got("verify")

    yourself = "next: move away yourself what ossh leaves alone; then 'retry' fetches the objects"
    assert "next: 'retry --replace' moves edited files" in both.out
    assert both.lines[-1] == one.lines[-1] == yourself
    assert "--replace" not in one.out
    assert retried.status == then.status == 0


def test_a_folder_in_an_object_s_place_is_named_and_replace_is_not_advised(
    got: Driver,
) -> None:
    (got.folder / "taken" / "a.gz").mkdir(parents=True)

    told = got("get logs/ --to taken")
    said = got("verify")

    to_do = "move or rename what is in the way yourself, or choose another --to; then 'retry'"
    assert f"        1  local-conflict  {to_do}" in told.lines
    assert "not here: logs/a.gz (local-conflict)" in told.lines
    assert told.lines[-1] == "next: 'failures' explains them"  # 'retry' alone would do nothing
    assert "        1  taken  something else is in their place" in said.out
    assert "  a.gz  (there is a folder in its place)" in said.lines
    assert "--replace" not in told.out + said.out


def test_what_was_in_an_object_s_place_and_is_the_object_now_is_verified(got: Driver) -> None:
    bad = got.folder / "logs" / "a.gz"
    whole, found = bad.read_bytes(), bad.stat()
    bad.write_bytes(b"mine")
    assert got("get").status == 1

    bad.write_bytes(whole)
    os.utime(bad, ns=(found.st_atime_ns, found.st_mtime_ns))

    assert got("verify").status == 0


def test_any_job_is_verified_by_its_name(got: Driver) -> None:
    got("cd /")
    got("save other")

    assert got("verify logs").status == 0
    assert got("verify").status == 2  # other has never run
    assert "there is no job 'none'" in got("verify none").err


def test_jobs_beside_their_files_and_files_of_other_jobs_are_not_foreign(got: Driver) -> None:
    Path("mine.txt").write_text("mine", encoding="utf-8")
    got("get logs/a.gz logs/b.gz --name here")

    said = got("verify")

    assert said.status == 0
    assert "jobs/" not in said.out
    assert "logs/sub/c.gz" not in said.out  # of another job, in a folder below
    assert "  mine.txt" in said.lines


def test_a_job_that_another_ossh_runs_is_not_verified(got: Driver) -> None:
    lock = RunLock.take(got.folder / "jobs" / "logs.lock")
    try:
        said = got("verify")
    finally:
        lock.release()

    assert said.status == 3
    assert "Traceback" not in said.err


def test_ctrl_c_stops_it_and_shows_what_was_found(server: DemoServer, own: Launcher) -> None:
    server.put("big/a", b"x")
    server.put("big/b", b"x")
    assert own("oss://demo-bucket/big/", "-c", "get").returncode == 0
    path = own.folder / "jobs" / "big.sqlite"
    size = 40 << 30  # a sparse file: minutes to read, and no room on the disk
    with (own.folder / "big" / "a").open("r+b") as file:
        file.truncate(size)
    with Manifest.open(path) as manifest:
        manifest._db.execute("UPDATE entries SET size = ? WHERE key = 'big/a'", (size,))
    with own.terminal("jobs/big.toml") as terminal:
        terminal.answer("big/>", "verify")
        terminal.until("of 2")
        terminal.process.send_signal(signal.SIGINT)

        said = terminal.until(r"so far[\s\S]*big/>")

    assert "stopped: 1 of 2 objects so far" in said


def test_what_an_interrupted_listing_brought_is_not_taken_for_all(fresh: Driver) -> None:
    fresh.server.fill("many/{:04d}.bin", 1001, 10)
    fresh.server.fault("hold", operation="list", after=2)  # of which one brings objects
    fresh("get many/ --background")
    wait_until(lambda: "at the target\t1000" in fresh("status").lines)
    fresh("stop")
    fresh.server.clear_faults()

    said, record = fresh("verify"), json.loads(fresh("verify --json").out)

    more = "the listing has not ended, so there may be more objects: 'get' goes on with it"
    assert said.status == 1
    assert said.lines[0].startswith("not all verified: 1,000 of 1,000 objects, ")
    assert more in said.lines
    assert record["complete"] is False
    assert more in fresh("failures").err
    assert "listing\tnot finished: there may be more" in fresh("status").lines
    assert json.loads(fresh("status --json").out)["listed"] is False
    fresh("report many page.html")
    assert "of 1,000 objects listed so far" in (fresh.folder / "page.html").read_text("utf-8")
    assert fresh("get").status == 0
    assert (fresh("verify").status, json.loads(fresh("status --json").out)["listed"]) == (0, True)
    assert "listing\t" not in fresh("status").out
