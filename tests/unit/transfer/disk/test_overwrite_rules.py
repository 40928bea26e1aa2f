"""The rules on what stands in an object's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import Cause, Proof
from ossh.transfer.disk.overwrite_rules import (
    RULES,
    Comparison,
    Condition,
    LocalState,
    is_own_time,
    judge,
    size_condition,
    time_conditions,
)

MODIFIED = 1_767_323_045.0
MARKS = st.sets(st.sampled_from(sorted(set(Condition) - {Condition.NOTHING})))
SIZES = st.sampled_from([0, 1, 99, 100, 101, 1000])
TIMES = st.sampled_from([0.0, 0.5, 1.0, -1.5, 2.0, -2.0, 2.5, 777.0, -777.0, -777.25, 1e8]).map(
    lambda apart: MODIFIED + apart
)


@given(MARKS)
def test_whatever_is_there_one_rule_fits_and_what_is_kept_has_a_reason(
    conditions: set[Condition],
) -> None:
    found = judge(conditions)

    assert (found.state is LocalState.CONFLICT) == bool(found.why)
    assert found.state is not LocalState.NEW


def test_nothing_is_new_and_every_rule_can_be_met() -> None:
    assert judge({Condition.NOTHING}) == Comparison(LocalState.NEW)
    for number, rule in enumerate(RULES):
        assert not any(earlier.conditions <= rule.conditions for earlier in RULES[:number]), rule


def test_what_is_kept_is_a_local_conflict_that_says_why() -> None:
    failure = judge({Condition.FOLDER}).failure

    assert (failure.cause, failure.message) == (
        Cause.LOCAL_CONFLICT,
        "there is a folder in its place",
    )


def test_only_the_etag_is_a_proof() -> None:
    assert judge({Condition.SAME_SIZE, Condition.PROVED}) == Comparison(LocalState.HERE, Proof.MD5)
    assert judge({Condition.SAME_SIZE, Condition.ITS_TIME, Condition.TRUSTED}) == Comparison(
        LocalState.HERE
    )


@given(
    size=SIZES,
    time=TIMES,
    others=st.sets(st.sampled_from([Condition.READ_ONLY, Condition.TRUSTED])),
)
def test_an_edited_file_of_the_job_stays_unless_it_has_the_time_that_it_was_given(
    size: int, time: float, others: set[Condition]
) -> None:
    conditions = {
        Condition.FILE,
        Condition.OURS,
        size_condition(size, 100),
        *time_conditions(time, MODIFIED),
        *others,
    }

    stays = judge(conditions).state in {LocalState.CONFLICT, LocalState.HERE}

    is_damaged = size <= 100 and is_own_time(time, MODIFIED)
    assert stays or is_damaged
    assert not stays or not is_damaged or size == 100


@given(size=SIZES, time=TIMES)
def test_a_file_of_others_stays_unless_it_is_damaged_or_an_older_download(
    size: int, time: float
) -> None:
    conditions = {
        Condition.FILE,
        Condition.TRUSTED,
        size_condition(size, 100),
        *time_conditions(time, MODIFIED),
    }

    is_replaced = judge(conditions).state is LocalState.CHANGED

    is_older = time < MODIFIED - 2 and time.is_integer()
    assert is_replaced == (is_older or (size < 100 and is_own_time(time, MODIFIED)))


@given(size=SIZES, time=TIMES, is_ours=st.booleans())
def test_the_size_of_a_symlink_says_nothing_of_a_file_of_others(
    size: int, time: float, *, is_ours: bool
) -> None:
    conditions = {
        Condition.FILE,
        Condition.FOR_LINK,
        size_condition(size, 0),
        *time_conditions(time, MODIFIED),
    }
    conditions |= {Condition.OURS} if is_ours else set()

    is_kept = judge(conditions).state is LocalState.CONFLICT

    is_older = time < MODIFIED - 2 and time.is_integer()
    is_copy = is_own_time(time, MODIFIED) and (size == 0 or not is_ours)
    assert is_kept != (is_copy or (is_older and not is_ours))


@given(size=SIZES, time=TIMES, is_ours=st.booleans())
def test_a_job_that_says_replace_keeps_no_other_file(
    size: int, time: float, *, is_ours: bool
) -> None:
    conditions = {
        Condition.FILE,
        Condition.REPLACE,
        size_condition(size, 100),
        *time_conditions(time, MODIFIED),
    }
    conditions |= {Condition.OURS, Condition.READ_ONLY} if is_ours else set()

    assert judge(conditions).state is LocalState.CHANGED


@pytest.mark.parametrize(
    ("apart", "is_own"),
    [
        (0.0, True),
        (0.004, True),
        (-1.0, True),
        (2.0, True),
        (0.5, False),
        (-1.75, False),
        (3.0, False),
        (-777.0, False),
    ],
)
def test_disks_round_to_seconds_and_people_do_not(apart: float, *, is_own: bool) -> None:
    assert is_own_time(MODIFIED + apart, MODIFIED) == is_own


def test_after_a_start_of_the_machine_a_short_file_of_that_time_is_damaged() -> None:
    conditions = {Condition.FILE, Condition.OURS, Condition.SHORTER, Condition.LATER}

    assert judge(conditions | {Condition.UNSAFE}).state is LocalState.CHANGED
    assert judge(conditions).state is LocalState.CONFLICT
    assert (
        judge({*conditions, Condition.UNSAFE, Condition.LONGER} - {Condition.SHORTER}).state
        is LocalState.CONFLICT
    )
