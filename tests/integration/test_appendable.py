"""Appendable objects that grow while a job runs: one state of them arrives, and no mix."""

from collections.abc import Callable

import pytest

from ossh.demo import DemoServer
from ossh.model import Proof
from tests.integration.rig import Place

PART = 512 * 1024  # as short as parts are
SIZES = [5000, 400_000, 4 * PART]  # for the lane; whole; in parts
TEXT = b"a line of the log, which nobody writes anew\n"


@pytest.fixture
def log(server: DemoServer) -> Callable[[int], bytes]:
    """Give what makes the object `log` so many bytes long."""

    def write(size: int) -> bytes:
        body = (TEXT * (size // len(TEXT) + 1))[:size]
        server.put("log", body, type="Appendable")
        return body

    return write


@pytest.mark.fault("F15")
@pytest.mark.parametrize("size", SIZES)
def test_what_grew_since_the_listing_is_fetched_as_it_is_now(
    place: Place, log: Callable[[int], bytes], size: int
) -> None:
    log(size)
    place.server.fault("append", times=1, bytes=700)

    summary = place.get(place.job(part_size=PART))

    assert (summary.status, summary.replaced) == (0, 1)
    place.expect("log")
    assert place.entry("log").size == size + 700
    assert place.entry("log").attempts == 1


@pytest.mark.fault("F15")
@pytest.mark.parametrize("size", SIZES)
def test_what_grows_all_the_time_arrives_in_one_state_of_it(
    place: Place, log: Callable[[int], bytes], size: int
) -> None:
    log(size)
    place.server.fault("append", bytes=1000)

    summary = place.get(place.job(part_size=PART))

    entry, found = place.entry("log"), place.files()["log"]
    assert summary.status == 0
    assert (entry.attempts, entry.proof, entry.size) == (1, Proof.CRC64, len(found))
    assert len(found) > size
    place.server.clear_faults()
    whole = place.server.body("log")
    assert len(whole) > len(found)
    assert whole.startswith(found)


@pytest.mark.fault("F13")
@pytest.mark.fault("F15")
@pytest.mark.parametrize("size", [2 * PART, 4 * PART], ids=["shorter", "longer"])
def test_what_was_replaced_and_not_appended_to_is_found_out_and_fetched_anew(
    place: Place, log: Callable[[int], bytes], size: int
) -> None:
    log(3 * PART)
    place.server.fault("append", times=1)  # so it is known to grow
    place.server.fault("changed-etag", operation="get", after=4, size=size)

    summary = place.get(place.job(part_size=PART))

    assert summary.status == 0
    place.expect("log")
    assert place.entry("log").size == size
