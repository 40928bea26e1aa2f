"""A run that only plans: it counts what `get` would do, and touches nothing."""

from ossh.model import Status
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.planning.preflight import Preflight
from tests.integration.rig import Place, gets


def test_preflight_touches_neither_bodies_nor_target(place: Place) -> None:
    place.server.fill("{:04d}.bin", 1500, 10)

    summary = place.get(preflight=Preflight())

    assert summary.status == 0
    assert summary.counts.objects[Status.PENDING] == 1500
    assert not place.target.exists()
    assert gets(place.server) == []


def test_run_goes_on_from_the_plan_without_listing_again(place: Place) -> None:
    place.server.put("a.bin", size=10)
    place.get(preflight=Preflight())
    place.server.clear_requests()

    summary = place.get()

    assert summary.status == 0
    assert [one["key"] for one in place.server.requests()] == ["a.bin"]
    place.expect("a.bin")


def test_planning_again_leaves_what_earlier_runs_found_as_it_is(place: Place) -> None:
    place.server.put("a.bin", size=100)
    place.server.put("cold.bin", size=70, storage_class="Archive")
    assert place.get().status == 1
    sheet = Preflight()

    place.get(preflight=sheet)

    assert sheet.objects == {LocalState.HERE: 1, LocalState.NEW: 1}
    assert place.entry("cold.bin").status is Status.ARCHIVED
    assert place.entry("a.bin").status is Status.DONE
    assert [run.outcome for run in place.reader().runs()] == ["failed"]
