"""The rules on what stands in an object's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import Cause, Proof
from ossh.transfer.standing import (
    RULES,
    Found,
    Mark,
    Standing,
    is_damaged,
    is_own_time,
    judged,
    size_mark,
    time_marks,
)

MODIFIED = 1_767_323_045.0
MARKS = st.sets(st.sampled_from(sorted(set(Mark) - {Mark.NOTHING})))
SIZES = st.sampled_from([0, 1, 99, 100, 101, 1000])
TIMES = st.sampled_from([0.0, 0.5, 1.0, -1.5, 2.0, -2.0, 2.5, 777.0, -777.0, 1e8]).map(
    lambda apart: MODIFIED + apart
)


@given(MARKS)
def test_whatever_is_there_one_rule_fits_and_what_is_kept_has_a_reason(marks: set[Mark]) -> None:
    found = judged(marks)

    assert (found.standing is Standing.CONFLICT) == bool(found.why)
    assert found.standing is not Standing.NEW


def test_nothing_is_new_and_every_rule_can_be_met() -> None:
    assert judged({Mark.NOTHING}) == Found(Standing.NEW)
    for number, rule in enumerate(RULES):
        assert not any(earlier.marks <= rule.marks for earlier in RULES[:number]), rule


def test_what_is_kept_is_a_local_conflict_that_says_why() -> None:
    failure = judged({Mark.FOLDER}).failure

    assert (failure.cause, failure.message) == (
        Cause.LOCAL_CONFLICT,
        "a folder stands in its place",
    )


def test_only_the_etag_is_a_proof() -> None:
    assert judged({Mark.SAME_SIZE, Mark.PROVED}) == Found(Standing.HERE, Proof.MD5)
    assert judged({Mark.SAME_SIZE, Mark.ITS_TIME, Mark.TRUSTED}) == Found(Standing.HERE)


@given(size=SIZES, time=TIMES, others=st.sets(st.sampled_from([Mark.READ_ONLY, Mark.TRUSTED])))
def test_an_edited_file_of_the_job_stays_unless_it_has_the_time_that_it_was_given(
    size: int, time: float, others: set[Mark]
) -> None:
    marks = {Mark.FILE, Mark.OURS, size_mark(size, 100), *time_marks(time, MODIFIED), *others}

    stays = judged(marks).standing in {Standing.CONFLICT, Standing.HERE}

    assert stays or is_damaged(size, time, 100, MODIFIED)
    assert not stays or not is_damaged(size, time, 100, MODIFIED) or size == 100


@given(size=SIZES, time=TIMES)
def test_a_file_of_others_stays_unless_it_is_older_or_damaged(size: int, time: float) -> None:
    marks = {Mark.FILE, Mark.TRUSTED, size_mark(size, 100), *time_marks(time, MODIFIED)}

    is_replaced = judged(marks).standing is Standing.CHANGED

    is_older = time < MODIFIED - 2
    assert is_replaced == (is_older or (size < 100 and is_own_time(time, MODIFIED)))


@given(size=SIZES, time=TIMES, is_ours=st.booleans())
def test_a_job_that_says_replace_keeps_no_other_file(
    size: int, time: float, *, is_ours: bool
) -> None:
    marks = {Mark.FILE, Mark.REPLACE, size_mark(size, 100), *time_marks(time, MODIFIED)}
    marks |= {Mark.OURS, Mark.READ_ONLY} if is_ours else set()

    assert judged(marks).standing is Standing.CHANGED


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
    marks = {Mark.FILE, Mark.OURS, Mark.SHORTER, Mark.LATER}

    assert judged(marks | {Mark.UNSAFE}).standing is Standing.CHANGED
    assert judged(marks).standing is Standing.CONFLICT
    assert judged({*marks, Mark.UNSAFE, Mark.LONGER} - {Mark.SHORTER}).standing is Standing.CONFLICT
