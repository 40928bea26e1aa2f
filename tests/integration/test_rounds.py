"""Two rounds: every object begins once, then again what may yet succeed, three times at most."""

import pytest

from tests.integration.rig import Place, statuses


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
