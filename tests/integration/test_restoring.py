"""Asking OSS for thousands of restores: bounded, remembered, never twice, whatever happens."""

import time
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.errors import UsageError
from ossh.model import Status
from ossh.protocol import THAWING_CODE
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.planning.preflight import Preflight
from ossh.transfer.restoring.restoration import TRIES, Restoration
from ossh.transfer.restoring.restore_result import HOPELESS, RestoreRequest, RestoreResult
from tests.integration.rig import Place, start
from tests.waiting import DEADLINE_SECONDS, wait_until

NIMBLE = RestoreRequest(2, per_second=5000, pause_seconds=0.01)
AGES = 100_000.0  # seconds; no test waits for a thaw that takes so long


@pytest.fixture
def cold(own_place: Place) -> Place:
    """Give a place on a server where nothing thaws by itself."""
    own_place.server.set_archive(thaw_seconds=AGES)
    return own_place


def plan(place: Place, count: int = 0) -> None:
    """List the bucket into the job's manifest, with so many cold objects more."""
    place.server.fill("{:05d}.bin", count, 10, storage_class="ColdArchive")
    place.get(preflight=Preflight())


def ended(asking: Restoration) -> Restoration:
    """Let it ask until it has ended."""
    asking.start()
    asking.join(DEADLINE_SECONDS)
    assert not asking.is_alive(), asking.progress
    return asking


def ask(place: Place, request: RestoreRequest = NIMBLE) -> RestoreResult:
    """Ask for all that is archived and return what came of it."""
    return ended(Restoration(place.job(), place.provider(), request)).result()


def posts(server: DemoServer) -> Counter[str]:
    """Return how often each key was asked for."""
    return server.counts("POST")


def thawing(place: Place) -> int:
    return sum(one.objects for one in place.reader().archived() if one.is_thawing)


@pytest.mark.fault("F28")
def test_thousands_are_asked_for_once_each_and_remembered(cold: Place) -> None:
    server = cold.server
    server.put("warm.bin", size=10)
    plan(cold, 2500)

    first = ask(cold)
    second = ask(cold)

    assert (first.accepted, first.accepted_size, first.status) == (2500, 25_000, 0)
    assert (second.accepted, second.thawing, second.status) == (0, 2500, 0)
    assert set(posts(server).values()) == {1}
    assert (len(posts(server)), thawing(cold)) == (2500, 2500)
    entry = cold.entry("00000.bin")
    assert (entry.status, entry.attempts) == (Status.ARCHIVED, 0)
    failure = cold.failure("00000.bin")
    assert failure.code == THAWING_CODE
    assert "requested on" in failure.message


def test_what_others_asked_for_is_not_asked_for_again(cold: Place) -> None:
    server = cold.server
    plan(cold, 4)
    ask(cold)
    server.thaw()
    server.put("late.bin", size=10, storage_class="ColdArchive")
    other = Place(server, cold.folder / "other")
    other.folder.mkdir()
    plan(other)
    server.delete("00003.bin")

    asked = ask(cold)

    assert (asked.readable, asked.gone, asked.accepted) == (3, 1, 0)
    assert cold.entry("00000.bin").status is Status.PENDING
    assert ask(other).accepted == 1
    assert posts(server)["00000.bin"] == 1


@pytest.mark.fault("F32")
def test_kill_in_the_middle_asks_for_none_twice(cold: Place) -> None:
    server = cold.server
    server.fill("{:05d}.bin", 1500, 10, storage_class="ColdArchive")
    job_files.save(cold.job())
    process = start(cold, "restore --yes")
    wait_until(lambda: len(posts(server)) >= 50)
    process.kill()
    process.wait(DEADLINE_SECONDS)
    assert 0 < len(posts(server)) < 1500
    assert thawing(cold) <= len(posts(server))

    asked = ask(cold)

    assert asked.status == 0
    assert len(posts(server)) == 1500
    assert set(posts(server).values()) == {1}
    assert thawing(cold) == 1500


