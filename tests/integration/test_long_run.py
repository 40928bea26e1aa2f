"""A long run in a short time: everything that happens in days happens within seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from ossh.demo import DemoServer
from ossh.model import Status
from ossh.transfer.run import Run
from tests.integration.rig import Place, finish, gets, listings
from tests.waiting import wait_until

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
GOOD_FOR = 150  # requests to the server; then a token has expired
PART = 300_000
SMALL = 120  # objects a folder


@contextmanager
def tokens_that_expire(server: DemoServer) -> Iterator[list[str]]:
    """Let token after token expire, and give another one where credentials come from."""
    issued: list[str] = []
    is_over = Event()

    def issue() -> None:
        if issued:
            server.set_credentials(f"key-{len(issued)}", SECRET, issued[-1], 0.0, keep=True)
        issued.append(f"token-{len(issued)}")
        server.set_credentials(f"key-{len(issued)}", SECRET, issued[-1], keep=True)

    def renew() -> None:
        while not is_over.wait(0.02):
            if len(server.requests()) >= GOOD_FOR * len(issued):
                issue()

    issue()
    thread = Thread(target=renew)
    thread.start()
    try:
        yield issued
    finally:
        is_over.set()
        thread.join()


def make_trouble(server: DemoServer) -> None:
    """Let pages be short and some of them fail, and objects come at a limited rate."""
    server.fault("status", operation="list", status=500, after=3, times=3)
    server.fault("reset", operation="list", after=5, times=3)
    limit = {"status": 503, "code": "TotalQpsLimitExceeded", "qos_delay_ms": 300}
    server.fault("status", operation="list", after=4, times=3, **limit)
    server.fault("short-page", keys=40)
    limit_rate(server)


def limit_rate(server: DemoServer) -> None:
    server.fault("throttle", operation="get", rate=120, qos_delay_ms=200)


def change_bucket(server: DemoServer) -> tuple[set[str], set[str]]:
    """Replace and delete objects that are listed, add some; return the replaced, the deleted."""
    replaced = {f"c/{number:03d}.bin" for number in range(40, SMALL, 4)}
    deleted = {f"c/{number:03d}.bin" for number in range(41, SMALL, 4)}
    for key in sorted(replaced):
        server.put(key, size=2500, version=1)
    for key in sorted(deleted):
        server.delete(key)
    server.put("c/large.bin", size=4 * PART, version=1)
    server.fill("a/added-{:02d}.bin", 20, 500)
    return replaced | {"c/large.bin"}, deleted


def lose_network(server: DemoServer, run: Run) -> None:
    """Take the network away until the run has noticed."""
    server.offline()
    try:
        wait_until(lambda: run.progress.note == "waiting for the network")
    finally:
        server.online()


@pytest.mark.fault("F21")
@pytest.mark.fault("F22b")
@pytest.mark.fault("F25")
@pytest.mark.fault("F29")
@pytest.mark.fault("F30")
@pytest.mark.fault("F15")
@pytest.mark.fault("F16")
def test_everything_that_happens_in_days_costs_no_object_an_attempt(own_place: Place) -> None:
    for folder in "abc":
        own_place.server.fill(folder + "/{:03d}.bin", SMALL, 2000)
        own_place.server.put(f"{folder}/large.bin", size=5 * PART)
    make_trouble(own_place.server)
    own_place.server.fault("hold", operation="get", after=20)  # until all else has happened
    run = own_place.run(own_place.job(part_size=PART, connections=16))

    with tokens_that_expire(own_place.server) as tokens:
        run.start()
        wait_until(lambda: run.progress.is_planned or not run.is_alive())
        replaced, deleted = change_bucket(own_place.server)
        lose_network(own_place.server, run)
        own_place.server.clear_faults()
        limit_rate(own_place.server)
        summary = finish(run)

    entries = {entry.key: entry for entry in own_place.reader().entries()}
    gone = {key for key, entry in entries.items() if entry.status is Status.GONE}
    done = {key for key, entry in entries.items() if entry.status is Status.DONE}
    seen = {one["status"] for one in own_place.server.requests()}
    assert {403, 404, 412, 500, 503} <= seen, "this run had it too easy"
    assert len(tokens) > 3
    assert (summary.status, summary.ended) == (1, "failed")  # for what is gone
    assert gone
    assert gone <= deleted
    assert done | gone == entries.keys()
    assert len(entries) == 3 * SMALL + 3
    assert {entry.attempts for entry in entries.values()} == {1}
    before = own_place.files()
    wrong = {key for key in done - gone - deleted if before[key] != own_place.server.body(key)}
    assert wrong <= replaced, "what was not replaced meanwhile is as it is in the bucket"
    assert len(replaced - wrong) > len(replaced) // 2, "most of it was replaced in time"

    (own_place.folder / "jobs" / "job.sqlite").unlink()
    own_place.server.clear_faults()
    own_place.server.clear_requests()
    again = own_place.get(own_place.job(part_size=PART))

    assert again.status == 0
    assert len(listings(own_place.server)) == 1
    added = {f"a/added-{number:02d}.bin" for number in range(20)}
    assert {one["key"] for one in gets(own_place.server)} == wrong | added
    found = own_place.files()
    assert found.keys() - deleted == (entries.keys() - deleted) | added
    assert {
        key for key in found.keys() - deleted if found[key] != own_place.server.body(key)
    } == set()
