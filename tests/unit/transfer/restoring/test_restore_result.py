"""What comes of asking for restores: counts, reasons, rows, exit status."""

from datetime import UTC, datetime

from ossh.model import Cause, Entry, Failure, Proof, Status
from ossh.protocol import THAWING_CODE
from ossh.store.restore import Restored
from ossh.transfer.restoring.restore_result import HOPELESS, RestoreRequest, RestoreResult, thawing

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
ENTRY = Entry(
    7, "a", "a", 10, "E1", MOMENT, storage_class="ColdArchive", status=Status.ARCHIVED,
    proof=Proof.CRC64, finished=MOMENT,
)  # fmt: skip
DENIED = Failure(Cause.DENIED, "AccessDenied", "access denied", "5C3D")
REQUEST = RestoreRequest(3, "Bulk")


def test_accepted_object_is_remembered_as_thawing_with_what_was_asked() -> None:
    result = RestoreResult()

    outcome = result.learn(ENTRY, Restored.ACCEPTED, REQUEST)

    assert outcome is not None
    assert (outcome.row, outcome.status, outcome.attempts) == (7, Status.ARCHIVED, 0)
    assert (outcome.proof, outcome.finished) == (Proof.CRC64, MOMENT.timestamp())
    assert outcome.failure is not None
    assert outcome.failure.code == THAWING_CODE
    assert outcome.failure.message.endswith("for 3 days, tier Bulk")
    assert (result.accepted, result.accepted_size) == (1, 10)


def test_a_week_is_the_most_of_class_archive() -> None:
    assert thawing("Archive", RestoreRequest(30)).message.endswith("UTC for 7 days")
    assert thawing("ColdArchive", RestoreRequest(1)).message.endswith("UTC for 1 day")


def test_object_that_thaws_already_or_has_thawed_is_counted_apart() -> None:
    result = RestoreResult(is_whole=True)

    thaws = result.learn(ENTRY, Restored.THAWING, REQUEST)
    readable = result.learn(ENTRY, Restored.READABLE, REQUEST)
    gone = result.learn(ENTRY, Failure(Cause.GONE, "NoSuchKey", "no such object"), REQUEST)

    states = [one.status for one in (thaws, readable, gone) if one is not None]
    assert states == [Status.ARCHIVED, Status.PENDING, Status.GONE]
    assert (result.thawing, result.readable, result.gone, result.status) == (1, 1, 1, 0)


def test_refusals_are_grouped_with_advice() -> None:
    result = RestoreResult(is_whole=True)
    odd = Failure(Cause.REFUSED, "OperationNotSupported", "not supported")

    outcomes = [result.learn(ENTRY, one, REQUEST) for one in (DENIED, DENIED, odd)]

    assert outcomes == [None] * 3
    assert {code: one.objects for code, one in result.refused.items()} == {
        "AccessDenied": 2,
        "OperationNotSupported": 1,
    }
    assert "oss:RestoreObject" in result.refused["AccessDenied"].advice
    assert result.refused["OperationNotSupported"].advice == ""
    assert result.status == 1


def test_nothing_but_refusals_is_hopeless() -> None:
    result = RestoreResult()
    for _ in range(HOPELESS):
        assert not result.is_hopeless
        result.learn(ENTRY, DENIED, REQUEST)
    assert result.is_hopeless

    result.learn(ENTRY, Restored.ACCEPTED, REQUEST)

    assert not result.is_hopeless


def test_dead_network_ends_it_resumable() -> None:
    result = RestoreResult()

    result.learn(ENTRY, Failure(Cause.NETWORK, "unreachable", "cannot connect"), REQUEST)

    assert (result.status, result.refused) == (3, {})
    assert RestoreResult().status == 130  # stopped before its end
