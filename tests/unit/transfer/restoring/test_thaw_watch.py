"""What a look at archived objects makes of their rows, and when the next look is due."""

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.manifest import Manifest, NewEntry
from ossh.model import Cause, Entry, Failure, ObjectInfo, Status, Thaw, TransferSettings
from ossh.network import Http
from ossh.protocol import THAWING_CODE, archived
from ossh.store.listing import Lister, PageQuery
from ossh.store.signer import Signer
from ossh.transfer.planning.real_time_access import RealTimeAccess
from ossh.transfer.restoring.thaw_watch import THAW_CHECKS, ThawWatch, outcome_of
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.scheduler import Scheduler
from ossh.transfer.watching import Summary
from tests.unit.transfer.rig import failure

MODIFIED = datetime(2026, 1, 2, tzinfo=UTC)
COLD = ObjectInfo("cold", 10, "E1", MODIFIED, storage_class="ColdArchive")
ENTRY = Entry(
    7, "cold", "cold", 10, "E1", MODIFIED, storage_class="ColdArchive",
    status=Status.ARCHIVED, failure=archived(Thaw.NONE),
)  # fmt: skip


@pytest.mark.parametrize(
    ("info", "status", "code"),
    [
        (replace(COLD, thaw=Thaw.DONE), Status.PENDING, ""),
        (replace(COLD, thaw=Thaw.ONGOING), Status.ARCHIVED, THAWING_CODE),
        (replace(COLD, storage_class="Standard"), Status.PENDING, ""),
        (None, Status.GONE, "NoSuchKey"),
    ],
)
def test_row_follows_what_the_bucket_says(
    info: ObjectInfo | None, status: Status, code: str
) -> None:
    outcome = outcome_of(ENTRY, info, RealTimeAccess())

    assert outcome is not None
    assert (outcome.row, outcome.status, outcome.attempts) == (7, status, 0)
    assert (outcome.failure.code if outcome.failure else "") == code


def test_row_that_is_as_before_needs_no_record() -> None:
    assert outcome_of(ENTRY, COLD, RealTimeAccess()) is None


def test_words_of_who_asked_for_it_stay_while_it_thaws() -> None:
    asked = replace(ENTRY, failure=Failure(Cause.ARCHIVED, THAWING_CODE, "asked for on Monday"))

    assert outcome_of(asked, replace(COLD, thaw=Thaw.ONGOING), RealTimeAccess()) is None


def test_object_that_was_replaced_brings_new_facts() -> None:
    other = replace(COLD, size=20, etag="E2")

    outcome = outcome_of(ENTRY, other, RealTimeAccess())

    assert outcome is not None
    assert (outcome.status, outcome.facts) == (Status.ARCHIVED, other)


def test_symlink_keeps_the_facts_of_what_it_points_to() -> None:
    link = replace(COLD, type="Symlink", size=0, etag="L", storage_class="Standard")

    outcome = outcome_of(replace(ENTRY, type="Symlink"), link, RealTimeAccess())

    assert outcome is not None
    assert (outcome.status, outcome.facts) == (Status.PENDING, None)


def nobody() -> Signer:
    raise AssertionError


class Unreachable(Lister):
    """The lister of a bucket that no request reaches."""

    pages = 0

    def page(self, _asked: PageQuery) -> Failure:
        self.pages += 1
        return failure(Cause.NETWORK)


def test_a_look_that_fails_for_days_is_tried_again(tmp_path: Path) -> None:
    lister = Unreachable(nobody, Http())
    with Manifest.create(tmp_path / "j.sqlite") as manifest:
        manifest.add([NewEntry(COLD, "cold", Status.ARCHIVED, archived(Thaw.ONGOING))])
        scheduler = Scheduler(
            TransferSettings(),
            Outcomes(manifest.counts(), Summary(), 0.0, manifest.file_of),
            0,
            random.Random(0),
            is_dry=False,
            records_links=False,
        )
        scheduler.service.served(0.0)
        thawing = ThawWatch(manifest, scheduler, lister, RealTimeAccess(), THAW_CHECKS, 0.0)

        for number in range(1, 200):  # every other turn looks
            thawing.turn(number * 10 * THAW_CHECKS.longest)
            for thread in threading.enumerate():
                if thread.name == "ossh-call":
                    thread.join()

        assert lister.pages == 100

    assert not scheduler.state.is_stopping
