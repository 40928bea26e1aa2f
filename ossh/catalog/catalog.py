"""The keys of a bucket: a level at a time, or all below a prefix; levels are cached for Tab.

A page is requested only when it is needed, so a level of millions costs what is shown of it.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from ossh import patterns
from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Failure, ObjectInfo, ObjectVersion, value
from ossh.paths import folder_of
from ossh.printable import printable
from ossh.store.interruptible import DaemonPool, interruptible
from ossh.store.list_page import ListPage
from ossh.store.listing import Lister, PageQuery
from ossh.store.retries import with_retries
from ossh.store.version_page import FIRST, Position

if TYPE_CHECKING:  # whose modules the prompt need not wait for
    from ossh.zipped.zip_lister import ZipLister

T = TypeVar("T")

DELIMITER = "/"
# Seconds that a level is good enough to complete from: long enough for a burst of Tabs.
CACHE_SECONDS = 5.0
COMPLETION_KEYS = 100
SAMPLE_KEYS = 1000  # one page
REQUESTS = 16  # at once, where each prefix of a level is looked into
_SECOND = timedelta(seconds=1)  # that is how precisely the service dates


@value
class Prefix:
    """A prefix in a level, which stands for everything below it."""

    prefix: str


Node = Prefix | ObjectInfo
"""What a level consists of."""


@value
class NameMatch:
    """What a name typed by a person matches: one key, all keys below a prefix, or a glob."""

    name: str  # the key or the prefix in full; of a glob, what all its keys start with
    info: ObjectInfo | None = None  # the object, if it is a key
    glob: str = ""  # the rest of a glob, after `name`

    @property
    def is_key(self) -> bool:
        return self.info is not None

    @property
    def folder(self) -> str:
        """Return the name up to its last delimiter."""
        return folder_of(self.name)

    def below(self, folder: str) -> str:
        """Return the glob, relative to a folder, that matches the same keys and no others."""
        anything = "" if self.is_key else "**"
        return patterns.escaped(self.name[len(folder) :]) + (self.glob or anything)


@dataclass(eq=False)
class Catalog:
    """The keys of one bucket, for people.

    Every request raises a `StoreError` when its page cannot be had.
    """

    lister: "Lister | ZipLister"
    address: str  # of the bucket, for messages
    # Returns for each page what looks for other credentials, or for where the bucket really is.
    new_mend: Callable[[], Callable[[Failure], bool]] = lambda: lambda _why: False
    clock: Callable[[], float] = time.monotonic  # for the age of what is cached
    has_answered: bool = field(default=False, init=False)  # to at least one request
    # By start and delimiter: when it was requested, and the answer.
    _cache: dict[tuple[str, str], tuple[float, tuple[Node, ...]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def level(self, prefix: str, *, prefixes_first: bool = False) -> Iterator[Node]:
        """Yield what one delimiter shows below a prefix: its prefixes and objects, in key order.

        With `prefixes_first`, those of each page come before its objects.
        """
        for page in self.pages(prefix, delimiter=DELIMITER):
            nodes = merged(page)
            yield from sorted(nodes, key=_is_object) if prefixes_first else nodes

    def walk(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield every object whose key starts with a prefix, in key order."""
        for page in self.pages(prefix):
            yield from page.objects

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """Yield all versions, and delete markers, of the keys that start with a prefix.

        They come in key order, of each key the newest first.
        """
        after: Position | None = FIRST
        while after is not None:
            ask = partial(self.lister.versions, prefix, after=after)
            page = self._asked(ask, _("list the versions of '{place}'"), prefix)
            yield from page.versions
            after = page.following

    def completions(self, start: str) -> tuple[Node, ...]:
        """Return up to `COMPLETION_KEYS` names of a level that start so, perhaps seconds old."""
        return self._recent(start, delimiter=DELIMITER, max_keys=COMPLETION_KEYS)

    def sample(self, prefix: str) -> tuple[ObjectInfo, ...]:
        """Return the first objects below a prefix, at any depth, perhaps seconds old."""
        found = self._recent(prefix, delimiter="", max_keys=SAMPLE_KEYS)
        return tuple(one for one in found if isinstance(one, ObjectInfo))

    def _recent(self, start: str, *, delimiter: str, max_keys: int) -> tuple[Node, ...]:
        now, wanted = self.clock(), (start, delimiter)
        fresh = {key: one for key, one in self._cache.items() if now - one[0] < CACHE_SECONDS}
        if wanted not in fresh:
            page = self._page(PageQuery(start, delimiter, max_keys=max_keys))
            fresh[wanted] = now, tuple(merged(page))
        self._cache = fresh
        return fresh[wanted][1]

    def forget(self) -> None:
        self._cache.clear()

    def first(self, prefix: str) -> ObjectInfo | None:
        """Return the first object whose key starts with a prefix."""
        page = self._page(PageQuery(prefix, max_keys=1))
        return page.objects[0] if page.objects else None

    def find(self, name: str) -> NameMatch:
        """Return what a name matches: a key, else what is below `name/`, else a bare prefix.

        Raises:
            NothingThereError: No key starts so.
        """
        first = self.first(name)
        if not name:
            return NameMatch("")
        if first is None:
            text = _("no key starts with '{name}'").format(name=printable(name))
            error = NothingThereError(text, hint=_("'ls' shows what is here"))
            error.name = name
            raise error
        if name.endswith(DELIMITER):
            return NameMatch(name)
        if first.key == name:
            return NameMatch(name, first)
        folder = name + DELIMITER
        if first.key.startswith(folder) or self.first(folder) is not None:
            return NameMatch(folder)
        return NameMatch(name)

    def matches(self, found: NameMatch, *, levels: bool) -> Iterator[Node]:
        """Yield the objects that a name matches, in key order.

        With `levels` only the next level of a prefix, and also the prefixes that a glob matches.
        """
        if found.info is not None:
            yield found.info
        elif not found.glob:
            yield from self.level(found.name) if levels else self.walk(found.name)
        else:
            matches = self._below(found.folder, found.below(found.folder), levels=levels)
            yield from (one for one in matches if levels or _is_object(one))

    def first_match(self, found: NameMatch) -> tuple[ObjectInfo | None, str]:
        """Return the first object that a glob matches, and a prefix that the glob matches, too.

        The prefix is "" if the pages that led to the object show none.
        """
        prefix, levels = "", not found.glob.endswith(DELIMITER)
        glob = found.below(found.folder)
        for one in self._below(found.folder, glob, levels=levels, prefixes_first=True):
            if isinstance(one, ObjectInfo):
                return one, prefix
            prefix = prefix or one.prefix
        return None, prefix

    def _below(
        self, base: str, glob: str, *, levels: bool, prefixes_first: bool = False
    ) -> Iterator[Node]:
        """Yield what a glob matches below a prefix; for a `*` only its own level is listed."""
        if not glob:  # it ended in a delimiter
            yield from self.level(base) if levels else self.walk(base)
            return
        segment, slash, rest = glob.partition(DELIMITER)
        start, special = patterns.split_glob(segment)
        if "**" in special:
            matches, (fixed, _rest) = patterns.shell_glob(glob), patterns.split_glob(glob)
            yield from (one for one in self.walk(base + fixed) if matches(one.key[len(base) :]))
            return
        if slash and not special:
            below = base + start + DELIMITER
            yield from self._below(below, rest, levels=levels, prefixes_first=prefixes_first)
            return
        matches = patterns.shell_glob(segment)
        for item in self.level(base + start, prefixes_first=prefixes_first):
            end = -1 if isinstance(item, Prefix) else None  # it is matched without its delimiter
            if not matches(name_of(item)[len(base) : end]):
                continue
            if not slash:
                yield item
            elif isinstance(item, Prefix):
                below = item.prefix
                yield from self._below(below, rest, levels=levels, prefixes_first=prefixes_first)

    def pages(self, prefix: str, *, delimiter: str = "") -> Iterator[ListPage]:
        """Yield all pages, each of which is requested when it is asked for."""
        asked: PageQuery | None = PageQuery(prefix, delimiter)
        while asked is not None:
            page = self._page(asked)
            yield page
            end = max(asked.start_after, page.end)
            asked = replace(asked, start_after=end, token=page.token) if page.token else None

    def _page(self, asked: PageQuery) -> ListPage:
        page = self._asked(partial(self.lister.page, asked), _("list '{place}'"), asked.prefix)
        if not (page.prefixes and self.lister.is_past):
            return page
        return replace(page, prefixes=interruptible(partial(self._filled, page.prefixes)))

    def _asked(self, ask: Callable[[], T | Failure], doing: str, prefix: str) -> T:
        """Return a page; `doing` says of which `{place}` it is."""
        doing = doing.format(place=self.address + printable(prefix))
        page = with_retries(ask, doing, mend=self.new_mend())
        self.has_answered = True
        return page

    def _filled(self, prefixes: Sequence[str]) -> tuple[str, ...]:
        """Return those prefixes that have anything below them."""
        with DaemonPool(REQUESTS, "ossh-look") as pool:
            firsts = pool.map(self.first, prefixes)
        return tuple(one for one, first in zip(prefixes, firsts, strict=True) if first is not None)


