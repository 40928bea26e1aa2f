"""What a question comes to. Details hold only what says nothing of whose bucket it is.

A question that is answered with yes returns the detail. Otherwise it raises one of these.
"""

from __future__ import annotations

import re
from typing import NoReturn, TypeVar

from ossh import protocol
from ossh.model import Cause, Failure
from ossh.network import Response

_Answer = TypeVar("_Answer")

_CODE = re.compile(r"[A-Za-z0-9 .-]{1,40}")  # of the service, or of ossh
_NOT_ALLOWED = frozenset({Cause.DENIED, Cause.KMS})


class No(Exception):
    """OSS does not do what ossh relies on."""


class NotAsked(Exception):
    """The bucket, or what its user may do, has nothing to ask it with."""


def proved(problems: dict[str, bool], detail: str = "") -> str:
    """Return the detail if nothing is wrong.

    Raises:
        No: Something is; the names of all that is.
    """
    if wrong := [name for name, is_wrong in problems.items() if is_wrong]:
        raise No(", ".join(wrong))
    return detail


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


def refuse(failure: Failure) -> NoReturn:
    """Raise what an unexpected failure comes to."""
    raise (NotAsked if failure.cause in _NOT_ALLOWED else No)(code_of(failure))


def ok(answer: _Answer | Failure) -> _Answer:
    """Return an answer that is a success; else the question comes to its failure."""
    if isinstance(answer, Failure):
        refuse(answer)
    if isinstance(answer, Response) and (failure := failure_of(answer)):
        refuse(failure)
    return answer


def expected(answer: Response | Failure, cause: Cause, code: str = "") -> str:
    """Return what an answer is, if it is the failure that ossh takes for a cause.

    Raises:
        No: It is not.
    """
    failure = failure_of(answer)
    if failure is None:
        raise No("answered as if nothing were wrong")
    if failure.cause is cause and code in {"", failure.code}:
        return code_of(failure)
    raise No(f"{code_of(failure)} instead of {cause}{f' ({code})' if code else ''}")
