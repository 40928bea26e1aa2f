"""The bucket that is asked: requests counted, objects for examples, and what answers come to.

A question that is answered with yes returns a detail; otherwise it raises `No` or `NotAsked`. What
is in details says nothing of whose bucket it is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn, TypeVar

from ossh import protocol
from ossh.errors import StoreError
from ossh.model import KIB, MIB, NORMAL, Cause, Failure, ObjectInfo, Source
from ossh.network import Http, Response
from ossh.session import Connection, Place
from ossh.store.endpoints import split_endpoint
from ossh.store.list_page import read_page
from ossh.store.listing import MAX_KEYS, Lister, PageQuery
from ossh.store.signer import Signer

MOST_REQUESTS = 150
MOST_BYTES = 8 * MIB  # bodies of all answers, those of listings included
SMALL = 256 * KIB  # a larger object is never read whole
PIECE = 64 * KIB
LARGE = MIB

_Answer = TypeVar("_Answer")

_CODE = re.compile(r"[A-Za-z0-9 .-]{1,40}")  # of the service, or of ossh
_NOT_ALLOWED = frozenset({Cause.DENIED, Cause.KMS})


class Unanswered(StoreError):
    """The service does not answer any more."""


class CountedHttp(Http):
    """Sends the requests of all questions, each once, and remembers what every answer should have.

    Args:
        like: Its time limits, proxy and certificates.
    """

    def __init__(self, like: Http) -> None:
        super().__init__(like.timeouts, like.route)
        self.requests = self.received = self.answers = 0
        self.unnamed = self.undated = 0  # answers without a request id, without a date

    def request(self, url: str, headers: Iterable[str], **options: Any) -> Response | Failure:  # noqa: ANN401 - as of its base
        if self.requests >= MOST_REQUESTS or self.received >= MOST_BYTES:
            raise NotAsked("not asked: the limit that was announced is reached")
        self.requests += 1
        answer = super().request(url, headers, **options)
        if isinstance(answer, Response):
            self.answers += 1
            self.received += len(answer.body)
            self.unnamed += protocol.REQUEST_ID not in answer.headers
            self.undated += protocol.server_time(answer.headers, b"") is None
        return answer


class Bucket:
    """Asks one bucket, and picks the objects to ask for from the first page below a prefix.

    Args:
        elsewhere: An endpoint where the bucket is not; "" for that of another region.
    """

    def __init__(self, connection: Connection, place: Place, elsewhere: str = "") -> None:
        connection.correct_location(place)
        self.connection, self.place, self.elsewhere = connection, place, elsewhere
        self.source: Source = connection.source(place)
        self.http = CountedHttp(connection.http())
        self.signer = self.signer_for()
        self.lister = Lister(lambda: self.signer, self.http)
        self.host = split_endpoint(self.source.endpoint).host

    def signer_for(self, endpoint: str = "", region: str = "") -> Signer:
        """Return a signer for this bucket, or for it at another endpoint or in another region."""
        source = replace(
            self.source,
            endpoint=endpoint or self.source.endpoint,
            region=region or self.source.region,
        )
        return Signer(source, self.connection.credentials())

    def ask(
        self,
        key: str | None = None,
        *,
        method: str = "GET",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        signer: Signer | None = None,
    ) -> Response:
        """Return the answer of any status.

        Raises:
            Unanswered: There is none.
        """
        signer = signer or self.signer
        signed = signer.sign(method, key, time.time(), query=query, headers=headers)
        return self.send(signed.url, signed.headers, method)

    def send(self, url: str, headers: Iterable[str], method: str = "GET") -> Response:
        answer = self.http.request(url, headers, method=method)
        if isinstance(answer, Failure):
            if answer.cause is Cause.CORRUPT:  # it does, but with more than can be meant
                raise StoreError("not an answer", code=answer.code)
            raise Unanswered(f"the service does not answer: {code_of(answer)}")
        return answer

    def piece(self, info: ObjectInfo, wanted: str, etag: str = "") -> Response:
        """Ask for a range of an object as downloads do: of that version, by the standard's rules.

        Args:
            info: The object.
            wanted: "5-9", "5-" …
            etag: Of the version; that of the listing when empty.
        """
        headers = {
            "Range": f"bytes={wanted}",
            protocol.RANGE_BEHAVIOR: "standard",
            "If-Match": f'"{etag or info.etag}"',
        }
        return self.ask(info.key, headers=headers)

    @cached_property
    def first(self) -> Response:
        return self.ask(query=PageQuery(self.place.prefix, max_keys=MAX_KEYS).parameters)

    @cached_property
    def objects(self) -> tuple[ObjectInfo, ...]:
        """Those of the first page, whatever it says of itself; all examples are of it.

        Raises:
            ValueError: It is not a listing.
        """
        return read_page(self.first.body)[0].objects

    def example(self, missing: str, is_right: Callable[[ObjectInfo], bool]) -> ObjectInfo:
        """Return the first object of a kind.

        Raises:
            NotAsked: There is none; `missing` says so.
        """
        found = next((one for one in self.objects if is_right(one)), None)
        if found is None:
            raise NotAsked(missing)
        return found

    @cached_property
    def small(self) -> ObjectInfo:
        """An object that is read whole: not empty, small, readable, uploaded in one piece."""
        missing = "no small object to read"
        return self.example(missing, lambda one: is_small(one) and one.type == NORMAL)

    @cached_property
    def body(self) -> Response:
        """The answer with the bytes of `small`.

        Raises:
            NotAsked: There is none, or it cannot be read.
        """
        return ok(self.ask(self.small.key))

    @cached_property
    def large(self) -> ObjectInfo:
        missing = f"no object of {LARGE // MIB} MiB"
        return self.example(missing, lambda one: not one.is_frozen and one.size >= LARGE)


def is_small(info: ObjectInfo) -> bool:
    """Return whether an object can be read whole, and is not empty."""
    return not info.is_frozen and 0 < info.size <= SMALL


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
