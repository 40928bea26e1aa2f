"""What a question came to. Details hold only what says nothing of whose bucket it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TypeVar

from ossh import protocol
from ossh.model import Cause, Failure
from ossh.network import Response

_Answer = TypeVar("_Answer")

_CODE = re.compile(r"[A-Za-z0-9 .-]{1,40}")  # of the service, or of ossh
_NOT_ALLOWED = frozenset({Cause.DENIED, Cause.KMS})


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    NONE = "none"  # the bucket, or what its user may do, has nothing to ask it with


@dataclass(frozen=True, slots=True)
class Finding:
    answer: Answer
    detail: str = ""


yes = partial(Finding, Answer.YES)
no = partial(Finding, Answer.NO)
none = partial(Finding, Answer.NONE)


def proved(problems: dict[str, bool], detail: str = "") -> Finding:
    """Return yes if nothing is wrong, else no with the names of what is."""
    wrong = [name for name, is_wrong in problems.items() if is_wrong]
    return no(", ".join(wrong)) if wrong else yes(detail)


def failure_of(answer: Response | Failure) -> Failure | None:
    """Return why an answer is not a success of OSS, None if it is one."""
    if isinstance(answer, Failure):
        return answer
    if answer.status in {200, 206} and protocol.REQUEST_ID in answer.headers:
        return None
    return protocol.failure(answer.status, answer.headers, answer.body)


def code_of(failure: Failure) -> str:
    """Return what a failure is, without the service's words: they may hold names."""
    code = failure.code if _CODE.fullmatch(failure.code) else "an unusual code"
    return f"{failure.cause} ({code})"


def refused(failure: Failure) -> Finding:
    """Return what an unexpected failure comes to."""
    told = none if failure.cause in _NOT_ALLOWED else no
    return told(code_of(failure))


class Settled(Exception):
    """A question has come to a finding before its end."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding


def ok(answer: _Answer | Failure) -> _Answer:
    """Return an answer that is a success.

    Raises:
        Settled: It is not; the question comes to that failure.
    """
    if isinstance(answer, Failure):
        raise Settled(refused(answer))
    if isinstance(answer, Response) and (failure := failure_of(answer)):
        raise Settled(refused(failure))
    return answer


def expected(answer: Response | Failure, cause: Cause, code: str = "") -> Finding:
    """Return whether an answer is the failure that ossh takes for a cause."""
    failure = failure_of(answer)
    if failure is None:
        return no("answered as if nothing were wrong")
    if failure.cause is cause and code in {"", failure.code}:
        return yes(code_of(failure))
    return no(f"{code_of(failure)} instead of {cause}{f' ({code})' if code else ''}")
