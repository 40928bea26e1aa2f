"""Counts: they follow the rows when a row changes more than once, or is not there."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ossh.manifest import Manifest, NewEntry, Outcome
from ossh.model import AT_TARGET, Cause, Failure, ObjectInfo, Proof, Status
from tests.unit.manifest.examples import DENIED, NOW, STALLED, Fill, Info


def agrees_with_its_rows(manifest: Manifest) -> bool:
    counted = manifest._db.execute("SELECT * FROM counts WHERE objects OR bytes ORDER BY 1, 2, 3")
    there = manifest._db.execute(
        "SELECT status, coalesce(cause, ''), coalesce(proof, ''), mapped, count(*), sum(size)"
        " FROM objects GROUP BY 1, 2, 3, 4"
    )
    return counted.fetchall() == there.fetchall()


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
STEPS = st.lists(OUTCOMES | st.sets(st.integers(1, 5)), max_size=5)


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)  # real files
@given(steps=STEPS)
def test_totals_agree_with_the_rows_whatever_is_recorded_or_removed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("totals") / "a.sqlite"
    with Manifest.create(path) as manifest:
        pairs = [*((f"l/{name}", name) for name in "abcd"), ("l/../e", ".%2E/e")]  # it is mapped
        manifest.add([NewEntry(ObjectInfo(key, 10, "E", NOW), name) for key, name in pairs])
        for step in steps:
            if isinstance(step, set):
                manifest.remove([*step, *step])
            else:
                manifest.record([outcome_of(*fields) for fields in step])
            assert agrees_with_its_rows(manifest)
        manifest.begin_run(NOW, "boot", keep={Cause.DENIED})
        assert agrees_with_its_rows(manifest)

        entries = list(manifest.entries())
        assert manifest.mapped() == sum(entry.key == "l/../e" for entry in entries)
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


def outcome_of(
    row: int, status: Status, failure: Failure | None, proof: Proof | None, size: int | None
) -> Outcome:
    facts = None if size is None else ObjectInfo(f"k{row}", size, "F", NOW)
    return Outcome(row, status, 1, failure, proof=proof, facts=facts)


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


def test_a_large_batch_counts_each_of_its_rows_once(fill: Fill) -> None:
    manifest = fill(*(f"{n:04}" for n in range(1001)))

    manifest.record([Outcome(row, Status.DONE, 1) for row in range(1001, 0, -1)])

    assert manifest.counts().objects[Status.DONE] == manifest.counts().total == 1001
    assert manifest.counts().total_size == 10010
