"""What comes of asking for restores: counts, reasons, rows, exit status."""

from datetime import UTC, datetime

from ossh.model import Cause, Entry, Failure, Proof, Status
from ossh.protocol import THAWING_CODE
from ossh.store.restore import Restored
from ossh.transfer.asked import HOPELESS, Asked, Wish, thawing

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
ENTRY = Entry(
    7, "a", "a", 10, "E1", MOMENT, storage_class="ColdArchive", status=Status.ARCHIVED,
    proof=Proof.CRC64, finished=MOMENT,
)  # fmt: skip
DENIED = Failure(Cause.DENIED, "AccessDenied", "access denied", "5C3D")
WISH = Wish(3, "Bulk")


def test_accepted_object_is_remembered_as_thawing_with_what_was_asked() -> None:
    asked = Asked()

    outcome = asked.learn(ENTRY, Restored.ACCEPTED, WISH)

    assert outcome is not None
    assert (outcome.row, outcome.status, outcome.attempts) == (7, Status.ARCHIVED, 0)
    assert (outcome.proof, outcome.finished) == (Proof.CRC64, MOMENT.timestamp())
    assert outcome.failure is not None
    assert outcome.failure.code == THAWING_CODE
    assert outcome.failure.message.endswith("for 3 days, tier Bulk")
    assert (asked.accepted, asked.accepted_size) == (1, 10)


def test_a_week_is_the_most_of_class_archive() -> None:
    assert thawing("Archive", Wish(30)).message.endswith("UTC for 7 days")
    assert thawing("ColdArchive", Wish(1)).message.endswith("UTC for 1 day")


def test_object_that_thaws_already_or_has_thawed_is_counted_apart() -> None:
    asked = Asked(is_whole=True)

    thaws = asked.learn(ENTRY, Restored.THAWING, WISH)
    readable = asked.learn(ENTRY, Restored.READABLE, WISH)
    gone = asked.learn(ENTRY, Failure(Cause.GONE, "NoSuchKey", "no such object"), WISH)

    states = [one.status for one in (thaws, readable, gone) if one is not None]
    assert states == [Status.ARCHIVED, Status.PENDING, Status.GONE]
    assert (asked.thawing, asked.readable, asked.gone, asked.status) == (1, 1, 1, 0)


def test_refusals_are_grouped_with_advice() -> None:
    asked = Asked(is_whole=True)
    odd = Failure(Cause.REFUSED, "OperationNotSupported", "not supported")

    outcomes = [asked.learn(ENTRY, one, WISH) for one in (DENIED, DENIED, odd)]

    assert outcomes == [None] * 3
    assert {code: one.objects for code, one in asked.refused.items()} == {
        "AccessDenied": 2,
        "OperationNotSupported": 1,
    }
    assert "oss:RestoreObject" in asked.refused["AccessDenied"].advice
    assert asked.refused["OperationNotSupported"].advice == ""
    assert asked.status == 1


def test_nothing_but_refusals_is_hopeless() -> None:
    asked = Asked()
    for _ in range(HOPELESS):
        assert not asked.is_hopeless
        asked.learn(ENTRY, DENIED, WISH)
    assert asked.is_hopeless

    asked.learn(ENTRY, Restored.ACCEPTED, WISH)

    assert not asked.is_hopeless


def test_dead_network_ends_it_resumable() -> None:
    asked = Asked()

    asked.learn(ENTRY, Failure(Cause.NETWORK, "unreachable", "cannot connect"), WISH)

    assert (asked.status, asked.refused) == (3, {})
    assert Asked().status == 130  # stopped before its end
