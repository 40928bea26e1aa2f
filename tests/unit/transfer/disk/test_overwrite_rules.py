"""The rules on what is in an object's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.advice import IMMOVABLE, REPLACEABLE
from ossh.model import Cause, Failure
from ossh.transfer.disk.overwrite_rules import (
    RULES,
    Comparison,
    Condition,
    LocalState,
    conflict,
    is_its_date,
    judge,
)

MARKS = st.sets(st.sampled_from(sorted(set(Condition) - {Condition.NOTHING})))
PROOFS = {Condition.AS_LEFT, Condition.OTHER_BYTES, Condition.IN_DOUBT}


@given(MARKS)
def test_whatever_is_there_one_rule_fits_and_what_is_kept_has_a_reason(
    conditions: set[Condition],
) -> None:
    found = judge(conditions)

    assert (found.state is LocalState.CONFLICT) == bool(found.why)
    assert found.state is not LocalState.NEW


def test_nothing_is_new_and_every_rule_can_be_met() -> None:
    assert judge({Condition.NOTHING}) == Comparison(LocalState.NEW)
    assert not judge({Condition.NOTHING}).is_read
    for number, rule in enumerate(RULES):
        assert not any(earlier.conditions <= rule.conditions for earlier in RULES[:number]), rule


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        ({Condition.FOLDER}, "there is a folder in its place"),
        ({Condition.LINK}, "there is a link in its place"),
        ({Condition.LINK, Condition.EDITED}, "there is a link in its place"),
        (
            {Condition.FILE, Condition.EDITED},
            "the local file was edited since it was downloaded",
        ),
        (
            {Condition.FILE},
            "the local file differs from the object, and is not known to be ossh's",
        ),
    ],
)
def test_what_is_kept_is_a_local_conflict_that_says_why(
    conditions: set[Condition], why: str
) -> None:
    failure = judge(conditions).failure

    code = IMMOVABLE if Condition.FOLDER in conditions else REPLACEABLE
    assert failure == Failure(Cause.LOCAL_CONFLICT, code, why)


def test_a_conflict_is_replaceable_exactly_where_replace_moves_what_is_there() -> None:
    for rule in (one for one in RULES if one.why):
        replaced = judge({*rule.conditions, Condition.REPLACE}).state is LocalState.TRASHED

        assert (conflict(rule.why).code == REPLACEABLE) is replaced, rule.why


@given(MARKS)
def test_nothing_is_replaced_but_what_ossh_left(conditions: set[Condition]) -> None:
    is_replaced = judge(conditions).state is LocalState.CHANGED

    assert not is_replaced or Condition.AS_LEFT in conditions


@given(MARKS)
def test_what_ossh_did_not_leave_goes_to_the_trash_only_where_a_person_said_so(
    conditions: set[Condition],
) -> None:
    is_trashed = judge(conditions - PROOFS - {Condition.REPLACE}).state is LocalState.TRASHED

    assert not is_trashed


@given(MARKS)
@pytest.mark.parametrize(
    "kept", [Condition.FOLDER, Condition.ODD, Condition.READ_ONLY, Condition.OF_ANOTHER]
)
def test_some_things_stay_whatever_is_said(kept: Condition, conditions: set[Condition]) -> None:
    found = judge({*conditions, kept})

    assert found.state in {LocalState.CONFLICT, LocalState.HERE}


@pytest.mark.parametrize(
    ("apart", "is_its"), [(0.0, True), (2.0, True), (-2.0, True), (2.5, False), (-777.0, False)]
)
def test_disks_round_dates_to_two_seconds(apart: float, *, is_its: bool) -> None:
    assert is_its_date(1e9 + apart, 1e9) == is_its
