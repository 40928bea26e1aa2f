"""The listing of a bucket as it was at a moment: of each key, the version that was current then.

Its pages are those of any listing, but for the version ids of their objects. So whatever takes
pages shows, plans and fetches what was there then.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ossh import protocol
from ossh.language import Words
from ossh.model import Cause, Failure, Source
from ossh.store.list_page import ListPage
from ossh.store.listing import MAX_KEYS, Lister, PageQuery, read_answer
from ossh.store.signer import Signer
from ossh.store.version_page import MAX_VERSIONS, Position, keeps_versions

if TYPE_CHECKING:  # as it brings libcurl, which a prompt does not need at its start
    from ossh.network import Http

_FEWEST = 100  # versions asked for at once: a key has more than the one that is wanted
_UNVERSIONED = Failure(
    Cause.REFUSED,
    "not versioned",
    Words("versioning is off for this bucket: it can be shown only as it is now"),
)
_NOT_PAST = Failure(
    Cause.REFUSED, "not past", Words("by the service's clock, that time is in the future")
)


def lister_for(source: Source, signer_of: Callable[[], Signer], http: "Http") -> Lister:
    """Return what lists a source's bucket: as it is, or as it was at the source's moment."""
    if source.as_of is None:
        return Lister(signer_of, http)
    return PastLister(signer_of, http, source.as_of)


class PastLister(Lister):
    """Asks a bucket for pages of what it held at a moment (aware)."""

    is_past = True  # keys came later, or were deleted before, or have more versions than pages hold

    def __init__(self, signer_of: Callable[[], Signer], http: "Http", moment: datetime) -> None:
        super().__init__(signer_of, http)
        self._moment = moment
        self._checked = False
        self._doubt: Failure | None = None  # why it is not known whether the bucket has versions

    def page(self, asked: PageQuery) -> ListPage | Failure:
        """Return one page, or why it is missing.

        A whole page may be empty though others follow it. Who asks for less gets something, if
        there is anything, and never asks for more of a level.
        """
        if (failure := self._unusable()) is not None:
            return failure
        at = Position.parse(asked.token) if asked.token else Position(asked.start_after)
        most = min(MAX_VERSIONS, max(asked.max_keys, _FEWEST))
        while True:
            page = self.versions(asked.prefix, delimiter=asked.delimiter, after=at, max_keys=most)
            if isinstance(page, Failure):
                return page
            if self._doubt is not None and not page.shows_versions:
                return self._doubt  # nothing says that the bucket keeps versions
            self._doubt = None
            past = page.as_of(self._moment, at)
            if asked.max_keys == MAX_KEYS or past.objects or past.prefixes or not past.token:
                return _first(past, asked.max_keys)
            at = Position.parse(past.token)

    def _unusable(self) -> Failure | None:
        """Ask once whether the bucket keeps versions, and whether the moment is over."""
        if self._checked:
            return None
        answer = self.send("GET", None, query={"versioning": ""})
        if isinstance(answer, Failure):
            return answer
        served = protocol.server_time(answer.headers, b"")
        if served is not None and self._moment >= datetime.fromtimestamp(int(served), UTC):
            return _NOT_PAST
        is_versioned = read_answer(answer, lambda one: keeps_versions(one.body))
        if isinstance(is_versioned, Failure):
            if is_versioned.cause is not Cause.DENIED:
                return is_versioned
            self._doubt = replace(is_versioned, code="GetBucketVersioning")
        elif not is_versioned:
            return _UNVERSIONED
        self._checked = True
        return None


def _first(page: ListPage, most: int) -> ListPage:
    """Return a page of at most so many objects."""
    if len(page.objects) <= most:
        return page
    objects = page.objects[:most]
    last = objects[-1].key
    return replace(page, objects=objects, token=str(Position(last)), last=last)
