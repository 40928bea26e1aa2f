"""Values: an outcome keeps what is known of the file, unless something says otherwise."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ossh.manifest import Outcome, RunRecord, keeping
from ossh.model import Entry, OwnFile, Proof, Status
from tests.unit.manifest.examples import DENIED, NOW

OWN = OwnFile(10, 5, 7)
ENTRY = Entry(3, "k", "k", 10, "E1", NOW, own=OWN, proof=Proof.CRC64, finished=NOW)
NEWER = replace(ENTRY.info, etag="E2")


def test_an_outcome_keeps_what_is_known_of_the_file_in_its_place() -> None:
    kept = keeping(ENTRY, Status.FAILED, DENIED, attempts=2)

    assert kept == Outcome(3, Status.FAILED, 2, DENIED, OWN, Proof.CRC64, NOW.timestamp())
    assert keeping(ENTRY, Status.DONE) == replace(
        kept, status=Status.DONE, attempts=0, failure=None
    )


@pytest.mark.parametrize(
    ("outcome", "proof"),
    [
        (keeping(ENTRY, Status.PENDING, is_disproved=True), None),
        (keeping(ENTRY, Status.PENDING, facts=NEWER), None),
        (keeping(ENTRY, Status.PENDING, facts=ENTRY.info), Proof.CRC64),
    ],
)
def test_a_file_that_is_not_the_object_any_more_is_ours_all_the_same(
    outcome: Outcome, proof: Proof | None
) -> None:
    assert (outcome.own, outcome.proof, outcome.finished) == (OWN, proof, NOW.timestamp())


def test_new_facts_are_recorded_with_the_outcome() -> None:
    assert keeping(ENTRY, Status.PENDING, facts=NEWER).facts == NEWER


def test_a_run_has_taken_some_time_once_it_has_ended() -> None:
    killed = RunRecord(1, NOW, None, "", {}, 0, 0, "boot")

    assert killed.seconds is None
    assert replace(killed, ended=NOW + timedelta(minutes=1)).seconds == 60
