"""Symlinks of a bucket: followed, or recorded as local links, and never a way out."""

import sys
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.model import Cause, Proof, Status, Target
from ossh.transfer.planning.preflight import Change, Changes, Preflight
from ossh.transfer.verification import Verification
from tests.integration.rig import MODIFIED, Place, gets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
RECORD = Target("../target", links="record")


@pytest.fixture
def bucket(server: DemoServer) -> DemoServer:
    """Give a bucket with a file, and links to it before and behind it."""
    server.put("data/file.bin", size=400_000, last_modified=MODIFIED)
    server.put("a-link", symlink_to="data/file.bin", last_modified=MODIFIED)
    server.put("z/link", symlink_to="data/file.bin", last_modified=MODIFIED)
    return server


def links_of(target: Path) -> dict[str, str]:
    """Return the links below a folder, and where they lead."""
    return {
        path.relative_to(target).as_posix(): str(path.readlink())
        for path in target.rglob("*")
        if path.is_symlink()
    }


def verified(place: Place) -> list[tuple[str, str]]:
    """Return what `verify` finds wrong: kind and path."""
    work = Verification(place.job(target=RECORD), limit=99)
    work.start()
    work.join(60.0)
    found = work.result().findings
    return [(str(kind), one.path) for kind, some in found.items() for one in some]


def refreshed(place: Place) -> Changes:
    """List the bucket anew, and return what is found."""
    changes = Changes()
    place.get(place.job(target=RECORD), preflight=Preflight(), changes=changes)
    return changes


@pytest.mark.fault("F17")
def test_links_to_files_of_the_job_become_local_links(place: Place, bucket: DemoServer) -> None:
    summary = place.get(place.job(target=RECORD))

    assert (summary.status, summary.followed) == (0, 0)
    assert links_of(place.target) == {"a-link": "data/file.bin", "z/link": "../data/file.bin"}
    assert summary.proofs == {Proof.CRC64: 1, Proof.LINK: 2}
    assert summary.counts.size[Status.DONE] == 400_000
    assert (place.target / "z" / "link").read_bytes() == bucket.body("data/file.bin")
    assert [one["key"] for one in gets(bucket) if "symlink" not in one["query"]] == [
        "data/file.bin"
    ]
    assert verified(place) == []


def test_what_is_there_is_not_made_again_and_what_was_taken_away_is(
    place: Place, bucket: DemoServer
) -> None:
    job = place.job(target=RECORD)
    place.get(job)
    bucket.clear_requests()

    assert place.get(job).fetched == 0
    assert gets(bucket) == []
    (place.target / "z" / "link").unlink()
    assert verified(place) == [("missing", "z/link")]
    assert place.get(job).fetched == 1
    assert links_of(place.target)["z/link"] == "../data/file.bin"


@pytest.mark.parametrize("links", ["follow", "record"])
def test_dangling_links_and_links_to_links_are_told_each_with_its_reason(
    place: Place, links: str
) -> None:
    place.server.put("file", b"x")
    place.server.put("dangling", symlink_to="nothing")
    place.server.put("loop-a", symlink_to="loop-b")
    place.server.put("loop-b", symlink_to="loop-a")
    place.server.put("itself", symlink_to="itself")

    summary = place.get(place.job(target=Target("../target", links=links)))

    assert summary.status == 1
    assert {cause: number for cause, number, _ in summary.by_cause} == {"refused": 3, "gone": 1}
    told = "the symlink points to an object that does not exist"
    assert place.failure("dangling").message == told
    assert "points to another symlink" in place.failure("loop-a").message
    assert sorted(tree for tree in place.files()) == ["file"]
    rows = (place.target / ".oss-failed.csv").read_text(encoding="utf-8")
    assert rows.count("the symlink points to an") == 4


@pytest.mark.fault("F17")
@pytest.mark.parametrize("destination", ["data/file.bin", "data/more.bin"])
def test_a_link_whose_object_is_back_leads_where_it_says_now(
    place: Place, bucket: DemoServer, destination: str
) -> None:
    bucket.put("data/more.bin", size=50)
    place.get(place.job(target=RECORD))
    bucket.delete("a-link")
    refreshed(place)
    bucket.put("a-link", symlink_to=destination)
    refreshed(place)

    assert place.get(place.job(target=RECORD)).status == 0

    assert links_of(place.target)["a-link"] == destination
    assert verified(place) == []


@pytest.mark.fault("F17")
def test_a_link_and_a_file_take_each_others_place_when_the_object_changes(
    place: Place, bucket: DemoServer
) -> None:
    bucket.put("file", b"a link soon", last_modified=MODIFIED)
    bucket.put("other", b"1", last_modified=MODIFIED)
    job = place.job(target=RECORD)
    place.get(job)
    bucket.put("file", symlink_to="data/file.bin")
    bucket.put("z/link", b"a file now")
    bucket.put("a-link", symlink_to="other")

    changes = refreshed(place)
    summary = place.get(job)

    assert changes.objects[Change.CHANGED] == 3
    assert (summary.status, summary.fetched) == (0, 3)
    assert links_of(place.target) == {"a-link": "other", "file": "data/file.bin"}
    assert (place.target / "z" / "link").read_bytes() == b"a file now"
    assert verified(place) == []


@pytest.mark.fault("F9")
def test_a_file_is_never_written_through_a_link(
    place: Place, bucket: DemoServer, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"untouched")
    (place.target / "z").mkdir(parents=True)
    (place.target / "z" / "link").symlink_to(outside)
    (place.target / "data").symlink_to(tmp_path)

    summary = place.get(place.job(target=RECORD))

    assert summary.status == 1
    assert {cause for cause, _, _ in summary.by_cause} == {Cause.LOCAL_CONFLICT}
    assert outside.read_bytes() == b"untouched"
    assert not (tmp_path / "file.bin").exists()
    assert bucket.body("data/file.bin") in place.files().values()  # a-link was followed
