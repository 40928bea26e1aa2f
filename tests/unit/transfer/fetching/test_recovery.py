"""What a run does to end a wait: new credentials, and whether the service answers."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from ossh.demo import DemoServer
from ossh.errors import StoreError
from ossh.model import Cause, Failure, Source
from ossh.network import Http
from ossh.store.credentials import Credentials, Provider
from ossh.store.list_page import ListPage
from ossh.store.listing import Lister, PageQuery
from ossh.store.signer import Signer
from ossh.transfer.fetching.recovery import LOOK_SECONDS, Recovery
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.watching import Progress
from tests.unit.transfer.rig import Rig, answered, entry, failed, failure
from tests.waiting import wait_until

FORMER, OTHER = Credentials("old", "s"), Credentials("new", "s")
ROLE = Credentials("old", "s", "t", role="reader", is_renewable=True)
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


def failed_for(cause: Cause) -> Rig:
    rig = answered(Rig(entry(1)))
    [task] = rig.turn()
    rig.on(failed(task, cause))
    return rig


def waiting_for(
    cause: Cause,
    answer: Cause = Cause.DENIED,
    provider: Provider | None = None,
) -> tuple[Rig, Recovery, Answering]:
    """Return a run whose first task failed for a cause, and what ends its wait."""
    rig = failed_for(cause)
    signing = Signing(SOURCE, provider or Provider(lambda: OTHER, FORMER))
    request = "" if answer is Cause.NOT_OSS else "5C3D"  # a refusal is the service's own
    lister = Answering(signing, replace(failure(answer), request_id=request))
    return rig, Recovery(rig.scheduler, signing, lister), lister


def explained(rig: Rig, recovery: Recovery) -> Progress:
    return recovery.explained(rig.scheduler.progress(rig.now))


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
    assert explained(rig, recovery).note == ""


def test_a_wait_for_credentials_goes_on_while_there_are_no_others_and_says_so_in_the_end() -> None:
    looks = list[float]()

    def same() -> Credentials:
        looks.append(rig.now)
        return FORMER

    rig, recovery, lister = waiting_for(Cause.EXPIRED, provider=Provider(same, FORMER))
    began = rig.now

    turn_until(rig, recovery, lambda: recovery.looks == 1)
    assert explained(rig, recovery) == rig.scheduler.progress(rig.now)
    rig.now += LOOK_SECONDS - 0.1
    recovery.turn(rig.now)
    rig.now += 0.1
    turn_until(rig, recovery, lambda: explained(rig, recovery).needs_person)

    assert looks == [began, began + LOOK_SECONDS]
    assert explained(rig, recovery).note == "waiting for new credentials"
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


def looked_twice_in_vain(provider: Provider) -> tuple[Rig, Recovery]:
    rig, recovery, _ = waiting_for(Cause.EXPIRED, provider=provider)
    turn_until(rig, recovery, lambda: recovery.looks == 1)
    rig.now += LOOK_SECONDS
    turn_until(rig, recovery, lambda: recovery.looks == 2)
    return rig, recovery


def test_a_source_that_gives_others_by_itself_is_waited_for_and_says_what_is_wrong() -> None:
    def fail() -> Credentials:
        raise StoreError("nobody answers")

    seen = explained(*looked_twice_in_vain(Provider(fail, ROLE)))

    assert not seen.needs_person
    assert seen.note == "waiting for new credentials: nobody answers"


def test_what_somebody_brought_meanwhile_is_not_vain() -> None:
    provider = Provider(lambda: FORMER, FORMER)
    rig, recovery = looked_twice_in_vain(provider)
    assert explained(rig, recovery).needs_person

    provider.follow(Provider(lambda: OTHER))

    assert explained(rig, recovery) == rig.scheduler.progress(rig.now)


def test_a_slow_source_is_asked_once_at_a_time_and_waited_for_by_nobody() -> None:
    asked, go_on = list[int](), threading.Event()

    def slow() -> Credentials:
        asked.append(1)
        go_on.wait(60)
        return FORMER

    rig, recovery, _ = waiting_for(Cause.EXPIRED, provider=Provider(slow, FORMER))
    for _ in range(3):
        recovery.turn(rig.now)
        rig.now += LOOK_SECONDS
    wait_until(lambda: len(asked) > 0)

    assert len(asked) == 1
    go_on.set()


@pytest.mark.parametrize(
    ("secret", "is_portal", "waits_for"),
    [
        ("", False, None),
        ("another", False, Cause.BAD_CREDENTIALS),
        ("", True, Cause.NOT_OSS),
    ],
)
def test_the_service_is_there_when_it_lists_or_refuses_and_a_page_in_its_place_is_not(
    server: DemoServer, secret: str, waits_for: Cause | None, *, is_portal: bool
) -> None:
    if is_portal:
        server.fault("portal", operation="any")
    source = Source(server.endpoint, server.region, server.bucket, "logs/")
    keys = Credentials(server.access_key_id, secret or server.access_key_secret)
    signer, http = Signer(source, keys), Http()
    rig = failed_for(Cause.NOT_OSS)
    signing = Signing(source, Provider(lambda: keys, keys))
    recovery = Recovery(rig.scheduler, signing, Lister(lambda: signer, http))

    service, attempts = rig.scheduler.service, rig.scheduler.attempts
    turn_until(rig, recovery, lambda: bool(service.waits_for) or not attempts.is_in_doubt)

    assert service.waits_for is waits_for
    http.close()
