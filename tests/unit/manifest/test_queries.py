"""What can be asked of a manifest besides its entries."""

from collections.abc import Callable
from datetime import UTC

import pytest

from ossh.errors import ManifestError
from ossh.manifest import (
    COMPARED,
    ArchivedGroup,
    Manifest,
    ManifestReader,
    NewEntry,
    Outcome,
    Sample,
)
from ossh.model import Cause, Failure, Proof, Status, Thaw
from ossh.protocol import archived
from tests.unit.manifest.examples import DENIED, NOW, STALLED, Fill, Info, failed


def test_failures_are_counted_by_cause_and_quoted_the_commonest_first(fill: Fill) -> None:
    manifest = fill("a", "b", "c", "d")
    manifest.record([failed(1), failed(2, STALLED), failed(3), failed(4)])
    manifest.record([Outcome(4, Status.DONE, 2)])

    assert manifest.failures_by_cause() == ((Cause.DENIED, 2), (Cause.STALL, 1))
    assert manifest.request_ids(Cause.DENIED, 1) == ("5C3D",)
    assert manifest.request_ids(Cause.DENIED, 9) == ("5C3D", "5C3D")
    assert manifest.request_ids(Cause.STALL, 9) == ()


def test_what_was_said_of_a_cause_is_counted_the_commonest_first(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    other = Failure(DENIED.cause, DENIED.code, "another word for it", "REQ")
    manifest.record([failed(1), failed(2, other), failed(3)])

    assert manifest.messages(Cause.DENIED, 9) == ((DENIED.message, 2), (other.message, 1))
    assert manifest.messages(Cause.DENIED, 1) == ((DENIED.message, 2),)


def test_archived_objects_are_counted_by_class_and_by_whether_they_thaw(
    manifest: Manifest, info: Info
) -> None:
    classes = {"a": "Archive", "b": "Archive", "c": "ColdArchive", "d": "Archive", "e": "Standard"}
    manifest.add([NewEntry(info(key, storage_class=one), key) for key, one in classes.items()])
    frozen, thawing = archived(Thaw.NONE), archived(Thaw.ONGOING)
    manifest.record(
        [
            Outcome(row, Status.ARCHIVED, 0, why)
            for row, why in ((1, frozen), (2, thawing), (3, frozen), (4, frozen))
        ]
    )

    assert manifest.archived() == (
        ArchivedGroup("Archive", is_thawing=False, objects=2, size=20),
        ArchivedGroup("Archive", is_thawing=True, objects=1, size=10),
        ArchivedGroup("ColdArchive", is_thawing=False, objects=1, size=10),
    )


def test_codes_are_those_of_all_failures_for_a_cause(fill: Fill) -> None:
    manifest = fill("a", "b", "c", "d")
    other = Failure(Cause.DENIED, "", "no answer")
    manifest.record([failed(1), failed(2, STALLED), failed(3), failed(4, other)])
    manifest._db.execute("UPDATE entries SET error_code = NULL WHERE row = 4")

    assert manifest.codes(Cause.DENIED) == {"AccessDenied", ""}
    assert manifest.codes(Cause.GONE) == frozenset()


def test_what_a_service_said_cannot_drive_a_terminal(fill: Fill) -> None:
    manifest = fill("a")
    manifest.record([failed(1, Failure(Cause.DENIED, "AccessDenied", "\x1b[2J", "5C\x1b"))])

    assert manifest.messages(Cause.DENIED, 9) == ((r"\x1b[2J", 1),)
    assert manifest.request_ids(Cause.DENIED, 9) == (r"5C\x1b",)


def test_when_all_files_were_compared_is_known_in_utc(manifest: Manifest) -> None:
    assert manifest.compared() is None

    manifest.set_meta(COMPARED, "2026-11-25T09:00:00+01:00")

    found = manifest.compared()
    assert found == NOW
    assert found.tzinfo is UTC


def test_a_listing_is_finished_when_all_its_ranges_are(manifest: Manifest) -> None:
    assert not manifest.is_listing_finished()

    first, second = manifest.start_listing([("", "m"), ("m", "")])
    manifest.add([], second.row, finished=True)
    assert not manifest.is_listing_finished()

    manifest.add([], first.row, finished=True)
    assert manifest.is_listing_finished()


def test_ranges_of_a_listing_come_in_the_order_of_their_keys(manifest: Manifest) -> None:
    manifest.start_listing([("m", ""), ("", "m")])

    assert [(one.row, one.start, one.cursor) for one in manifest.listing()] == [
        (2, "", ""),
        (1, "m", "m"),
    ]


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("statement", "ask", "reason"),
    [
        ("UPDATE counts SET objects = 'x'", Manifest.counts, "'counts': 0.0 is of another type"),
        ("UPDATE counts SET bytes = 0.5", Manifest.counts, "'counts': 0.5 is of another type"),
        ("UPDATE counts SET status = 'running'", Manifest.counts, "'counts': 'running' is not"),
        ("UPDATE counts SET cause = 'luck'", Manifest.failures_by_cause, "'counts': 'luck' is not"),
        (
            "UPDATE counts SET status = 'done', proof = 'oath' WHERE objects = 1",
            Manifest.proofs,
            "'counts': 'oath' is not",
        ),
        ("UPDATE counts SET mapped = 1, objects = x'00'", Manifest.mapped, "'counts': 0.0 is of"),
        (
            "UPDATE counts SET status = 'skipped', proof = '', objects = 'x' WHERE objects = 1",
            Manifest.here_by_date,
            "'counts': 0.0 is of another type",
        ),
        (
            "INSERT INTO parts VALUES ('a', 0, 0.5, '1')",
            Manifest.unfinished_size,
            "'parts': 0.5 is of another type",
        ),
        (
            "UPDATE entries SET path = '../a'",
            lambda one: list(one.entries()),
            "row 1 of 'entries': '../a' is not a path below the target",
        ),
        ("UPDATE meta SET value = x'00'", lambda one: one.get_meta("job_id"), r"'meta': b'.x00'"),
        (
            "INSERT INTO meta VALUES ('compared', 'once')",
            Manifest.compared,
            "row compared of 'meta'",
        ),
        (
            "UPDATE meta SET value = '../x' WHERE name = 'job_id'",
            lambda one: one.job_id,
            "'../x' as 'job_id' in 'meta'",
        ),
        ("UPDATE entries SET size = 0.5", Manifest.archived, "'entries': 0.5 is of another type"),
        ("UPDATE listing SET cursor = x'00'", Manifest.listing, r"'listing': b'.x00' is of"),
        ("UPDATE runs SET outcome = x'00'", Manifest.runs, r"'runs': b'.x00' is of another type"),
        (
            "UPDATE throughput SET objects = 0.5",
            lambda one: one.throughput(1),
            "'throughput': 0.5 is of another type",
        ),
        (
            "UPDATE slowest SET seconds = x'00'",
            lambda one: one.slowest(1),
            r"'slowest': b'.x00' is of another type",
        ),
    ],
)
def test_what_no_ossh_wrote_is_told_of_the_table_that_has_it(
    fill: Fill, statement: str, ask: Callable[[Manifest], object], reason: str
) -> None:
    manifest = fill("a")
    manifest.start_listing([("", "")])
    run = manifest.begin_run(NOW, "boot")
    manifest.sample(run, Sample(1.0, 1, 1, 0))
    manifest.end_run(run, "failed", NOW, slowest=[("a", 2)])
    manifest.record([Outcome(1, Status.ARCHIVED, 0, archived(Thaw.NONE), proof=Proof.MD5)])
    ask(manifest)
    reader = ManifestReader(manifest.path)
    reader.check()
    manifest._db.execute(statement)

    with pytest.raises(ManifestError, match=f"is damaged: {reason}"):
        ask(manifest)
    with pytest.raises(ManifestError, match="is damaged: "):
        reader.check()