def test_manifest_of_another_bucket_is_not_asked_for(cold: Place) -> None:
    server = cold.server
    server.put("a.bin", size=10, storage_class="ColdArchive")
    server.add_bucket("other-bucket")
    server.put("a.bin", size=10, storage_class="ColdArchive", bucket="other-bucket")
    plan(cold)
    job = cold.job()
    edited = replace(job, source=replace(job.source, bucket="other-bucket"))

    asking = ended(Restoration(edited, cold.provider(), NIMBLE))

    with pytest.raises(UsageError, match="changed since the bucket was listed"):
        asking.result()
    assert not posts(server)
    assert cold.entry("a.bin").status is Status.ARCHIVED


def test_source_that_has_other_bad_keys_each_time_is_given_up(cold: Place) -> None:
    cold.server.put("a.bin", size=10, storage_class="ColdArchive")
    plan(cold)
    numbers = count()
    provider = Provider(lambda: Credentials(f"STS.bad{next(numbers)}", "secret", "token"))

    asking = ended(Restoration(cold.job(), provider, NIMBLE))

    assert asking.result().stopped_by is not None
    assert next(numbers) <= TRIES + 1
    assert not posts(cold.server)


def test_what_froze_again_is_left_for_a_person_to_see(cold: Place) -> None:
    server = cold.server
    server.put("a.bin", size=10, storage_class="ColdArchive")
    plan(cold)
    ask(cold)
    server.freeze()
    server.clear_requests()

    asked = ask(cold)

    assert (asked.frozen_again, asked.accepted, asked.status) == (1, 0, 0)
    assert not posts(server)
    assert thawing(cold) == 0
    assert ask(cold).accepted == 1


def test_more_than_a_person_said_yes_to_is_not_asked_for(cold: Place) -> None:
    plan(cold, 3)

    asking = ended(Restoration(cold.job(), cold.provider(), NIMBLE, shown=2))

    with pytest.raises(UsageError, match="more objects are archived now than were shown"):
        asking.result()
    assert not posts(cold.server)
    assert ask(cold).accepted == 3


def test_stop_keeps_what_was_asked_for(cold: Place) -> None:
    plan(cold, 300)
    asking = Restoration(cold.job(), cold.provider(), RestoreRequest(2, per_second=5))
    asking.start()
    wait_until(lambda: (asking.summary or RestoreResult()).accepted >= 3)

    asking.stop()
    asking.join(DEADLINE_SECONDS)

    asked = asking.result()
    assert (asked.status, asked.is_whole) == (130, False)
    assert asked.accepted == len(posts(cold.server)) == thawing(cold) < 300


def test_requests_come_no_faster_than_wished(cold: Place) -> None:
    plan(cold, 60)
    began = time.monotonic()

    ask(cold, RestoreRequest(2, per_second=30))

    assert time.monotonic() - began > 1.5  # of two seconds at least; never more than 30 a second


def test_throttling_is_obeyed_and_costs_nothing(cold: Place) -> None:
    server = cold.server
    plan(cold, 40)
    server.fault("status", status=503, code="QpsLimitExceeded", operation="post", times=15)

    asked = ask(cold)

    assert (asked.accepted, asked.refused, asked.status) == (40, {}, 0)
    assert sum(posts(server).values()) == 55


def test_trouble_that_passes_is_tried_again(cold: Place) -> None:
    plan(cold, 20)
    cold.server.fault("reset", operation="post", times=TRIES - 1)
    cold.server.fault("status", status=500, operation="list", times=2)

    assert ask(cold).accepted == 20


def test_missing_right_is_said_once_and_nobody_asks_on(cold: Place) -> None:
    plan(cold, 500)
    cold.server.fault("status", status=403, code="AccessDenied", operation="post")

    asked = ask(cold)

    assert (asked.accepted, asked.status, asked.is_hopeless) == (0, 1, True)
    assert HOPELESS <= asked.refused["AccessDenied"].objects < 200
    assert thawing(cold) == 0
