"""A power cut in the worst order: names and rows are on disk, the bytes of the files are not."""

import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.model import Proof, Status, Target
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.disk.proof import FindingKind
from ossh.transfer.machine import boot_id
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.verification import Verification, Verified
from tests.integration.rig import MODIFIED, Place, finish, gets, start, start_and_hold, tree
from tests.waiting import DEADLINE_SECONDS, wait_until

SIZE = 5000
DATE = MODIFIED.timestamp()
ANOTHER_START = "another start of the machine"

pytestmark = pytest.mark.fault("F32")


def done_keys(place: Place) -> list[str]:
    """Return the keys that the manifest calls done, in order of rows."""
    if not manifest_of(place).exists():
        return []
    return [entry.key for entry in place.reader().entries((Status.DONE,))]


def manifest_of(place: Place) -> Path:
    return place.folder / "jobs" / "job.sqlite"


def edit(place: Place, statement: str, *values: object) -> None:
    """Change the manifest by hand."""
    with closing(sqlite3.connect(manifest_of(place))) as manifest, manifest:
        manifest.execute(statement, values)


def cut_power(place: Place, *, in_a_run: bool = False) -> None:
    """Let it look as if the machine had started anew since the runs that are recorded."""
    edit(place, "UPDATE runs SET boot_id = ?", ANOTHER_START)
    edit(place, "UPDATE meta SET value = ? WHERE name = 'behind'", ANOTHER_START)
    if in_a_run:
        edit(place, "UPDATE runs SET ended = NULL, outcome = NULL")


def snapshot(place: Place) -> Path:
    """Copy the manifest as it is now: what a cut that takes back the last commits leaves."""
    copy = place.folder / "earlier.sqlite"
    with (
        closing(sqlite3.connect(manifest_of(place))) as now,
        closing(sqlite3.connect(copy)) as earlier,
    ):
        now.backup(earlier)
    return copy


def take_back(place: Place, earlier: Path) -> None:
    """Give the job an earlier manifest."""
    for log in place.folder.glob("jobs/job.sqlite-*"):
        log.unlink()
    earlier.replace(manifest_of(place))


