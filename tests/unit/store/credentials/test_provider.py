"""How credentials are held, and when they are fetched again."""

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from ossh.errors import StoreError
from ossh.model import Cause, Failure
from ossh.store.credentials import Credentials, Provider, Renewal

START = 1_800_000_000.0


class Source:
    """A source whose keys can change, and which counts how often it is asked."""

    def __init__(self, found: Credentials | None) -> None:
        self.found = found
        self.fault: StoreError | None = None
        self.asked = 0

    def __call__(self) -> Credentials | None:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return self.found


def good_for(seconds: float, name: str = "STS.one") -> Credentials:
    return Credentials(name, "s", "t", expires=datetime.fromtimestamp(START + seconds, UTC))


def held(found: Credentials) -> tuple[Source, Provider, list[float]]:
    """Return a source, who holds what it has found, and its clock."""
    source, now = Source(found), [START]
    provider = Provider(source, now=lambda: now[0])
    provider.current()
    return source, provider, now


def test_a_provider_looks_once_and_again_when_asked() -> None:
    present = [Credentials("one", "secret")]
    provider = Provider(lambda: present[0])

    assert provider.current().access_key_id == "one"
    present[0] = Credentials("two", "secret")
    assert provider.current().access_key_id == "one"
    assert provider.reload()
    assert provider.current().access_key_id == "two"
    assert not provider.reload()


def test_a_provider_without_credentials_says_what_to_do() -> None:
    with pytest.raises(StoreError, match="no credentials found") as caught:
        Provider(lambda: None).current()

    assert caught.value.hint is not None
    assert "--anonymous" in caught.value.hint


@pytest.mark.parametrize(("life", "age"), [(3600, 3300), (900, 720), (10, 8)])
def test_keys_are_fetched_again_before_they_expire(life: float, age: float) -> None:
    source, provider, now = held(good_for(life))
    source.found = good_for(2 * life, "STS.two")

    now[0] = START + age - 1
    before = (provider.is_due, provider.current().access_key_id)
    now[0] = START + age

    assert before == (False, "STS.one")
    assert provider.is_due
    assert provider.current().access_key_id == "STS.two"
    assert not provider.is_due
    assert source.asked == 2


def test_the_same_keys_may_be_good_for_longer() -> None:
    source, provider, now = held(good_for(100))
    source.found = good_for(10_000)
    now[0] = START + 90

    assert not provider.reload()
    assert not provider.is_due
    assert provider.current().expires == good_for(10_000).expires


def test_a_source_that_fails_is_left_alone_for_a_while_and_says_why() -> None:
    source, provider, now = held(good_for(100))
    source.fault = StoreError("nobody answers")
    now[0] = START + 90

    assert provider.current().access_key_id == "STS.one"
    assert provider.problem == "nobody answers"
    assert not provider.is_due
    now[0] += 5
    assert provider.is_due
    source.fault, source.found = None, good_for(1000, "STS.two")
    assert provider.reload()
    assert provider.problem == ""


def test_a_fault_of_the_first_look_is_told() -> None:
    source = Source(None)
    source.fault = StoreError("nobody answers")

    with pytest.raises(StoreError, match="nobody answers"):
        Provider(source).current()


def test_typed_keys_take_the_place_of_those_of_a_source_with_its_address() -> None:
    special = (("b", "https://c", "cname"),)
    old = Credentials("old", "s", endpoint="https://e", region="r", bucket_endpoints=special)
    provider = Provider(lambda: old)
    provider.current()

    provider.follow(Provider(lambda: Credentials("new", "s", endpoint="https://x")))

    kept = provider.current()
    assert (kept.access_key_id, kept.endpoint, kept.region) == ("new", "https://e", "r")
    assert kept.address_of("b") == ("https://c", "cname")
    assert not provider.reload()
    assert provider.current().access_key_id == "new"


def test_who_follows_another_has_its_new_keys_too() -> None:
    other = Source(Credentials("one", "s"))
    provider = Provider(lambda: Credentials("mine", "s"))
    provider.follow(Provider(other))
    other.found = Credentials("two", "s")

    assert provider.reload()
    assert provider.current().access_key_id == "two"


def test_threads_that_find_keys_expired_ask_their_source_once() -> None:
    asking, looked, go_on = threading.Event(), threading.Event(), threading.Event()
    asked, found = count(1), list[bool]()

    class Watched(Provider):
        """Tells when somebody has looked which keys are held."""

        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if name == "held":
                looked.set()
            return value

    def renew() -> Credentials:
        asking.set()
        go_on.wait(60)
        return Credentials(f"new-{next(asked)}", "s")

    provider = Watched(renew, Credentials("old", "s"))
    threads = [threading.Thread(target=lambda: found.append(provider.reload())) for _ in range(2)]
    threads[0].start()
    assert asking.wait(60)
    looked.clear()
    threads[1].start()
    assert looked.wait(60)
    go_on.set()
    for thread in threads:
        thread.join(60)

    assert found == [True, True]
    assert provider.current().access_key_id == "new-1"


def test_keys_that_have_expired_when_they_come_are_not_asked_for_all_the_time() -> None:
    now, numbers = [START], count(1)
    provider = Provider(lambda: good_for(-3600, f"{next(numbers)}"), now=lambda: now[0])
    before = [int(provider.current().access_key_id) for _request in range(100)][-1]
    now[0] += 6

    assert before <= 2
    assert int(provider.current().access_key_id) == before + 1


def test_a_function_that_fails_changes_nothing_and_its_words_are_not_told() -> None:
    answers = [Credentials("one", "secret")]

    def find() -> Credentials:
        return answers.pop()

    provider = Provider(find)
    before = provider.current()

    assert not provider.reload()
    assert provider.current() is before
    assert provider.problem == "looking for credentials failed with IndexError"


def test_all_that_were_refused_the_same_keys_go_on_with_what_one_of_them_found() -> None:
    expired = Failure(Cause.EXPIRED, "SecurityTokenExpired", "expired")
    source, provider, _now = held(Credentials("one", "s"))
    first, late = Renewal(provider), Renewal(provider)
    source.found = Credentials("two", "s")

    assert first(expired)
    assert late(expired)
    assert source.asked == 2
    assert not late(expired)  # those are refused, too, and there are no others


def test_another_key_is_no_cure_for_another_endpoint() -> None:
    source, provider, _now = held(Credentials("one", "s"))

    assert not Renewal(provider)(Failure(Cause.WRONG_ENDPOINT, "AccessDenied", "elsewhere"))
    assert source.asked == 1


if sys.platform != "win32":  # which has no fork

    def test_a_forked_process_waits_for_no_thread_of_its_parent() -> None:
        asked, begun, answer = count(), threading.Event(), threading.Event()

        def find() -> Credentials:
            if next(asked) == 0:
                begun.set()
                answer.wait()
            return Credentials("id", "secret")

        provider = Provider(find)
        asking = threading.Thread(target=provider.current)
        asking.start()
        begun.wait()
        if (child := os.fork()) == 0:
            signal.alarm(10)  # instead of waiting for ever
            os._exit(0 if provider.current().access_key_id == "id" else 1)
        _pid, status = os.waitpid(child, 0)
        answer.set()
        asking.join()

        assert status == 0
