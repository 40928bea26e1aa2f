"""Totals and the rest of what can be asked: they always agree with the rows."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ossh.manifest import ArchivedGroup, Manifest, NewEntry, Outcome
from ossh.model import AT_TARGET, Cause, Failure, ObjectInfo, Proof, Status, Thaw
from ossh.protocol import archived
from tests.unit.manifest.examples import DENIED, NOW, STALLED, Fill, Info, failed


def test_failures_are_counted_by_cause_the_commonest_first(fill: Fill) -> None:
    manifest = fill("a", "b", "c", "d")
    manifest.record([failed(1), failed(2, STALLED), failed(3), failed(4)])
    manifest.record([Outcome(4, Status.DONE, 2)])

    assert manifest.failures_by_cause() == ((Cause.DENIED, 2), (Cause.STALL, 1))


def test_requests_to_quote_are_those_that_failed_for_a_cause(fill: Fill) -> None:
    manifest = fill("a", "b", "c", "d")
    manifest.record([failed(1), failed(2, STALLED), failed(3), failed(4)])
    manifest.record([Outcome(4, Status.DONE, 2)])

    assert manifest.request_ids(Cause.DENIED, 1) == ("5C3D",)
    assert manifest.request_ids(Cause.DENIED, 9) == ("5C3D", "5C3D")
    assert manifest.request_ids(Cause.STALL, 9) == ()


def test_what_was_said_of_a_cause_is_counted_the_commonest_first(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    other = Failure(DENIED.cause, DENIED.code, "another word for it", "REQ")
    manifest.record([failed(1), failed(2, other), failed(3)])

    assert manifest.messages(Cause.DENIED, 9) == ((DENIED.message, 2), (other.message, 1))
    assert manifest.messages(Cause.DENIED, 1) == ((DENIED.message, 2),)


def test_proofs_are_counted_for_finished_objects(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    manifest.record([Outcome(n, Status.DONE, 1, proof=Proof.CRC64) for n in (1, 2)])
    manifest.record([Outcome(2, Status.PENDING, 0), Outcome(3, Status.DONE, 1, proof=Proof.LENGTH)])

    assert manifest.proofs() == {Proof.CRC64: 1, Proof.LENGTH: 1}


def test_mapped_names_are_counted(manifest: Manifest, info: Info) -> None:
    manifest.add([NewEntry(info("logs/a"), "a"), NewEntry(info("logs/../b"), ".%2E/b")])
    manifest.add([NewEntry(info("logs/"), "./")])

    assert manifest.mapped() == 1


OUTCOMES = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from(Status),
        st.none() | st.sampled_from((DENIED, STALLED)),
        st.none() | st.sampled_from(Proof),
        st.none() | st.integers(0, 1000),
    ),
    max_size=12,
)


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)  # real files
@given(batches=st.lists(OUTCOMES, max_size=4), removed=st.sets(st.integers(1, 5)))
def test_totals_agree_with_the_rows_whatever_is_recorded(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[tuple[int, Status, Failure | None, Proof | None, int | None]]],
    removed: set[int],
) -> None:
    path = tmp_path_factory.mktemp("totals") / "a.sqlite"
    with Manifest.create(path) as manifest:
        keys = [f"k{n}" for n in range(1, 6)]
        manifest.add([NewEntry(ObjectInfo(key, 10, "E", NOW), key) for key in keys])
        for batch in batches:
            manifest.record(
                [
                    Outcome(
                        row,
                        status,
                        1,
                        failure,
                        proof=proof,
                        facts=None if size is None else ObjectInfo(f"k{row}", size, "F", NOW),
                    )
                    for row, status, failure, proof, size in batch
                ]
            )
        manifest.remove(sorted(removed))
        manifest.begin_run(NOW, "boot", keep={Cause.DENIED})

        entries = list(manifest.entries())
        counts = manifest.counts()
        assert {s: n for s, n in counts.objects.items() if n} == Counter(
            entry.status for entry in entries
        )
        assert counts.total_size == sum(entry.size for entry in entries)
        assert dict(manifest.failures_by_cause()) == Counter(
            entry.failure.cause for entry in manifest.not_at_target() if entry.failure
        )
        for among in (AT_TARGET, {Status.DONE}):
            assert manifest.proofs(among) == Counter(
                entry.proof for entry in entries if entry.proof and entry.status in among
            )


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