def rot(path: Path, size: int = SIZE) -> None:
    """Leave a file its name and date but not its bytes, of which there may be fewer now."""
    found = path.stat()
    path.write_bytes(bytes(size))
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def harm(place: Place, keys: Iterable[str]) -> set[str]:
    """Take the bytes of files back in one way after the other: all, some, or put zeros there."""
    harmed = set()
    for number, key in enumerate(keys):
        rot(place.target / key, (0, SIZE // 2, SIZE)[number % 3])
        harmed.add(key)
    return harmed


def verified(place: Place) -> Verified:
    """Prove the target, and return what was found."""
    one = Verification(place.job(), limit=9)
    one.start()
    one.join(DEADLINE_SECONDS)
    return one.result()


def test_what_a_power_cut_took_back_is_found_and_fetched_again(place: Place) -> None:
    place.server.fill("d/{:03d}.bin", 150, SIZE)
    place.server.put("d/folder/", b"")
    place.server.fault("hold", operation="get", after=30)
    job_files.save(place.job(connections=4))
    process = start(place)
    wait_until(lambda: len(done_keys(place)) >= 20)
    earlier = snapshot(place)
    place.server.fault("hold", operation="get", after=50, instead=True)
    wait_until(lambda: len(tree(place.target)) >= 60)
    process.kill()
    process.wait(DEADLINE_SECONDS)
    take_back(place, earlier)
    recorded = [key for key in done_keys(place) if not key.endswith("/")]
    unrecorded = sorted(tree(place.target).keys() - set(recorded))
    old, recent = recorded[:6], recorded[6:]
    edit(place, "UPDATE entries SET finished = (SELECT max(finished) FROM entries) WHERE finished")
    for key in old:
        edit(place, "UPDATE entries SET finished = finished - 600 WHERE key = ?", key)
    left_alone = recorded[0]
    rot(place.target / left_alone)
    harmed = harm(place, recent[:6]) | harm(place, unrecorded[:6])
    (place.target / recent[6]).unlink()  # its name is lost too
    whole = set(recorded[1:] + unrecorded) - harmed - {recent[6]}
    cut_power(place)
    place.server.clear_faults()
    place.server.clear_requests()

    summary = place.get()

    assert summary.status == 0
    assert not whole & {one["key"] for one in gets(place.server)}, "what is whole was fetched again"
    keys = {f"d/{number:03d}.bin" for number in range(150)}
    found = tree(place.target)
    assert found.keys() == keys
    assert {key for key in keys if found[key] != place.server.body(key)} == {left_alone}


@pytest.mark.parametrize("ended", ["killed", "done"])
def test_after_a_start_of_the_machine_what_was_finished_last_is_proved_again(
    place: Place, ended: str
) -> None:
    for key in ("a.bin", "b.bin"):
        place.server.put(key, size=SIZE)
    place.server.put("folder/", b"")
    assert place.get().status == 0
    if ended == "killed":
        edit(place, "UPDATE runs SET ended = NULL, outcome = NULL")
    cut_power(place)
    rot(place.target / "a.bin")
    place.server.clear_requests()

    summary = place.get()

    assert (summary.status, summary.fetched, summary.trashed) == (0, 1, 1)
    assert [one["key"] for one in gets(place.server)] == ["a.bin"]
    assert summary.verified[Proof.CRC64] == 2  # one by fetching it, the other by reading it again
    assert not summary.verified_earlier[Proof.CRC64]
    place.expect("a.bin", "b.bin")
    assert place.trashed() == {"a.bin": [bytes(SIZE)]}
    assert (place.target / "folder").is_dir()


def test_doubt_lasts_until_a_run_has_come_to_its_end(place: Place) -> None:
    place.server.fill("{:03d}.bin", 100, SIZE)
    place.server.put("multipart.bin", size=SIZE, type="Multipart", etag="A-1")
    first = place.run(place.job(connections=2))
    start_and_hold(first, place.server, 5)
    first.stop()
    finish(first)
    place.server.clear_faults()
    cut_power(place, in_a_run=True)
    entry = place.entry("multipart.bin")  # its name came to the disk, its bytes and row did not
    lost = place.target / entry.path
    lost.write_bytes(bytes(SIZE))
    os.utime(lost, (entry.last_modified.timestamp(),) * 2)
    second = place.run(place.job(connections=2))
    place.server.fault("hold", operation="get", after=10)
    second.start()
    wait_until(lambda: second.progress.done >= 10)
    second.stop()
    finish(second)
    place.server.clear_faults()

    summary = place.get()

    assert summary.status == 0
    place.expect(*(f"{number:03d}.bin" for number in range(100)), "multipart.bin")


def test_a_run_that_is_stopped_while_it_compares_tells_what_went_to_the_trash(place: Place) -> None:
    place.server.put("a.bin", size=SIZE)
    assert place.get().status == 0
    rot(place.target / "a.bin")
    cut_power(place)
    run = place.run()

    for _progress in run:
        if not (place.target / "a.bin").exists():
            run.stop()

    assert (run.status, run.result().trashed) == (130, 1)
    assert place.reader().runs()[-1].outcome == "stopped"
    assert place.get().fetched == 1
    place.expect("a.bin")


def left(place: Place, key: str, data: bytes, boot: str = ANOTHER_START) -> None:
    """Plan the job, and leave it with a file that a killed run had finished but not recorded."""
    place.get(preflight=Preflight())
    edit(place, "INSERT INTO runs (started, boot_id) VALUES (?, ?)", time.time() - 3600, boot)
    entry = place.entry(key)
    place.target.mkdir(exist_ok=True)
    path = place.target / entry.path
    path.write_bytes(data)
    os.utime(path, (entry.last_modified.timestamp(),) * 2)


@pytest.mark.parametrize("size", [SIZE, SIZE // 2])
def test_to_stop_before_all_is_looked_at_leaves_it_to_the_next_run(place: Place, size: int) -> None:
    place.server.put("multipart.bin", size=SIZE, type="Multipart", etag="A-1")
    left(place, "multipart.bin", bytes(size))
    first = place.run()
    first.stop()
    assert finish(first).status == 130

    summary = place.get()

    assert (summary.status, summary.fetched, summary.trashed) == (0, 1, 1)
    place.expect("multipart.bin")


def test_what_is_taken_over_after_a_power_cut_does_not_end_the_doubt_about_the_rest(
    place: Place,
) -> None:
    place.server.put("a.bin", size=SIZE, last_modified=DATE)
    assert place.get().status == 0
    rot(place.target / "a.bin")
    edit(place, "UPDATE entries SET finished = finished - 600")
    place.server.put("b.bin", size=SIZE)
    place.get(changes=Changes(), preflight=Preflight())
    cut_power(place)
    left(place, "b.bin", place.server.body("b.bin"))
    first = place.run()
    for _progress in first:
        if place.entry("b.bin").status is Status.SKIPPED:
            first.stop()
    assert first.status == 130

    summary = place.get()

    assert (summary.status, summary.fetched, summary.trashed) == (0, 1, 1)
    place.expect("a.bin", "b.bin")


@pytest.mark.parametrize("boot", [boot_id(), ANOTHER_START], ids=["kill", "power cut"])
def test_what_was_not_recorded_is_known_although_its_object_has_been_replaced(
    place: Place, boot: str
) -> None:
    place.server.put("a.bin", size=SIZE)
    left(place, "a.bin", place.server.body("a.bin"), boot)
    place.server.put("a.bin", b"new", last_modified=DATE + 1000)

    summary = place.get(changes=Changes())

    assert (summary.status, summary.fetched) == (0, 1)
    place.expect("a.bin")


def test_a_plan_made_after_a_power_cut_takes_no_file_for_whole_by_its_date(place: Place) -> None:
    place.server.fill("{:02d}.bin", 10, SIZE)
    place.server.put("multipart.bin", size=SIZE, type="Multipart", etag="A-1")
    left(place, "multipart.bin", bytes(SIZE))

    sheet = Preflight()
    place.get(place.job(), preflight=sheet)
    summary = place.get()

    assert (summary.status, summary.fetched) == (0, 11)
    place.expect(*(f"{number:02d}.bin" for number in range(10)), "multipart.bin")


@pytest.mark.parametrize("found_by", ["a start of the machine", "verify"])
@pytest.mark.parametrize("trouble", ["reset", "status"])
def test_a_file_known_to_be_bad_is_trusted_by_no_later_run_either(
    place: Place, found_by: str, trouble: str
) -> None:
    place.server.put("a.bin", size=SIZE)
    assert place.get().status == 0
    rot(place.target / "a.bin")
    if found_by == "verify":
        assert verified(place).found == {FindingKind.CORRUPT: 1}
    else:
        cut_power(place)
    place.server.fault(trouble)
    assert place.get(place.job(max_attempts=2)).status == 1
    place.server.clear_faults()

    summary = place.get()

    assert (summary.status, summary.fetched) == (0, 1)
    place.expect("a.bin")


def test_a_file_that_was_here_before_the_job_and_went_bad_is_trusted_by_no_later_run(
    place: Place,
) -> None:
    place.server.put("a.bin", size=SIZE)
    assert place.get().status == 0
    manifest_of(place).unlink()
    assert place.get().fetched == 0
    rot(place.target / "a.bin")
    assert verified(place).found == {FindingKind.DIFFERENT: 1}
    sheet = Preflight()
    place.get(place.job(), preflight=sheet)
    assert sheet.objects == {LocalState.CONFLICT: 1}  # nobody proved that it is ours
    assert place.get().status == 1
    assert place.files() == {"a.bin": bytes(SIZE)}

    summary = place.get(place.job(target=Target("../target", existing="replace")), keep=frozenset())

    assert (summary.status, summary.fetched, summary.trashed) == (0, 1, 1)
    place.expect("a.bin")


@pytest.mark.fault("F44")
@pytest.mark.parametrize("what", ["gone", "changed", "no checksum", "read-only", "larger"])
def test_after_a_power_cut_a_file_that_cannot_be_a_torn_one_stays(place: Place, what: str) -> None:
    place.server.put(
        "k", b"o" * SIZE, type="Multipart", crc=what != "no checksum", last_modified=DATE
    )
    place.target.mkdir()
    mine = place.target / "k"
    mine.write_bytes(b"a person's, of another size")
    assert place.get().status == 1
    data = b"p" * (SIZE + (what == "larger"))
    mine.write_bytes(data)
    os.utime(mine, (DATE, DATE))
    mine.chmod(0o444 if what == "read-only" else 0o644)
    edit(place, "UPDATE entries SET status = 'pending'")  # as a 'retry' that was cut off leaves it
    edit(place, "UPDATE counts SET status = 'pending'")
    cut_power(place, in_a_run=True)
    if what == "gone":
        place.server.delete("k")
    if what == "changed":
        place.server.put("k", b"n" * (SIZE + 1), type="Multipart", last_modified=DATE + 1000)

    place.get()

    assert mine.read_bytes() == data
    assert place.trashed() == {}
