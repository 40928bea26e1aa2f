"""What restoring means, before anybody is asked; and what came of it, in words."""

import pytest

from ossh.commands.restore import result_lines, takes
from ossh.console.views.text import unpainted
from ossh.model import Cause, Failure
from ossh.transfer.restoring.restore_result import HOPELESS, Refusals, RestoreResult


def asked(result: RestoreResult) -> list[str]:
    return list(map(unpainted, result_lines(result)))


@pytest.mark.parametrize(
    ("storage_class", "tier", "said"),
    [
        ("Archive", "Bulk", "readable within minutes"),
        ("ColdArchive", "", "readable in 2 to 5 hours"),
        ("DeepColdArchive", "Expedited", "readable within 12 hours"),
        ("DeepColdArchive", "Bulk", "OSS has no tier Bulk for this class and will refuse"),
        ("Standard", "", "readable once it has thawed"),  # since archived, says a GET
    ],
)
def test_each_class_takes_its_time(storage_class: str, tier: str, said: str) -> None:
    assert takes(storage_class, tier) == said


def test_what_was_asked_for_and_what_not_is_counted() -> None:
    done = RestoreResult(accepted=3, accepted_size=30, thawing=2, readable=1, gone=4, is_whole=True)

    shown = asked(done)

    assert shown == [
        "asked OSS to restore 3 objects, 30 B, in 0.1 s",
        "not requested: 2 already being restored, 1 readable now, 4 gone from the bucket",
        "next: 'get --wait-restore' fetches each as it thaws",
    ]


def test_refusals_name_reason_advice_and_request() -> None:
    denied = Refusals(Failure(Cause.DENIED, "AccessDenied", "access denied", "5C3D"), HOPELESS)
    odd = Refusals(Failure(Cause.REFUSED, "OperationNotSupported", "not supported"), 1)
    refused = {"AccessDenied": denied, "OperationNotSupported": odd}

    shown = asked(RestoreResult(refused=refused))

    assert shown == [
        "stopped: asked OSS to restore 0 objects, 0 B, in 0.1 s",
        "       20  AccessDenied  access denied",
        (
            "           to do: the user needs oss:RestoreObject on this bucket: ask whoever runs "
            "the account (5C3D)"
        ),
        "        1  OperationNotSupported  not supported",
        "           to do: give this request ID to support",
        "gave up: every request was refused; fix that, and 'restore' continues",
    ]


def test_what_was_stopped_can_be_gone_on_with() -> None:
    shown = asked(RestoreResult(accepted=1, accepted_size=10))

    assert shown[1:] == [
        "next: 'restore' resumes where this stopped and requests nothing twice",
        "next: 'get --wait-restore' fetches each as it thaws",
    ]
