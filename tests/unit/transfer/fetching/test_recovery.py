"""What a run does to end a wait: new credentials, and whether the service answers."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ossh import demo
from ossh.errors import StoreError
from ossh.model import Cause, Failure, Source
from ossh.network import Http
from ossh.store.credentials import Credentials, Provider
from ossh.store.list_page import ListPage
from ossh.store.listing import Lister, PageQuery
from ossh.store.signer import Signer
from ossh.transfer.fetching.recovery import (
    LOOK_SECONDS,
    CredentialRenewal,
    Recovery,
    ask_service,
)
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.watching import Progress
from tests.unit.transfer.rig import Rig, answered, entry, failed, failure
from tests.waiting import wait_until

TYPED = Credentials("one", "s", "t")
WAITING = Progress(note="waiting")
ROLE = replace(TYPED, role="reader", is_renewable=True)


def look(renewal: CredentialRenewal) -> None:
    """Look once, and wait until that is over."""
    renewal.begin()
    assert renewal._call is not None
    renewal._call.result()


def test_a_source_without_others_needs_a_person_when_a_second_look_is_vain_too() -> None:
    renewal = CredentialRenewal(Provider(lambda: TYPED, TYPED))
    seen = [renewal.explained(WAITING)]
    for _look in range(2):
        look(renewal)
        seen.append(renewal.explained(WAITING))

    assert [one.needs_person for one in seen] == [False, False, True]
    assert {one.note for one in seen} == {"waiting"}


def test_a_source_that_gives_others_by_itself_is_waited_for_and_says_what_is_wrong() -> None:
    def fail() -> Credentials:
        raise StoreError("nobody answers")

    renewal = CredentialRenewal(Provider(fail, ROLE))

    look(renewal)
    look(renewal)

    seen = renewal.explained(WAITING)
    assert not seen.needs_person
    assert seen.note == "waiting: nobody answers"


def test_what_somebody_brought_meanwhile_is_not_vain() -> None:
    provider = Provider(lambda: TYPED, TYPED)
    renewal = CredentialRenewal(provider)
    look(renewal)
    look(renewal)

    provider.follow(Provider(lambda: replace(TYPED, access_key_id="two")))

    assert renewal.looks == 0
    assert renewal.explained(WAITING) is WAITING


def test_a_slow_source_is_asked_once_at_a_time_and_waited_for_by_nobody() -> None:
    asked, go_on = list[int](), threading.Event()

    def slow() -> Credentials:
        asked.append(1)
        go_on.wait(60)
        return TYPED

    renewal = CredentialRenewal(Provider(slow, TYPED))
    for _ in range(3):
        renewal.begin()
    wait_until(lambda: len(asked) > 0)

    assert len(asked) == 1
    go_on.set()
    wait_until(lambda: renewal.looks > 0)


# Whether the service answers


@pytest.fixture(scope="module")
def running() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True) as server:
        yield server


@pytest.fixture
def server(running: demo.DemoServer) -> demo.DemoServer:
    running.clear_faults()
    return running


def lister_of(server: demo.DemoServer, secret: str = "") -> Lister:
    source = Source(server.endpoint, server.region, server.bucket)
    keys = Credentials(server.access_key_id, secret or server.access_key_secret)
    signer = Signer(source, keys)
    return Lister(lambda: signer, Http())


def test_the_service_is_there_when_it_lists(server: demo.DemoServer) -> None:
    reply = ask_service(lister_of(server), "logs/")

    assert reply is None


def test_the_service_is_there_when_it_refuses(server: demo.DemoServer) -> None:
    reply = ask_service(lister_of(server, secret="another"), "logs/")

    assert reply is not None
    assert reply.request_id


def test_a_page_in_its_place_is_not_the_service(server: demo.DemoServer) -> None:
    server.fault("portal", operation="any")

    reply = ask_service(lister_of(server), "logs/")

    assert reply is not None
    assert reply.cause is Cause.NOT_OSS
    assert not reply.request_id


# What a run does with them

FORMER, OTHER = Credentials("old", "s"), Credentials("new", "s")
SOURCE = Source("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "bucket", "logs/")


class Answering(Lister):
    """The lister of a bucket that answers with a failure, for which it is asked."""

    def __init__(self, signing: Signing, answer: Failure) -> None:
        super().__init__(lambda: signing.signer, Http())
        self.asked = list[PageQuery]()
        self._answer = answer
        self.goes_on = threading.Event()
        self.goes_on.set()

    def page(self, asked: PageQuery) -> ListPage | Failure:
        self.asked.append(asked)
        self.goes_on.wait(60)
        return self._answer


def waiting_for(
    cause: Cause, answer: Cause = Cause.DENIED, source: Callable[[], Credentials] = lambda: OTHER
) -> tuple[Rig, Recovery, Answering]:
    """Return a run whose first task failed for a cause, and what ends its wait."""
    rig = answered(Rig(entry(1)))
    [task] = rig.turn()
    rig.on(failed(task, cause))
    provider = Provider(source, FORMER)
    signing = Signing(SOURCE, provider)
    request = "" if answer is Cause.NOT_OSS else "5C3D"  # a refusal is the service's own
    lister = Answering(signing, replace(failure(answer), request_id=request))
    return rig, Recovery(rig.scheduler, signing, lister), lister


def turn_until(rig: Rig, recovery: Recovery, holds: Callable[[], bool]) -> None:
    def is_reached() -> bool:
        recovery.turn(rig.now)
        return holds()

    wait_until(is_reached)


def test_a_wait_for_credentials_ends_once_others_are_found() -> None:
    rig, recovery, _ = waiting_for(Cause.EXPIRED)
    assert rig.turn() == []

    turn_until(rig, recovery, lambda: not rig.scheduler.service.pause(rig.now))

    assert len(rig.turn()) == 1


def test_a_wait_for_the_right_time_ends_once_the_service_told_it() -> None:
    rig, recovery, lister = waiting_for(Cause.CLOCK)

    turn_until(rig, recovery, lambda: not rig.scheduler.attempts.is_in_doubt)

    assert lister.asked == [PageQuery("logs/", max_keys=1)]
    assert len(rig.turn(1.0)) == 1


def test_who_answers_in_the_place_of_the_service_is_asked_for() -> None:
    rig, recovery, lister = waiting_for(Cause.NOT_OSS, answer=Cause.NOT_OSS)

    turn_until(rig, recovery, lambda: rig.scheduler.service.waits_for is Cause.NOT_OSS)

    assert lister.asked == [PageQuery("logs/", max_keys=1)]


def test_nobody_is_asked_while_nothing_is_waited_for() -> None:
    rig, recovery, lister = waiting_for(Cause.TIMEOUT)

    recovery.turn(rig.now)

    assert lister.asked == []
    assert recovery.explained(rig.scheduler.progress(rig.now)).note == ""


def test_a_wait_for_credentials_goes_on_while_there_are_no_others_and_says_so_in_the_end() -> None:
    looks = list[float]()

    def same() -> Credentials:
        looks.append(rig.now)
        return FORMER

    rig, recovery, lister = waiting_for(Cause.EXPIRED, source=same)
    began = rig.now

    turn_until(rig, recovery, lambda: len(looks) == 1)
    rig.now += LOOK_SECONDS - 0.1
    recovery.turn(rig.now)
    rig.now += 0.1
    turn_until(
        rig,
        recovery,
        lambda: recovery.explained(rig.scheduler.progress(rig.now)).needs_person,
    )

    assert looks == [began, began + LOOK_SECONDS]
    assert rig.scheduler.service.wants_credentials
    assert lister.asked == []


def test_a_wait_for_the_right_time_goes_on_while_nobody_answers() -> None:
    rig, recovery, lister = waiting_for(Cause.CLOCK)
    lister.goes_on.clear()

    for _turn in range(3):
        recovery.turn(rig.now)
    wait_until(lambda: lister.asked)

    assert len(lister.asked) == 1
    assert rig.turn(1.0) == []
    lister.goes_on.set()
