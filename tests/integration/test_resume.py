"""Stopping and going on: nothing that is done is fetched again, nothing that began is lost."""

from typing import Any

import pytest

from ossh.model import Part, Status
from ossh.transfer.watching import Phase
from tests.integration.rig import Place, finish, gets, listings
from tests.waiting import wait_until

PART = 512 * 1024  # as short as parts are


def stop_when(place: Place, condition: Any, **settings: Any) -> None:
    """Run a job that a fault keeps from ending; stop it once `condition` holds of its progress."""
    run = place.run(place.job(**settings))
    run.start()
    wait_until(lambda: condition(run.progress))
    run.stop()
    summary = finish(run)
    assert (summary.status, summary.ended) == (130, "stopped")


@pytest.mark.fault("F33")
def test_stopped_run_goes_on_without_fetching_anything_twice(place: Place) -> None:
    place.server.fill("{:03d}.bin", 300, 1000)
    place.server.fault("hold", after=20)
    stop_when(place, lambda progress: progress.done >= 20)
    done = {entry.key for entry in place.reader().entries((Status.DONE,))}
    place.server.clear_faults()
    place.server.clear_requests()

    summary = place.get()

    assert summary.status == 0
    assert 20 <= len(done) < 300
    assert not done & {one["key"] for one in gets(place.server)}
    assert summary.fetched == 300 - len(done)
    place.expect(*(f"{number:03d}.bin" for number in range(300)))


@pytest.fixture
def kept(place: Place) -> tuple[Part, ...]:
    """Give the parts of the object a.bin that a run had when it was stopped."""
    place.server.put("a.bin", size=12 * PART)
    place.server.fault("stall", bytes=PART // 2, after=4)
    stop_when(place, lambda progress: progress.bytes_done > 3 * PART, part_size=PART)
    place.server.clear_faults()
    place.server.clear_requests()
    return place.entry("a.bin").parts


@pytest.mark.parametrize("part_size", [PART, 5 * PART], ids=["same size", "another size"])
def test_parts_of_a_stopped_run_are_gone_on_with(
    place: Place, kept: tuple[Part, ...], part_size: int
) -> None:
    summary = place.get(place.job(part_size=part_size))

    assert summary.status == 0
    place.expect("a.bin")
    assert sum(part.length for part in kept) > 2 * PART
    assert summary.bytes_received == 12 * PART - sum(part.length for part in kept)
    assert all(one["range"] and one["if_match"] for one in gets(place.server))


@pytest.mark.fault("F29")
def test_a_listing_that_keeps_contradicting_itself_ends_the_run_with_one_line(place: Place) -> None:
    place.server.fill("{:02d}.bin", 10, 10)
    place.server.fault("omit", keys=4, operation="list")

    summary = place.get()

    assert (summary.status, summary.ended) == (3, "error")
    assert "a page of the listing should have 10 entries, but has 6" in summary.error
    assert "\n" not in summary.error
    assert summary.counts.total == 0


def test_progress_never_goes_back_and_ends_complete(place: Place) -> None:
    place.server.fill("{:02d}.bin", 50, 10_000)
    place.server.put("large.bin", size=3 * PART)
    place.server.fault("slow", rate=4_000_000)
    run = place.run(place.job(part_size=PART))
    seen = []

    def look() -> bool:
        is_over = not run.is_alive()
        seen.append(run.progress)
        return is_over

    run.start()
    wait_until(look)

    done = [progress.bytes_done for progress in seen]
    assert done == sorted(done)
    last = seen[-1]
    assert last.phase is Phase.ENDED
    assert last.bytes_done == last.planned_bytes == 500_000 + 3 * PART
    assert last.done == last.planned == 51


@pytest.mark.fault("F29")
def test_each_range_of_a_stopped_listing_goes_on_from_its_own_cursor(place: Place) -> None:
    for folder in range(12):
        place.server.fill(f"{folder:02d}/{{:04d}}.bin", 400, 10)
    place.server.fault("delay", operation="flat", after=1, times=1, seconds=0.05)  # a slow page
    place.server.fault("hold", operation="flat", after=1)
    run = place.run()
    run.start()
    wait_until(lambda: sum("delimiter" not in query for query in listings(place.server)) >= 2 + 5)
    run.stop()
    finish(run)
    pieces = place.reader().listing()
    place.server.clear_faults()
    place.server.clear_requests()

    summary = place.get()

    unfinished = [one for one in pieces if not one.finished]
    assert summary.status == 0
    assert any(one.cursor for one in unfinished)
    asked = {query.get("start-after", "") for query in listings(place.server)}
    assert {one.cursor or one.start for one in unfinished} <= asked
    assert len(listings(place.server)) <= 3 * len(unfinished)
    assert sorted(entry.key for entry in place.reader().entries()) == [
        f"{folder:02d}/{number:04d}.bin" for folder in range(12) for number in range(400)
    ]
