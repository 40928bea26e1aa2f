"""Two rounds: every object begins once, then again what may yet succeed, three times at most."""

import pytest

from ossh.model import Cause, Status
from tests.integration.rig import Place, gets, statuses


@pytest.mark.fault("F11")
@pytest.mark.fault("F13")
@pytest.mark.fault("F22")
@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 502}),
        ("status", {"status": 504}),
        ("reset", {}),
        ("cut", {"bytes": 100, "abrupt": True}),
        ("short", {"missing": 1}),
        ("bad-crc", {}),
        ("corrupt", {}),
    ],
)
@pytest.mark.parametrize("size", [1000, 300_000], ids=["small", "large"])
def test_what_fails_once_is_healed_in_round_two(
    place: Place, fault: str, options: dict[str, object], size: int
) -> None:
    place.server.put("hurt.bin", size=size)
    place.server.put("well.bin", size=size)
    place.server.fault(fault, key="hurt.bin", times=1, **options)

    summary = place.get()

    assert summary.status == 0
    place.expect("hurt.bin", "well.bin")
    assert place.server.counts("GET")["hurt.bin"] == 2
    assert place.server.counts("GET")["well.bin"] == 1
    assert place.entry("hurt.bin").attempts == 2


@pytest.mark.fault("F11")
@pytest.mark.fault("F13")
@pytest.mark.fault("F22")
@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("status", Cause.SERVER),
        ("short", Cause.SHORT_BODY),
    ],
)
@pytest.mark.parametrize("size", [1000, 300_000], ids=["small", "large"])
def test_what_always_fails_is_tried_three_times(
    place: Place, fault: str, cause: Cause, size: int
) -> None:
    place.server.put("hurt.bin", size=size)
    place.server.put("well.bin", size=size)
    place.server.fault(fault, key="hurt.bin")

    summary = place.get()

    assert summary.status == 1
    assert list(place.files()) == ["well.bin"]
    assert place.server.counts("GET")["hurt.bin"] == 3
    entry = place.entry("hurt.bin")
    assert (entry.status, entry.attempts) == (Status.FAILED, 3)
    assert place.failure("hurt.bin").cause is cause


@pytest.mark.parametrize("size", [1000, 300_000], ids=["small", "large"])
def test_kept_connections_that_are_lost_add_no_request(place: Place, size: int) -> None:
    place.server.fill("{:02d}.bin", 50, size)
    place.server.fault("reset", key="49.bin")

    summary = place.get()

    assert summary.status == 1
    assert place.server.counts("GET")["49.bin"] == 3
    assert place.entry("49.bin").attempts == 3


@pytest.mark.fault("F46")
def test_new_run_gives_what_failed_a_fresh_budget(place: Place) -> None:
    place.server.put("a.bin", size=10)
    place.server.fault("status", status=500, times=5)
    first = place.get()

    second = place.get()

    assert (first.status, second.status) == (1, 0)
    assert statuses(place.server, "a.bin") == [500] * 5 + [200]
    assert place.entry("a.bin").attempts == 3
    assert [run.outcome for run in place.reader().runs()] == ["failed", "done"]


def test_what_failed_is_tried_again_while_a_first_attempt_is_slow(place: Place) -> None:
    place.server.fill("{:02d}.bin", 10, 1000)
    place.server.put("slow.bin", size=1_000_000)
    place.server.fault("status", key="0*", times=1, status=500, per_key=True)
    place.server.fault("stall", key="slow.bin", bytes=1000)

    for progress in place.run():
        if progress.done == 10:
            break

    twice = [f"{number:02d}.bin" for number in range(10) for _time in range(2)]
    assert sorted(one["key"] for one in gets(place.server)) == [*twice, "slow.bin"]
