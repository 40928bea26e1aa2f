"""Asks a bucket for the pages of its listing, a thousand keys each, or for one version of a key.

Source: OSS API reference, "ListObjectsV2", "HeadObject".
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from ossh import protocol
from ossh.language import Words
from ossh.model import Cause, Failure, ObjectInfo
from ossh.paths import printable
from ossh.store.head import info_of
from ossh.store.page import ListPage, parse_page
from ossh.store.signer import Signer

if TYPE_CHECKING:
    from ossh.network import Http, Response

_UNASKED = "unasked keys"
MAX_KEYS = 1000  # in a page; the service's limit


class Lister:
    """Asks a bucket for pages.

    Args:
        signer_of: Returns the present signer; credentials may change between two pages.
        http: Sends requests.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        signer_of: Callable[[], Signer],
        http: "Http",
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._signer_of = signer_of
        self._http = http
        self._clock = clock

    def page(
        self,
        prefix: str,
        *,
        delimiter: str = "",
        start_after: str = "",
        token: str = "",
        max_keys: int = MAX_KEYS,
    ) -> ListPage | Failure:
        """Return one page, or why it is missing.

        When the service finds this computer's clock wrong, the signer is told the difference
        and the page is asked for once more.

        Args:
            prefix: What the keys start with.
            delimiter: Cuts off keys behind its first occurrence after the prefix; "" does not.
            start_after: The key to go on behind; "" for the first.
            token: Of the page before; it says more than `start_after`.
            max_keys: Of objects and prefixes together, 1 to 1000.

        Raises:
            StoreError, UsageError: There are no usable credentials (from `signer_of`).
        """
        asked = {
            "list-type": "2",
            "encoding-type": "url",
            "max-keys": str(max_keys),
            "prefix": prefix,
            "delimiter": delimiter,
            "continuation-token": token,
            "start-after": "" if token else start_after,
        }
        query = {name: value for name, value in asked.items() if value}
        answer = self._ask(query)
        if isinstance(answer, Failure):
            return answer
        page = _page_of(answer)
        if isinstance(page, Failure):
            return page
        why = _disobedience(page, asked)
        if why is None:
            return page
        return replace(why, request_id=printable(answer.headers[protocol.REQUEST_ID]))

    def look(self, key: str, version_id: str) -> ObjectInfo | Failure:
        """Return one version of an object, which no page shows, or why it is missing.

        Raises:
            StoreError, UsageError: As for `page`.
        """
        answer = self._ask({"versionId": version_id}, key)
        if isinstance(answer, Failure):
            return answer
        if answer.status != HTTPStatus.OK or protocol.REQUEST_ID not in answer.headers:
            return protocol.failure(answer.status, answer.headers, answer.body)
        try:
            return info_of(key, answer.headers)
        except (KeyError, ValueError):
            text = Words("the answer lacks the object's size or date")
            return Failure(Cause.CORRUPT, "bad answer", text)

    def _ask(self, query: Mapping[str, str], key: str | None = None) -> "Response | Failure":
        """Return the answer to a request, with a corrected clock if that helps.

        Args:
            query: What is asked.
            key: The object to look at; None for the bucket.
        """
        signer = self._signer_of()
        answer = self._send(signer, query, key)
        if isinstance(answer, Failure) or not _is_clock_wrong(answer):
            return answer
        served = protocol.server_time(answer.headers, answer.body)
        if served is None:
            return answer
        before, signer.clock_offset = signer.clock_offset, served - self._clock()
        again = self._send(signer, query, key)
        if isinstance(again, Failure) or not _is_clock_wrong(again):
            return again
        signer.clock_offset = before
        return answer

    def _send(
        self, signer: Signer, query: Mapping[str, str], key: str | None
    ) -> "Response | Failure":
        method = "GET" if key is None else "HEAD"
        signed = signer.sign(method, key, self._clock(), query=query)
        return self._http.request(signed.url, signed.headers, method=method)


def _is_clock_wrong(answer: "Response") -> bool:
    return answer.status == HTTPStatus.FORBIDDEN and (
        protocol.failure(answer.status, answer.headers, answer.body).cause is Cause.CLOCK
    )


def _disobedience(page: ListPage, asked: Mapping[str, str]) -> Failure | None:
    """Return why a page does not answer what was asked; None when it does.

    A gateway may pass on a listing without its parameters. What comes then is of other prefixes, or
    comes again and again.
    """
    if page.token and page.token == asked["continuation-token"]:
        return Failure(Cause.CORRUPT, "bad listing", Words("the listing makes no progress"))
    prefix, after = asked["prefix"], asked["start-after"]
    keys = [info.key for info in page.objects]
    names = [*keys, *page.prefixes] or [prefix]
    for name in (min(names), max(names)):  # whatever lies between them begins as they do
        if not name.startswith(prefix):
            text = Words(
                "keys that start with '{prefix}' were requested, but the listing has '{key}'",
                prefix=printable(prefix),
                key=printable(name),
            )
            return Failure(Cause.REFUSED, _UNASKED, text)
    if after and keys and min(keys) <= after:
        text = Words(
            "keys after '{after}' were requested, but the listing has '{key}'",
            after=printable(after),
            key=printable(min(keys)),
        )
        return Failure(Cause.REFUSED, _UNASKED, text)
    return None


def _page_of(answer: "Response") -> ListPage | Failure:
    """Return the page an answer holds, or why it holds none."""
    if answer.status != HTTPStatus.OK or protocol.REQUEST_ID not in answer.headers:
        return protocol.failure(answer.status, answer.headers, answer.body)
    try:
        return parse_page(answer.body)
    except ValueError as error:
        request_id = printable(answer.headers[protocol.REQUEST_ID])
        return Failure(Cause.CORRUPT, "bad listing", error.args[0], request_id)
