"""Counts: they follow the rows when a row changes more than once, or is not there."""

from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import Proof, Status
from tests.unit.manifest.examples import DENIED, NOW, STALLED, Fill, Info


def agrees_with_its_rows(manifest: Manifest) -> bool:
    counted = manifest._db.execute("SELECT * FROM counts WHERE objects OR bytes ORDER BY 1, 2, 3")
    there = manifest._db.execute(
        "SELECT status, coalesce(cause, ''), coalesce(proof, ''), mapped, count(*), sum(size)"
        " FROM objects GROUP BY 1, 2, 3, 4"
    )
    return counted.fetchall() == there.fetchall()


def test_what_becomes_of_rows_is_counted_by_all_that_it_is_asked_for(
    manifest: Manifest, info: Info
) -> None:
    pairs = (("l/a", "a"), ("l/b", "b"), ("l/c", "c"), ("l/../d", ".%2E/d"))
    manifest.add([NewEntry(info(key, size), path) for size, (key, path) in enumerate(pairs)])
    assert agrees_with_its_rows(manifest)

    manifest.record(
        [
            Outcome(1, Status.FAILED, 1, DENIED),
            Outcome(2, Status.FAILED, 1, DENIED, facts=info("l/b", 50)),
            Outcome(3, Status.FAILED, 1, STALLED, proof=Proof.MD5),
            Outcome(4, Status.DONE, 1, proof=Proof.CRC64, facts=info("l/../d", 7)),
        ]
    )
    assert agrees_with_its_rows(manifest)

    manifest.begin_run(NOW, "boot", keep={DENIED.cause})
    assert agrees_with_its_rows(manifest)
    assert manifest.counts().objects[Status.PENDING] == 1

    manifest.remove([2, 4])
    assert agrees_with_its_rows(manifest)


def test_of_several_outcomes_of_one_row_the_last_counts(fill: Fill, info: Info) -> None:
    manifest = fill("a")

    manifest.record(
        [
            Outcome(1, Status.PENDING, 1, DENIED, facts=info("a", 5)),
            Outcome(1, Status.FAILED, 2, DENIED),
            Outcome(1, Status.DONE, 3, proof=Proof.MD5),
        ]
    )

    assert manifest.counts().objects[Status.DONE] == manifest.counts().total == 1
    assert manifest.counts().size[Status.DONE] == manifest.counts().total_size == 5
    assert (manifest.failures_by_cause(), manifest.proofs()) == ((), {Proof.MD5: 1})
    (entry,) = manifest.entries()
    assert (entry.size, entry.attempts, entry.failure) == (5, 3, None)


def test_an_outcome_of_a_row_that_is_gone_counts_nothing(fill: Fill) -> None:
    manifest = fill("a", "b")
    manifest.remove([1, 1])

    manifest.record([Outcome(1, Status.DONE, 1), Outcome(9, Status.DONE, 1)])

    assert manifest.counts().objects[Status.PENDING] == manifest.counts().total == 1


def test_a_large_batch_counts_each_of_its_rows_once(fill: Fill) -> None:
    manifest = fill(*(f"{n:04}" for n in range(1001)))

    manifest.record([Outcome(row, Status.DONE, 1) for row in range(1001, 0, -1)])

    assert manifest.counts().objects[Status.DONE] == manifest.counts().total == 1001
    assert manifest.counts().total_size == 10010


def test_mapped_names_stay_counted_whatever_becomes_of_their_objects(
    manifest: Manifest, info: Info
) -> None:
    pairs = (("l/a", "a"), ("l/../b", ".%2E/b"), ("l/c", "c"))
    manifest.add([NewEntry(info(key), path) for key, path in pairs])
    manifest.record([Outcome(2, Status.FAILED, 1, DENIED)])
    assert manifest.mapped() == 1

    manifest.begin_run(NOW, "boot")
    assert manifest.mapped() == 1

    manifest.remove([2])
    assert manifest.mapped() == 0