def merged(page: ListPage) -> list[Node]:
    """Return what is on a page, in key order."""
    found: list[Node] = [*map(Prefix, page.prefixes), *page.objects]
    return sorted(found, key=name_of)


def _is_object(item: Node) -> bool:
    return isinstance(item, ObjectInfo)


def name_of(item: Node) -> str:
    return item.prefix if isinstance(item, Prefix) else item.key


@value
class Deleted:
    """An object that is gone, and its last version, which is not."""

    info: ObjectInfo
    deleted: datetime  # aware

    @property
    def as_of(self) -> datetime | None:
        """Return the last moment at which it was there; None if it was for less than a second."""
        moment = self.deleted - _SECOND
        return moment if moment >= self.info.last_modified else None


def deleted_objects(versions: Iterable[ObjectVersion]) -> Iterator[Deleted]:
    """Yield what is gone and can be had, of versions in the order of `Catalog.versions`."""
    for _key, of_key in groupby(versions, attrgetter("info.key")):
        deleted: datetime | None = None
        for version in of_key:
            if not version.is_marker:
                if deleted is not None:
                    yield Deleted(version.info, deleted)
                break
            deleted = version.info.last_modified


class NothingThereError(UsageError):
    """No key starts with a name."""

    name = ""  # in full; of a glob ""
