"""Asks whoever gives out keys, over HTTP, and reads the answer; no message quotes one."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from ossh.errors import StoreError
from ossh.language import _
from ossh.model import Cause, Failure
from ossh.store.asking import answered
from ossh.store.credentials.config_files import Profile, profile_of

if TYPE_CHECKING:
    from ossh.network import Http, Response

LIMIT_SECONDS = 60.0  # for which an answer may take: keys are a few thousand bytes


def whole_answer(  # noqa: PLR0913 - a request, and what to say when it fails
    http: "Http",
    url: str,
    doing: str,
    *,
    headers: Iterable[str] = (),
    method: str = "GET",
    body: bytes = b"",
    hints: Mapping[Cause, str] | None = None,
) -> "Response":
    """Return an answer below 500; what may pass is tried again.

    Args:
        http: Settings of the network.
        url: Whom to ask.
        doing: What is tried, as it follows "cannot".
        headers: Lines.
        method: GET, POST or PUT.
        body: What to send.
        hints: What to do next where that is not the usual advice.

    Raises:
        StoreError: There is no answer.
    """

    def ask() -> "Response | Failure":
        answer = http.request(url, headers, method=method, body=body, limit_seconds=LIMIT_SECONDS)
        if not isinstance(answer, Failure) and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Failure(Cause.SERVER, str(answer.status), wrong_status(answer.status))
        return answer

    return answered(ask, doing, hints=hints)


def json_object(body: bytes | str, doing: str) -> Mapping[str, object]:
    """Return a JSON object.

    Args:
        body: The text of an answer.
        doing: What was tried, as it follows "cannot".

    Raises:
        StoreError: It is not a JSON object.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise no_keys(doing, _("the answer is not the expected JSON")) from None
    return content


def keys_in(answer: Mapping[str, object], source: str, doing: str) -> Profile:
    """Return the keys of an answer, unchecked.

    Args:
        answer: By any of the spellings that configuration files have.
        source: Who gave it, for people.
        doing: What was tried, as it follows "cannot".

    Raises:
        StoreError: It tells of a failure, or has no keys.
    """
    code = answer.get("Code", "Success")
    if code != "Success":
        raise no_keys(doing, _("the answer is {code!r}").format(code=str(code)[:60]))
    found = profile_of("", source, answer)
    if not (found.key_id and found.secret):
        raise no_keys(doing, _("the answer has no access key"))
    return found


def no_keys(doing: str, why: str, *, hint: str = "", code: str = "") -> StoreError:
    """Return the error of a useless answer.

    Args:
        doing: What was tried, as it follows "cannot".
        why: What is wrong with it; none of its own words but a code.
        hint: What to do next.
        code: Of whoever refused.
    """
    text = _("cannot {do}: {reason}").format(do=doing, reason=why)
    return StoreError(text, hint=hint or None, code=code)


def wrong_status(status: int) -> str:
    """Return what is wrong with an answer of another status than it should have."""
    return _("the answer was {status}").format(status=status)
