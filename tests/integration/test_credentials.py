"""Credentials: wrong ones end a run before it fails anything, new ones let it go on."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ossh.model import Status
from ossh.store.credentials import Credentials, Environment, Provider, find
from ossh.transfer.planning.preflight import Preflight
from ossh.transfer.run import Run
from ossh.transfer.watching import Phase
from tests.integration.rig import Place, credentials, finish, start_and_hold
from tests.unit.store.credentials.standins import StandIn, StsServer, keys_json
from tests.waiting import wait_until

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
TOKEN = "CAISdemoTokenThatNobodyMaySee0123456789abcdef"


def new_run(
    place: Place,
    provider: Provider,
    clock: Callable[[], float] = time.monotonic,
    **settings: Any,
) -> Run:
    return place.run(place.job(**settings), provider=provider, clock=clock)


@pytest.mark.fault("F24")
def test_key_that_is_wrong_after_the_plan_was_made_marks_nothing_failed(place: Place) -> None:
    place.server.fill("{:02d}.bin", 10, 100)
    place.get(preflight=Preflight())
    wrong = Credentials(place.server.access_key_id, "wrong", source="test")

    summary = finish(new_run(place, Provider(lambda: wrong)))

    assert summary.status == 3
    assert summary.counts.objects[Status.PENDING] == 10
    assert place.get().status == 0


@pytest.mark.fault("F25")
def test_no_patience_ends_while_a_body_still_arrives(own_place: Place) -> None:
    own_place.server.fill("{:03d}.bin", 300, 1000)
    own_place.server.put("large.bin", size=8_000_000)
    own_place.server.fault("slow", key="large.bin", rate=200_000)
    own_place.server.fault("delay", key="[0-9]*", seconds=1)
    own_place.server.set_credentials("first", SECRET, TOKEN)
    held = [credentials(own_place.server)]
    ahead, before = 0.0, 0

    def clock() -> float:  # of two looks between which bytes came, the next is a minute later
        nonlocal ahead, before
        if run.progress.phase is Phase.WAITING and run.progress.bytes_received > before:
            ahead, before = ahead + 60.0, run.progress.bytes_received
        return time.monotonic() + ahead

    provider = Provider(lambda: held[0])
    run = new_run(own_place, provider, clock=clock, patience_seconds=100.0, connections=8)
    run.start()
    wait_until(lambda: run.progress.bytes_received > 100_000)
    own_place.server.set_credentials("first", SECRET, TOKEN, time.time() - 1)
    wait_until(lambda: ahead > 600.0 or not run.is_alive())
    own_place.server.set_credentials("second", SECRET, TOKEN)
    held[0] = credentials(own_place.server)
    own_place.server.clear_faults()

    assert finish(run).status == 0


@pytest.mark.fault("F25")
def test_role_is_assumed_again_when_its_keys_have_expired(own_place: Place) -> None:
    own_place.server.fill("{:03d}.bin", 300, 1000)
    environ = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-base",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "base-secret",
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/reader",
    }

    def accept(keys: dict[str, Any], expires: float | None = None, *, keep: bool = False) -> None:
        own_place.server.set_credentials(
            keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"], expires, keep=keep
        )

    def give(number: int) -> dict[str, Any]:
        accept(keys := keys_json(number), keep=True)
        return keys

    sts = StsServer(give=give)
    with StandIn(sts) as server:
        environ["ALIBABA_CLOUD_STS_ENDPOINT"] = server.url
        provider = Provider(partial(find, Environment(environ, own_place.folder)))
        run = new_run(own_place, provider, connections=4)
        start_and_hold(run, own_place.server)
        sts.refusal = (503, "")
        accept(keys_json(1), time.time() - 1)
        own_place.server.clear_faults()
        wait_until(lambda: "STS" in run.progress.note or "503" in run.progress.note)
        note, needs_person = run.progress.note, run.progress.needs_person
        sts.refusal = None
        summary = finish(run)

    assert note.startswith("waiting for new credentials: cannot assume the role acs:ram::1:role")
    assert not needs_person
    assert (summary.status, summary.fetched) == (0, 300)


@pytest.mark.fault("F25")
def test_run_that_only_a_person_can_help_says_so_and_takes_what_is_typed(own_place: Place) -> None:
    own_place.server.fill("{:03d}.bin", 200, 1000)
    own_place.server.set_credentials("first", SECRET, TOKEN)
    old = credentials(own_place.server)
    run = new_run(own_place, Provider(lambda: old), connections=4)
    start_and_hold(run, own_place.server)

    own_place.server.set_credentials("second", SECRET[::-1], TOKEN)
    own_place.server.clear_faults()
    wait_until(lambda: run.progress.needs_person)
    typed = credentials(own_place.server)
    run.provider.follow(Provider(lambda: typed))
    summary = finish(run)

    assert (summary.status, summary.fetched) == (0, 200)
    assert not run.progress.needs_person


def written_under(folder: Path) -> bytes:
    """Return the bytes of all files below a folder, their names included."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"\0".join([str(path).encode() + b"\0" + path.read_bytes() for path in files])


def test_no_secret_is_written_or_shown_whatever_goes_wrong(own_place: Place) -> None:
    own_place.server.set_credentials("LTAIdemoKeyOfNobody", SECRET, TOKEN)
    good = credentials(own_place.server)
    for key in ("denied.bin", "broken.bin", "well.bin", "cold.bin"):
        own_place.server.put(key, size=1000)
    own_place.server.put("large.bin", size=600_000)
    echo = {"details": {"SecurityToken": TOKEN}, "message": f"Token {TOKEN} is bad."}
    own_place.server.fault("status", key="denied.bin", status=403, **echo)
    own_place.server.fault("status", key="broken.bin", status=400, code="InvalidArgument", **echo)
    shown = [repr(own_place.get())]

    for wrong in (
        Credentials(good.access_key_id, SECRET + "x", TOKEN, source="test"),
        Credentials(good.access_key_id, SECRET, TOKEN + "x", source="test"),
    ):
        own_place.server.put("new.bin", size=10)
        run = Run(
            own_place.job("n"),
            Provider(partial(replace, wrong)),
            manifest_at=own_place.folder / "jobs" / f"{len(shown)}.sqlite",
        )
        shown.append(repr(finish(run)) + repr(run.__dict__))

    written = written_under(own_place.folder)
    assert written.count(b"well.bin") > 1
    for secret in (SECRET, TOKEN):
        assert secret.encode() not in written
        assert not any(secret in text for text in shown)
