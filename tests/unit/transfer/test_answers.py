"""Answers: every cause has one, and those that `get` does not repeat are permanent."""

import pytest

from ossh.model import Cause
from ossh.transfer.answers import ANSWERS, LOCAL, PERMANENT, Answer


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_an_answer(cause: Cause) -> None:
    assert ANSWERS[cause] in Answer


def test_permanent_are_the_refusals_a_repetition_would_not_mend() -> None:
    assert {
        Cause.DENIED,
        Cause.KMS,
        Cause.GONE,
        Cause.REFUSED,
        Cause.LOCAL_CONFLICT,
        Cause.CANNOT_WRITE,
    } == PERMANENT


def test_troubles_of_this_computer_are_never_waited_out() -> None:
    assert {ANSWERS[cause] for cause in LOCAL} == {Answer.GIVE_UP, Answer.STOP}
