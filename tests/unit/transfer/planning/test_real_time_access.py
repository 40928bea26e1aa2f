"""One answer tells whether archived objects of a bucket can be read as they are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ossh.model import Cause, Failure, ObjectInfo, Thaw
from ossh.transfer.messages import Done, Failed, Fetch, Look, Reply
from ossh.transfer.planning.real_time_access import RealTimeAccess
from tests.unit.transfer.rig import entry

MODIFIED = datetime(2026, 1, 2, tzinfo=UTC)
FROZEN = ObjectInfo("a", 10, "E1", MODIFIED, storage_class="Archive")
ASK = Fetch(entry(1, 10, key="a"))


def failed(cause: Cause) -> Reply:
    return Failed(ASK, Failure(cause, "code", "why"))


@pytest.mark.parametrize(
    ("info", "is_readable"),
    [
        (replace(FROZEN, storage_class="Standard"), True),
        (replace(FROZEN, thaw=Thaw.DONE), True),
        (replace(FROZEN, storage_class="ColdArchive", thaw=Thaw.DONE), True),
        (replace(FROZEN, thaw=Thaw.ONGOING), False),
        (replace(FROZEN, storage_class="ColdArchive"), False),
        (FROZEN, False),
    ],
)
def test_listing_says_what_can_be_read(info: ObjectInfo, is_readable: bool) -> None:  # noqa: FBT001 - a parameter
    assert RealTimeAccess().is_readable(info) is is_readable


def test_first_frozen_object_is_the_test_and_is_taken_once() -> None:
    access = RealTimeAccess()
    access.consider(replace(FROZEN, key="cold", storage_class="ColdArchive"))
    access.consider(replace(FROZEN, key="thaws", thaw=Thaw.ONGOING))
    access.consider(FROZEN)
    access.consider(replace(FROZEN, key="b"))

    assert [access.take_test(), access.take_test()] == ["a", ""]


@pytest.mark.parametrize("is_known", [None, True])
def test_what_is_known_or_only_asked_about_is_not_tested(*, is_known: bool | None) -> None:
    access = RealTimeAccess(is_real_time=is_known)

    assert access.is_readable(FROZEN) is bool(is_known)
    assert access.take_test() == ""
    assert not access.hear(Done(ASK))


def test_answer_with_bytes_makes_all_of_its_class_readable() -> None:
    access = RealTimeAccess()
    access.consider(FROZEN)
    access.take_test()

    assert not access.hear(Done(Fetch(entry(1, 10, key="other"))))
    assert not access.hear(Done(Look(entry(1, key="a"))))
    assert access.hear(Done(ASK))
    assert not access.hear(Done(ASK))  # it is no news any more
    assert access.is_readable(replace(FROZEN, key="b"))
    assert not access.is_readable(replace(FROZEN, storage_class="DeepColdArchive"))


def test_refusal_settles_it_for_the_run() -> None:
    access = RealTimeAccess()
    access.consider(FROZEN)
    access.take_test()

    assert not access.hear(failed(Cause.ARCHIVED))
    assert access.is_real_time is False
    assert access.take_test() == ""


def test_object_that_may_not_be_read_at_all_makes_room_for_another() -> None:
    access = RealTimeAccess()
    access.consider(FROZEN)
    access.take_test()

    access.hear(failed(Cause.TIMEOUT))
    assert access.take_test() == ""  # it will be asked for again
    access.hear(failed(Cause.DENIED))
    access.consider(replace(FROZEN, key="b"))

    assert access.take_test() == "b"
