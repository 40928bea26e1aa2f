"""Looking for new credentials in a thread of its own, and who could bring them."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from ossh.errors import StoreError
from ossh.store.credentials import Credentials, Provider
from ossh.transfer.renewal import Renewal

TYPED = Credentials("one", "s", "t")
ROLE = replace(TYPED, role="reader", is_renewable=True)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_source_without_others_needs_a_person() -> None:
    renewal = Renewal(Provider(lambda: TYPED, TYPED))
    before = renewal.is_vain

    renewal.begin()
    wait_until(lambda: renewal.is_vain)

    assert not before
    assert renewal.needs_person
    assert renewal.problem == ""


def test_a_source_that_gives_others_by_itself_is_waited_for_and_says_what_is_wrong() -> None:
    def fail() -> Credentials:
        raise StoreError("nobody answers")

    renewal = Renewal(Provider(fail, ROLE))

    renewal.begin()
    wait_until(lambda: renewal.is_vain)

    assert not renewal.needs_person
    assert renewal.problem == "nobody answers"


def test_what_somebody_brought_meanwhile_is_not_vain() -> None:
    provider = Provider(lambda: TYPED, TYPED)
    renewal = Renewal(provider)
    renewal.begin()
    wait_until(lambda: renewal.is_vain)

    provider.follow(Provider(lambda: replace(TYPED, access_key_id="two")))

    assert not renewal.is_vain
    assert not renewal.needs_person


def test_what_is_over_is_forgotten() -> None:
    renewal = Renewal(Provider(lambda: TYPED, TYPED))
    renewal.begin()
    wait_until(lambda: renewal.is_vain)

    renewal.forget()

    assert not renewal.is_vain


def test_new_credentials_are_not_vain() -> None:
    provider = Provider(lambda: replace(TYPED, access_key_id="two"), TYPED)
    renewal = Renewal(provider)

    renewal.begin()
    wait_until(lambda: provider.held is not TYPED)

    assert not renewal.is_vain


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
    wait_until(lambda: renewal.is_vain)
