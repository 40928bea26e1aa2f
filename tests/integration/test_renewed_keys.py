"""Keys that end amid long work: whatever asks the bucket goes on with the next ones."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

import ossh
from ossh.demo import DemoServer
from ossh.network import Http, Timeouts
from ossh.store.bulk_reader import PIECE
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.restoring.restoration import Restoration
from ossh.transfer.restoring.restore_result import RestoreRequest
from ossh.transfer.run import Run
from ossh.transfer.streaming.tar_stream import TarStream
from tests.integration.rig import MODIFIED, Place, credentials, finish
from tests.waiting import DEADLINE_SECONDS, wait_until

KEYS = [f"{number:03d}" for number in range(60)]
HTTP = Http(Timeouts(stall=DEADLINE_SECONDS))  # takes no answer that is held for a silence

pytestmark = pytest.mark.fault("F25")


class Source:
    """Where keys come from: for a moment it still gives the old ones."""

    def __init__(self, server: DemoServer) -> None:
        self._server = server
        self._given = credentials(server)
        self.late = 2

    def __call__(self) -> Credentials:
        now = credentials(self._server)
        if now != self._given and self.late:
            self.late -= 1
        else:
            self._given = now
        return self._given


def expire(server: DemoServer) -> None:
    """End the keys by their time; others are good from now on."""
    server.set_credentials(
        server.access_key_id, server.access_key_secret, "old-token", time.time() - 1
    )
    server.set_credentials("second", "second-secret", "new-token", keep=True)


def rotate(server: DemoServer) -> None:
    """Replace the keys; nobody knows the old ones any more."""
    server.set_credentials("second", "second-secret")


@pytest.fixture(params=[expire, rotate])
def end_keys(request: pytest.FixtureRequest, own_server: DemoServer) -> Callable[[], None]:
    """Give what ends the keys, and lets go what the service holds."""
    own_server.set_credentials("first", "first-secret", "old-token")

    def end() -> None:
        request.param(own_server)
        own_server.clear_faults()

    return end


def new_run(place: Place, **options: Any) -> Run:
    return place.run(provider=Provider(Source(place.server)), **options)


def put(server: DemoServer, modified: datetime) -> None:
    """Put objects whose CRC64 alone tells what they are."""
    for key in KEYS:
        server.put(key, key.encode(), type="Multipart", etag="E-2", last_modified=modified)


def test_files_are_adopted(own_place: Place, end_keys: Callable[[], None]) -> None:
    put(own_place.server, MODIFIED)
    own_place.target.mkdir()
    for key in KEYS:
        (own_place.target / key).write_bytes(key.encode())
    own_place.server.fault("hold", operation="head", after=10)
    run = new_run(own_place, adopts=True)

    run.start()
    wait_until(lambda: run.adopted.proved)
    end_keys()

    assert finish(run).status == 0
    assert run.adopted.proved == len(KEYS)


def test_dates_are_compared(own_place: Place, end_keys: Callable[[], None]) -> None:
    put(own_place.server, MODIFIED)
    assert own_place.get().status == 0
    put(own_place.server, MODIFIED + timedelta(hours=1))
    own_place.server.fault("hold", operation="head", after=10)
    changes = Changes()
    run = new_run(own_place, changes=changes, preflight=Preflight())

    run.start()
    wait_until(lambda: own_place.server.counts("HEAD").total() >= 10)
    end_keys()

    assert finish(run).status == 0
    assert changes.objects == {}


def test_a_tar_is_completed(own_place: Place, end_keys: Callable[[], None]) -> None:
    own_place.server.fill("{:03d}", len(KEYS), 10)
    assert own_place.get(preflight=Preflight()).ended == "done"
    own_place.server.fault("hold", operation="get", after=10)
    job, source = own_place.job(), Source(own_place.server)
    stream = TarStream(job, job.manifest_path, Provider(source), HTTP, len)

    stream.start()
    wait_until(lambda: stream.progress.done)
    end_keys()
    stream.join(DEADLINE_SECONDS)

    assert not stream.is_alive(), stream.progress
    assert stream.result().objects == len(KEYS)


def test_restores_are_asked_for(own_place: Place, end_keys: Callable[[], None]) -> None:
    own_place.server.set_archive(thaw_seconds=100_000.0)
    own_place.server.fill("{:03d}", len(KEYS), 10, storage_class="ColdArchive")
    assert own_place.get(preflight=Preflight()).ended == "done"
    own_place.server.fault("hold", operation="post", after=10)
    request = RestoreRequest(2, per_second=5000, pause_seconds=0.01)
    asking = Restoration(own_place.job(), Provider(Source(own_place.server)), request, http=HTTP)

    asking.start()
    wait_until(lambda: asking.progress.done)
    end_keys()
    asking.join(DEADLINE_SECONDS)

    assert not asking.is_alive(), asking.progress
    assert asking.result().accepted == len(KEYS)


def test_an_object_is_read_on_by_several_threads(
    own_server: DemoServer, end_keys: Callable[[], None]
) -> None:
    own_server.put("a", size=3 * PIECE)
    options = ossh.Options(endpoint=own_server.endpoint, region=own_server.region)
    address = f"oss://{own_server.bucket}/a"

    with ossh.open(address, options=options, credentials=lambda: credentials(own_server)) as file:
        begun = file.read(10)
        end_keys()
        rest = file.read()

    assert begun + rest == own_server.body("a")
