"""Answers: every cause has one, and those that `get` does not repeat are permanent."""

from random import Random

import pytest

from ossh.model import Cause
from ossh.transfer.scheduling.retry_policy import (
    DECISIONS,
    MAY_PASS,
    PERMANENT,
    Decision,
    pauses_between_attempts,
)
from tests.unit.transfer.rig import LOCAL


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_an_answer(cause: Cause) -> None:
    assert DECISIONS[cause] in Decision


def test_permanent_are_the_refusals_a_repetition_would_not_mend() -> None:
    assert {
        Cause.DENIED,
        Cause.KMS,
        Cause.GONE,
        Cause.REFUSED,
        Cause.CANNOT_WRITE,
    } == PERMANENT


def test_a_single_request_may_succeed_after_what_passes_and_with_other_keys() -> None:
    assert {Cause.RESET, Cause.NETWORK, Cause.BAD_CREDENTIALS} <= set(MAY_PASS)
    assert Cause.DENIED not in MAY_PASS


def test_troubles_of_this_computer_are_never_waited_out() -> None:
    assert Decision.WAIT not in {DECISIONS[cause] for cause in LOCAL}


def test_what_fails_at_one_moment_comes_back_at_several() -> None:
    pauses = pauses_between_attempts(Random(0))

    assert len({pauses.after(1) for _ in range(9)}) == 9
