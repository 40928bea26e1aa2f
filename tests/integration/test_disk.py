"""The local disk: what cannot be written fails alone, what is yours stays, a full disk stops."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.errors import LocalError
from ossh.model import Cause, Status, Target
from ossh.transfer.planning.preflight import Preflight
from tests.integration.rig import (
    MODIFIED,
    Place,
    command,
    ended,
    finish,
    full_disk,
    gets,
    listings,
)
from tests.waiting import wait_until

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links and devices")


def test_target_that_is_a_file_is_an_error_before_any_request(place: Place) -> None:
    place.server.put("a.bin", size=10)
    place.target.write_text("mine")

    with pytest.raises(LocalError, match="cannot write to target") as refused:
        finish(place.run())

    assert refused.value.status == 3
    assert place.target.read_text() == "mine"
    assert place.server.requests() == []


@pytest.mark.fault("F10")
@pytest.mark.parametrize("is_resumed", [False, True])
@pytest.mark.parametrize("processes", [1, 2])
def test_file_in_the_place_of_a_folder_makes_way_if_a_person_says_so(
    place: Place, processes: int, *, is_resumed: bool
) -> None:
    keys = ["a/", "a/large.bin", *(f"a/{number:02}.bin" for number in range(40))]
    for key in keys:
        place.server.put(key, size=0 if key == "a/" else 400_000 if "large" in key else 10)
    place.target.mkdir()
    (place.target / "a").write_text("mine")
    if is_resumed:
        place.get()
        assert gets(place.server) == []
    job = place.job(processes=processes, target=Target("../target", existing="replace"))

    summary = place.get(job)

    assert (summary.status, summary.trashed) == (0, 1)
    assert place.trashed() == {"a": [b"mine"]}
    assert len(place.files()) == len(keys) - 1


@pytest.mark.fault("F35")
@posix
def test_file_that_may_not_be_that_large_fails_alone(place: Place) -> None:
    place.server.put("a.bin", size=2_000_000)
    place.server.put("b.bin", size=400_000)
    job_files.save(place.job(part_size=300_000))
    limited = ["sh", "-c", 'ulimit -f 2000; exec "$@"', "sh", *command()]  # blocks of 512 bytes

    done = ended(place, limited)

    assert done.returncode == 1, done.stderr
    assert place.failure("a.bin").cause is Cause.CANNOT_WRITE
    assert place.entry("b.bin").status is Status.DONE
    assert place.get().status == 1  # permanent: `get` leaves it alone
    assert place.get(keep=frozenset()).status == 0
    place.expect("a.bin", "b.bin")


@pytest.mark.fault("F31")
@pytest.mark.parametrize("size", [100, 400_000])
def test_full_disk_stops_the_run_and_uses_up_no_attempt(place: Place, size: int) -> None:
    place.server.put("a.bin", size=size)
    place.get(preflight=Preflight())
    folder = place.target / ".ossh" / place.reader().job_id
    folder.mkdir(parents=True)

    with full_disk(folder):
        summary = place.get()

        assert (summary.status, summary.ended) == (3, "error")
        assert "no space left on device" in summary.error
        entry = place.entry("a.bin")
        assert (entry.status, entry.attempts) == (Status.PENDING, 0)
    assert place.get().status == 0
    place.expect("a.bin")


@pytest.mark.fault("F35")
def test_nothing_is_fetched_that_another_disk_in_the_target_cannot_take(
    place: Place, new_disk: Callable[..., Path]
) -> None:
    inner_disk = new_disk(place.target / "d" / "disk", "16m", "-l")
    for key in ("d/a", "d/disk/b", "d/disk/new/c", "d/disk/here"):
        place.server.put(key, b"x" * 1000, last_modified=MODIFIED.timestamp())
    (inner_disk / "here").write_bytes(b"x" * 1000)
    os.utime(inner_disk / "here", (MODIFIED.timestamp(),) * 2)

    for _run in ("the first", "the next"):
        assert place.get().status == 1

        why = f"'{inner_disk}' is on another disk than '{place.target}'"
        for key in ("d/disk/b", "d/disk/new/c"):
            failure = place.failure(key)
            assert (failure.cause, failure.message) == (Cause.LOCAL_CONFLICT, why)
        assert place.entry("d/disk/here").status is Status.SKIPPED
        assert [one["key"] for one in gets(place.server)] == ["d/a"]


@pytest.mark.fault("F55")
@pytest.mark.parametrize("sheet", [None, Preflight()])
def test_stopping_ends_the_comparison_of_a_large_file(
    place: Place, sheet: Preflight | None
) -> None:
    size = 400 * 1024**3  # to read that takes minutes, wherever it is
    place.server.put("a.bin", size=size, type="Normal", etag="A" * 32, last_modified=MODIFIED)
    place.target.mkdir()
    with (place.target / "a.bin").open("wb") as file:
        file.truncate(size)
    run = place.run(preflight=sheet)

    run.start()
    wait_until(lambda: listings(place.server))
    run.stop()

    assert finish(run).ended == "stopped"
