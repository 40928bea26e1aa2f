"""Archived objects in a run: told apart, tested once, waited for, fetched as they thaw."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.backoff import Backoff
from ossh.console.views.run_summary import summary_lines
from ossh.console.views.text import unpainted
from ossh.model import KIB, Status
from ossh.network import Http
from ossh.protocol import THAWING_CODE
from ossh.store.listing import Lister
from ossh.store.restore import Restored, ask_restore
from ossh.store.signer import Signer
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import LocalLanes
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.restoring.thaw_watch import THAW_CHECKS
from ossh.transfer.run import Run
from ossh.transfer.watching import Phase
from tests.integration.rig import Place, credentials, finish, gets, statuses
from tests.waiting import wait_until

NIMBLE = Backoff(0.05, 0.2)
AGES = 100_000.0  # seconds; no test waits for a thaw that takes so long


def restore(place: Place, *keys: str, storage_class: str = "ColdArchive") -> None:
    """Ask for objects as any other program may do."""
    signer, http = Signer(place.job().source, credentials(place.server)), Http()
    for key in keys:
        asked = ask_restore(Lister(lambda: signer, http), key, storage_class, days=1)
        assert asked is Restored.ACCEPTED
    http.close()


def codes(place: Place) -> dict[str, str]:
    """Return the codes of what is archived, by key."""
    found = place.reader().entries((Status.ARCHIVED,))
    return {one.key: one.failure.code if one.failure else "" for one in found}


def waiting(place: Place, *keys: str, polls: Backoff = NIMBLE) -> Run:
    """Restore keys and start a run; return it once it only waits for them to thaw."""
    restore(place, *keys)
    run = place.run(polls=polls)
    run.start()
    wait_until(lambda: run.progress.phase is Phase.WAITING and "to thaw" in run.progress.note)
    return run


@pytest.fixture
def frozen(own_place: Place) -> Place:
    """Give a place with two cold objects and a warm one; what is restored never thaws by itself."""
    own_place.server.set_archive(thaw_seconds=AGES)
    own_place.server.put("cold-1.bin", size=1000, storage_class="ColdArchive")
    own_place.server.put("cold-2.bin", size=2000, storage_class="DeepColdArchive")
    own_place.server.put("warm.bin", size=10)
    return own_place


@pytest.mark.fault("F28")
def test_listing_tells_what_is_frozen_thaws_and_has_thawed(frozen: Place) -> None:
    server = frozen.server
    server.put("thawed.bin", size=30, storage_class="ColdArchive")
    restore(frozen, "thawed.bin")
    server.thaw()
    restore(frozen, "cold-1.bin")

    summary = frozen.get()

    assert (summary.status, summary.thawing) == (1, 1)
    assert codes(frozen) == {"cold-1.bin": THAWING_CODE, "cold-2.bin": "InvalidObjectState"}
    frozen.expect("thawed.bin", "warm.bin")
    assert not gets(server, "cold-*")


@pytest.mark.fault("F28")
def test_one_request_tells_that_class_archive_is_frozen(place: Place) -> None:
    place.server.fill("{:02d}.bin", 30, 100, storage_class="Archive")
    place.server.put("warm.bin", size=10)

    summary = place.get()

    assert summary.counts.objects[Status.ARCHIVED] == 30
    assert all(one.attempts == 0 for one in place.reader().entries((Status.ARCHIVED,)))
    assert [one["status"] for one in gets(place.server, "*.bin")].count(403) == 1
    place.expect("warm.bin")


def test_objects_with_real_time_access_are_simply_fetched(place: Place) -> None:
    place.server.set_archive(real_time=True)
    place.server.fill("{:02d}.bin", 30, 100, storage_class="Archive")
    place.server.put("cold.bin", size=10, storage_class="ColdArchive")

    summary = place.get()

    assert summary.counts.objects[Status.DONE] == 30
    assert list(codes(place)) == ["cold.bin"]
    assert {one["status"] for one in gets(place.server)} == {200}


def test_real_time_access_that_is_allowed_later_is_found(place: Place) -> None:
    place.server.fill("{:02d}.bin", 30, 100, storage_class="Archive")
    assert place.get().status == 1
    place.server.set_archive(real_time=True)

    summary = place.get()

    assert (summary.status, summary.counts.objects[Status.DONE]) == (0, 30)


@pytest.mark.fault("F28")
def test_each_object_is_fetched_as_it_thaws(frozen: Place) -> None:
    server = frozen.server
    run = waiting(frozen, "cold-1.bin")
    note = run.progress.note

    server.thaw()
    summary = finish(run)

    assert note.startswith("waiting for 1 to thaw, next check at ")
    assert codes(frozen) == {"cold-2.bin": "InvalidObjectState"}  # nobody asked for that one
    frozen.expect("cold-1.bin", "warm.bin")
    assert (summary.counts.objects[Status.DONE], summary.thawing) == (2, 0)
    assert statuses(server, "cold-1.bin") == [200]
    assert not [one for one in server.requests() if one["method"] == "HEAD"]


@pytest.mark.fault("F33")
def test_stop_ends_the_wait_and_the_next_run_goes_on(frozen: Place) -> None:
    run = waiting(frozen, "cold-1.bin", "cold-2.bin", polls=THAW_CHECKS)

    run.stop()
    stopped = finish(run)
    frozen.server.thaw()
    done = frozen.get(polls=THAW_CHECKS)

    assert (stopped.status, stopped.ended, stopped.thawing) == (130, "stopped", 2)
    told = "\n".join(map(unpainted, summary_lines(stopped, "")))
    assert "next: 'get --wait-restore' resumes" in told
    assert "'restore'" not in told  # which would ask again, and pay
    assert done.status == 0
    frozen.expect("cold-1.bin", "cold-2.bin", "warm.bin")


@pytest.mark.skipif(sys.platform == "win32", reason="no file that is open gets its name there")
def test_an_object_that_freezes_in_the_middle_comes_whole_once_it_has_thawed(
    frozen: Place,
) -> None:
    server, part = frozen.server, 256 * KIB
    server.put("cold-1.bin", size=6 * part, storage_class="ColdArchive")
    restore(frozen, "cold-1.bin")
    server.thaw()
    server.fault("hold", key="cold-1.bin", operation="get", after=2)
    job = frozen.job(part_size=part, connections=1)
    run = frozen.run(job, polls=NIMBLE, new_lanes=_elsewhere)
    run.start()
    wait_until(lambda: server.counts("GET")["cold-1.bin"] == 3)  # the last of them is held
    [partial] = frozen.target.glob(".ossh/*/1")

    with partial.open("rb"):  # so that no new file gets its number
        server.freeze()
        restore(frozen, "cold-2.bin", storage_class="DeepColdArchive")
        wait_until(lambda: codes(frozen)["cold-2.bin"] == THAWING_CODE)  # which the run waits for
        server.clear_faults()
        wait_until(lambda: "cold-1.bin" in codes(frozen))
        restore(frozen, "cold-1.bin")
        server.thaw()
        summary = finish(run)

    assert summary.status == 0
    assert frozen.entry("cold-1.bin").attempts == 1
    frozen.expect("cold-1.bin", "cold-2.bin", "warm.bin")


def _elsewhere(sign: Signing, context: LaneContext) -> LocalLanes:
    """Return lanes that know partial files on their own, as those of another process do."""
    workspace = context.workspace
    own = Workspace(Path(workspace.target), workspace.job_id, workspace.policy)
    return LocalLanes(sign, replace(context, workspace=own))


def test_network_that_goes_away_meanwhile_is_waited_for(frozen: Place) -> None:
    run = waiting(frozen, "cold-1.bin")

    frozen.server.offline()
    wait_until(lambda: run.progress.note == "waiting for the network")
    frozen.server.online()
    frozen.server.thaw()

    assert finish(run).counts.objects[Status.DONE] == 2
