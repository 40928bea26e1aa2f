"""Looking for new credentials in a thread of its own, and who could bring them."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ossh.errors import StoreError
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.messages import Progress
from ossh.transfer.renewal import Renewal

TYPED = Credentials("one", "s", "t")
WAITING = Progress(note="waiting")
ROLE = replace(TYPED, role="reader", is_renewable=True)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def look(renewal: Renewal) -> None:
    """Look once, and wait until that is over."""
    renewal.begin()
    assert renewal._looking is not None
    renewal._looking.join(60)


def test_a_source_without_others_needs_a_person_when_a_second_look_is_vain_too() -> None:
    renewal = Renewal(Provider(lambda: TYPED, TYPED))
    seen = [renewal.explained(WAITING)]
    for _look in range(2):
        look(renewal)
        seen.append(renewal.explained(WAITING))

    assert [one.needs_person for one in seen] == [False, False, True]
    assert {one.note for one in seen} == {"waiting"}


def test_a_source_that_gives_others_by_itself_is_waited_for_and_says_what_is_wrong() -> None:
    def fail() -> Credentials:
        raise StoreError("nobody answers")

    renewal = Renewal(Provider(fail, ROLE))

    look(renewal)
    look(renewal)

    seen = renewal.explained(WAITING)
    assert not seen.needs_person
    assert seen.note == "waiting: nobody answers"


def test_what_somebody_brought_meanwhile_is_not_vain() -> None:
    provider = Provider(lambda: TYPED, TYPED)
    renewal = Renewal(provider)
    look(renewal)
    look(renewal)

    provider.follow(Provider(lambda: replace(TYPED, access_key_id="two")))

    assert renewal.looks == 0
    assert renewal.explained(WAITING) is WAITING


def test_what_is_over_is_forgotten() -> None:
    renewal = Renewal(Provider(lambda: TYPED, TYPED))
    look(renewal)

    renewal.forget()

    assert renewal.looks == 0


def test_new_credentials_are_not_vain() -> None:
    provider = Provider(lambda: replace(TYPED, access_key_id="two"), TYPED)
    renewal = Renewal(provider)

    look(renewal)

    assert provider.held is not TYPED
    assert renewal.looks == 0


def test_a_slow_source_is_asked_once_at_a_time_and_waited_for_by_nobody() -> None:
    asked, go_on = list[int](), threading.Event()

    def slow() -> Credentials:
        asked.append(1)
        go_on.wait(60)
        return TYPED

    renewal = Renewal(Provider(slow, TYPED))
    for _ in range(3):
        renewal.begin()
    wait_until(lambda: len(asked) > 0)

    assert len(asked) == 1
    go_on.set()
    wait_until(lambda: renewal.looks > 0)
