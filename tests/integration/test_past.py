"""A bucket as it was at a moment: the same bytes, whatever happens to it and whoever is stopped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ossh.demo import DemoServer
from ossh.demo.content import bodies
from ossh.job import Job
from ossh.transfer.listing import range_lister
from ossh.transfer.listing.range_lister import SLOW_PAGE_SECONDS
from tests.integration.rig import Place, finish
from tests.waiting import wait_until

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LARGE = 5 * 1024 * 1024


def past(place: Place, moment: datetime = MOMENT, **settings: Any) -> Job:
    job = place.job(**settings)
    return replace(job, source=replace(job.source, as_of=moment))


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
    """Give a bucket with a history around the moment."""
    server.set_versioning("Enabled")
    for key in ("changed", "deleted", "restored", "same"):
        server.put(key, f"old {key}".encode(), last_modified=MOMENT - 2 * DAY)
    server.delete("restored", last_modified=MOMENT - DAY)
    server.delete("deleted", last_modified=MOMENT + DAY)
    for key in ("changed", "restored", "later"):
        server.put(key, f"new {key}".encode(), last_modified=MOMENT + DAY)
    return server


THEN = {"changed": b"old changed", "deleted": b"old deleted", "same": b"old same"}


def test_a_moment_gives_the_same_bytes_twice_whatever_came_since(place: Place) -> None:
    place.get(past(place))
    for key in THEN:
        (place.target / key).unlink()
        place.server.put(key, b"newest")
        place.server.delete(key)

    summary = place.get(past(place))

    assert (summary.status, place.files()) == (0, THEN)


def test_versions_put_below_a_running_job_do_not_reach_it(place: Place) -> None:
    large = {f"{n:02d}": bytes([n]) * LARGE for n in range(3)}
    for key, body in large.items():
        place.server.put(f"large/{key}", body, last_modified=MOMENT - DAY)
    place.server.fault("stall", key="large/*", bytes=300_000, after=3)
    job = past(place, part_size=1024 * 1024, connections=4)
    job = replace(job, source=replace(job.source, prefix="large/"))
    run = place.run(job)
    run.start()
    wait_until(lambda: run.progress.bytes_done > 2 * 1024 * 1024)
    for key in large:
        place.server.put(f"large/{key}", b"?" * LARGE)
    run.stop()
    finish(run)
    place.server.clear_faults()

    summary = place.get(job)

    assert summary.status == 0
    assert summary.bytes_received < 3 * LARGE  # the parts of the stopped run were kept
    assert place.files() == large


# The last: more newer versions of a key than a listing may have empty pages.
@pytest.mark.parametrize(
    ("keys", "empty_pages"),
    [*((number, range_lister.MAX_EMPTY_PAGES) for number in (1, 2, 3)), (1, 2)],
)
def test_pages_end_in_the_middle_of_a_keys_versions(
    place: Place, monkeypatch: pytest.MonkeyPatch, keys: int, empty_pages: int
) -> None:
    monkeypatch.setattr(range_lister, "MAX_EMPTY_PAGES", empty_pages)
    for number in range(4):
        place.server.put("changed", b"%d" % number, last_modified=MOMENT + (2 + number) * DAY)
    place.server.fault("short-page", keys=keys)

    summary = place.get(past(place))

    assert (summary.status, place.files()) == (0, THEN)


def test_ranges_of_a_slow_listing_are_listed_at_once(place: Place) -> None:
    for level in "abcd":  # with all their versions, four pages
        for day in range(-20, 20):
            modified = (MOMENT + day * DAY).timestamp()
            place.server.fill(f"{level}/{{:02d}}", 25, 10, version=20 + day, modified=modified)
    place.server.fault("delay", operation="versions", seconds=4 * SLOW_PAGE_SECONDS)

    summary = place.get(past(place))

    assert summary.status == 0
    assert len(place.reader().listing()) > 1
    files = place.files()
    wanted = {f"{level}/{n:02d}" for level in "abcd" for n in range(25)}
    assert set(files) == {*THEN, *wanted}
    assert all(files[key] == bodies.body(key, 10, 20) for key in wanted)


@pytest.mark.parametrize(
    ("status", "days", "said"),
    [
        ("", 0, "versioning is off for this bucket"),
        ("Enabled", 36500, "that time is in the future"),
    ],
)
def test_a_moment_that_cannot_be_had_ends_the_run_at_once(
    place: Place, status: str, days: int, said: str
) -> None:
    place.server.set_versioning(status)

    summary = place.get(past(place, MOMENT + timedelta(days=days)))

    assert summary.status == 3
    assert said in summary.error
