"""Asks a server that gives out keys, and reads its answer; no message quotes one.

`doing` is everywhere what is tried, as it follows "cannot".
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ossh.errors import StoreError, UsageError
from ossh.language import _, said
from ossh.model import NO_PROXY, Cause, Failure
from ossh.store.credentials.config_files import Profile, profile_of
from ossh.store.credentials.environment import Environment
from ossh.store.retries import with_retries

if TYPE_CHECKING:  # as it brings libcurl, which a program that gives keys does not need
    from ossh.network import Http, Response

LIMIT_SECONDS = 60.0  # an answer is a few thousand bytes
_DIRECT = frozenset({"localhost", "127.0.0.1", "::1", "100.100.100.200"})  # without proxy


def keys_at(environment: Environment, uri: str, source: str) -> Profile:
    """Return the keys that a URI gives, unchecked.

    On this machine it is never asked through a proxy. Only the URI's host is shown: it may hold a
    password.

    Raises:
        UsageError: It is not such a URI.
        StoreError: It does not answer, or not with keys.

    Source: Alibaba Cloud SDK documentation, "Manage access credentials", credentials_uri.
    """
    from ossh.network import Http  # noqa: PLC0415 - as above

    host = _host_of(uri)
    if not host:
        raise UsageError(
            _("the credentials URI of {source} is not an address").format(source=said(source)),
            hint=_("it must start with http:// or https://"),
        )
    doing = _("get keys from the credentials URI at {host}").format(host=host)
    route = environment.route
    if host in _DIRECT:
        route = replace(route, proxy=NO_PROXY)
    with closing(Http(route=route)) as http:
        answer = whole_answer(http, uri, doing)
    if answer.status != HTTPStatus.OK:
        raise no_keys(doing, wrong_status(answer.status))
    return keys_in(json_object(answer.body, doing), doing)


def _host_of(uri: str) -> str:
    """Return the host of a URI, "" when it cannot be asked."""
    if not (uri.isascii() and uri.isprintable()):
        return ""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def whole_answer(
    http: "Http",
    url: str,
    doing: str,
    *,
    headers: Iterable[str] = (),
    hints: Mapping[Cause, str] | None = None,
    **options: Any,  # noqa: ANN401 - as `Http.request` has them
) -> "Response":
    """Return an answer with a status below 500; other failures that may pass are tried again.

    `hints` say what to do next, where it is not the usual advice.

    Raises:
        StoreError: There is no answer.
    """

    def ask() -> "Response | Failure":
        answer = http.request(url, headers, limit_seconds=LIMIT_SECONDS, **options)
        if not isinstance(answer, Failure) and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Failure(Cause.SERVER, str(answer.status), wrong_status(answer.status))
        return answer

    return with_retries(ask, doing, hints=hints)


def json_object(body: bytes | str, doing: str) -> Mapping[str, object]:
    """Return the JSON object that is the body of an answer, or raise a `StoreError`."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise no_keys(doing, _("the answer is not the expected JSON")) from None
    return content


def keys_in(answer: Mapping[str, object], doing: str) -> Profile:
    """Return the keys of an answer, unchecked; names are spelled as in any configuration file.

    Raises:
        StoreError: It reports a failure, or has no keys.
    """
    code = answer.get("Code", "Success")
    if code != "Success":
        raise no_keys(doing, _("the answer is {code!r}").format(code=str(code)[:60]))
    found = profile_of("", "", answer)
    if not (found.key_id and found.secret):
        raise no_keys(doing, _("the answer has no access key"))
    return found


def no_keys(doing: str, why: str, *, hint: str = "", code: str = "") -> StoreError:
    """Return the error for an answer without usable keys; `why` may quote a code, nothing else."""
    text = _("cannot {do}: {reason}").format(do=doing, reason=why)
    return StoreError(text, hint=hint or None, code=code, cause=Cause.BAD_CREDENTIALS)


def wrong_status(status: int) -> str:
    """Return what is wrong with an answer of an unexpected status."""
    return _("the answer was {status}").format(status=status)
