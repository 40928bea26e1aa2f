"""The service: it asks to slow down, goes away and comes back, or is not the one it should be."""

import time

import pytest

from ossh.model import Status
from ossh.transfer.watching import Controls, Phase
from tests.integration.rig import (
    Place,
    finish,
    gets,
    start_and_hold,
    tree,
)
from tests.waiting import wait_until


@pytest.mark.fault("F22b")
def test_a_paused_run_does_not_end_while_the_network_is_away(own_place: Place) -> None:
    ahead = 0.0

    def clock() -> float:
        nonlocal ahead
        ahead += run.controls.paused  # a second passes whenever the run looks
        return time.monotonic() + ahead

    own_place.server.fill("{:03d}.bin", 100, 1000)
    run = own_place.run(own_place.job(patience_seconds=100.0), clock=clock)
    start_and_hold(run, own_place.server)
    own_place.server.offline()
    wait_until(lambda: run.progress.phase is Phase.WAITING)

    run.controls = Controls(paused=True)
    wait_until(lambda: ahead > 1000.0 or not run.is_alive())
    own_place.server.clear_faults()
    own_place.server.online()
    run.controls = Controls()

    assert finish(run).status == 0


@pytest.mark.fault("F24")
@pytest.mark.parametrize(
    ("fault", "options", "error"),
    [
        ("status", {"status": 403}, "access denied"),
        ("status", {"status": 404, "code": "NoSuchBucket"}, "no such bucket"),
        ("status", {"status": 403, "code": "InvalidAccessKeyId"}, "access key id is unknown"),
        ("status", {"status": 403, "code": "SignatureDoesNotMatch"}, "access key"),
        ("status", {"status": 403, "code": "UserDisable"}, ""),
        pytest.param("portal", {}, "does not come from OSS", marks=pytest.mark.fault("F19")),
    ],
)
def test_a_listing_that_cannot_begin_is_an_error_and_fails_no_object(
    place: Place, fault: str, options: dict[str, object], error: str
) -> None:
    place.server.put("a.bin", size=10)
    place.server.fault(fault, operation="list", **options)

    summary = place.get()

    assert (summary.status, summary.ended) == (3, "error")
    assert summary.error.startswith("cannot continue job 'job': ")
    assert error in summary.error
    assert summary.hint
    assert summary.counts.objects[Status.FAILED] == 0
    assert gets(place.server) == []
    assert not (place.target / ".oss-failed.csv").exists()


@pytest.mark.fault("F19")
@pytest.mark.parametrize("size", [1000, 400_000, 2_000_000])
def test_login_page_instead_of_everything_is_waited_out_and_not_kept(
    place: Place, size: int
) -> None:
    place.server.fill("{:02d}.bin", 20, size)
    place.server.fault("portal", operation="any", after=5)

    summary = place.get(place.job(part_size=500_000, patience_seconds=1.0))

    assert (summary.status, summary.ended) == (3, "error")
    assert summary.counts.objects[Status.FAILED] == 0
    assert {entry.attempts for entry in place.reader().entries((Status.PENDING,))} == {0}
    whole = {f"{number:02d}.bin": place.server.body(f"{number:02d}.bin") for number in range(20)}
    assert tree(place.target).items() <= whole.items()
    place.server.clear_faults()
    assert place.get().status == 0
    place.expect(*whole)


@pytest.mark.fault("F19")
@pytest.mark.parametrize("size", [1000, 400_000, 2_000_000])
def test_object_that_a_filter_blocks_fails_alone_in_the_first_run_and_in_the_next(
    place: Place, size: int
) -> None:
    place.server.fill("{:02d}.bin", 20, size)
    place.server.put("setup.exe", size=size)
    place.server.fault("portal", key="*.exe", status=403)
    job = place.job(part_size=500_000)

    for summary in (place.get(job), place.get(job)):  # the second asks for nothing else
        assert (summary.status, summary.ended) == (1, "failed")
        [(cause, number, advice)] = summary.by_cause
        assert (cause, number) == ("blocked", 1)
        assert "filter" in advice
        assert place.entry("setup.exe").attempts == 3
    place.expect(*(f"{number:02d}.bin" for number in range(20)))


@pytest.mark.fault("F26")
def test_clock_that_turns_wrong_during_a_run_is_corrected(own_place: Place) -> None:
    own_place.server.fill("{:03d}.bin", 200, 1000)
    run = own_place.run(own_place.job(connections=8))
    start_and_hold(run, own_place.server)

    own_place.server.set_clock(-7200)
    own_place.server.clear_faults()
    summary = finish(run)

    assert (summary.status, summary.fetched) == (0, 200)
    assert {entry.attempts for entry in own_place.reader().entries()} == {1}
    assert 403 in [one["status"] for one in gets(own_place.server)]
