"""People make files while their objects come: no byte that they wrote is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ossh.model import Cause
from tests.integration.rig import MODIFIED, Place, finish
from tests.waiting import wait_until

Edit = Callable[[Path], object]
EDITS: dict[str, Edit] = {
    "made": lambda path: path.write_bytes(b"mine"),
    "emptied": lambda path: path.write_bytes(b""),
    "saved": lambda path: path.write_bytes(b"m" * 500_000),
}


@pytest.mark.fault("F44")
@pytest.mark.parametrize("size", [100, 400_000])  # a lane brings the one, a stream the other
@pytest.mark.parametrize("edit", sorted(EDITS))
def test_a_file_that_a_person_makes_while_its_object_comes_is_kept(
    place: Place, size: int, edit: str
) -> None:
    place.server.put("a.bin", size=size, last_modified=MODIFIED)
    place.server.put("b.bin", size=size)
    place.server.fault("hold", key="a.bin")
    run = place.run()
    run.start()
    wait_until(lambda: place.server.requests("a.bin"))

    EDITS[edit](place.target / "a.bin")
    mine = (place.target / "a.bin").read_bytes()
    place.server.clear_faults()
    summary = finish(run)

    assert summary.status == 1
    failure = place.failure("a.bin")
    assert (failure.cause, failure.message) == (
        Cause.LOCAL_CONFLICT,
        "the local file differs from the object, and is not known to be ossh's",
    )
    assert place.files() == {"a.bin": mine, "b.bin": place.server.body("b.bin")}
