"""Large objects: several connections, one partial file, and going on where it stopped."""

import pytest

from ossh.demo import DemoServer
from tests.integration.rig import Place, finish, gets
from tests.waiting import wait_until

PART = 512 * 1024  # as short as parts are


def ranges(server: DemoServer, key: str = "*") -> list[tuple[int, int]]:
    """Return the half-open ranges that were asked for, oldest first."""
    found = []
    for one in gets(server, key):
        if not one["range"]:
            continue
        first, _, last = one["range"].removeprefix("bytes=").partition("-")
        found.append((int(first), int(last) + 1))
    return found


def test_parts_arrive_over_several_connections_in_one_partial_file(place: Place) -> None:
    place.server.put("a.bin", size=8 * PART)
    place.server.fault("hold", after=2)
    run = place.run(place.job(part_size=PART))

    run.start()
    wait_until(lambda: run.progress.connections > 1 and run.progress.bytes_done > PART)
    partials = [path.name for path in place.target.glob(".ossh/*/[0-9]*")]
    place.server.clear_faults()
    summary = finish(run)

    assert partials == ["1"]
    assert summary.status == 0
    place.expect("a.bin")


@pytest.mark.fault("F11")
def test_connection_cut_in_the_middle_goes_on_from_there(place: Place) -> None:
    place.server.put("a.bin", size=6 * PART)
    place.server.fault("cut", bytes=4 * PART + 1000, times=1)

    summary = place.get(place.job(part_size=8 * PART))

    assert summary.status == 0
    place.expect("a.bin")
    first, second = gets(place.server)
    assert first["range"] == ""
    [(start, stop)] = ranges(place.server)
    assert 0 < start <= 4 * PART + 1000
    assert stop == 6 * PART
    assert second["if_match"] == f'"{place.entry("a.bin").etag}"'


@pytest.mark.fault("F11")
def test_connection_cut_thrice_ends_the_attempts_but_keeps_the_bytes(place: Place) -> None:
    place.server.put("a.bin", size=6 * PART)
    place.server.fault("cut", bytes=PART, times=3)
    first = place.get(place.job(part_size=8 * PART))

    second = place.get(place.job(part_size=8 * PART))

    assert (first.status, second.status) == (1, 0)
    place.expect("a.bin")
    assert second.bytes_received == 3 * PART


@pytest.mark.fault("F11")
def test_one_part_cut_leaves_the_others_alone(place: Place) -> None:
    place.server.put("a.bin", size=4 * PART)
    place.server.fault("cut", bytes=PART // 2, after=2, times=1)

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 0
    place.expect("a.bin")
    assert summary.bytes_received == 4 * PART
    assert place.entry("a.bin").attempts == 2


@pytest.mark.fault("F13")
def test_corrupt_part_is_found_by_the_checksum_of_the_whole(place: Place) -> None:
    place.server.put("a.bin", size=4 * PART)
    place.server.fault("corrupt", after=2, times=1)

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 0
    place.expect("a.bin")
    assert len(gets(place.server)) == 8
