"""What lies below a prefix: a level at a time, or everything; levels are remembered for Tab.

A page is asked for only when it is looked at, so a level of millions costs what is shown.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ossh import patterns
from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Failure, ObjectInfo
from ossh.paths import printable
from ossh.store.asking import answered

if TYPE_CHECKING:
    from ossh.store.listing import Lister
    from ossh.store.page import ListPage

DELIMITER = "/"
# Seconds a level stays good enough to complete from: long enough for a burst of Tabs.
REMEMBERED_SECONDS = 5.0
REMEMBERED_LEVELS = 64
COMPLETION_KEYS = 100
SAMPLE_KEYS = 1000  # one page


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix of a level: everything below it, as a delimiter cuts it."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a name typed by a person stands for.

    Args:
        name: The key or the prefix in full.
        is_key: One object, named in full.
        info: The object, when the name is a key.
        glob: When the name is a glob, what comes after `name`, which all keys start with.
    """

    name: str
    is_key: bool
    info: ObjectInfo | None = None
    glob: str = ""

    @property
    def folder(self) -> str:
        """Return the name up to its last delimiter."""
        return self.name[: self.name.rfind(DELIMITER) + 1]

    def below(self, folder: str) -> str:
        """Return the glob, relative to a folder, that matches what is found and nothing else."""
        anything = "" if self.is_key else "**"
        return patterns.escaped(self.name[len(folder) :]) + (self.glob or anything)


class Catalog:
    """The keys of one bucket, for people.

    Args:
        lister: Asks for one page.
        address: Of the bucket, for messages.
        mend: Looks for new credentials, or for where the bucket really is; True when found.
        clock: Seconds, for what is remembered.
        sleep: Waits between two tries of a page.
    """

    def __init__(
        self,
        lister: "Lister",
        address: str,
        *,
        mend: Callable[[Failure], bool] = lambda _why: False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._lister = lister
        self._address = address
        self._mend = mend
        self.has_answered = False  # a page has come
        self._clock = clock
        self._sleep = sleep
        # By start and delimiter: when it was asked for, and the answer.
        self._remembered: OrderedDict[
            tuple[str, str], tuple[float, tuple[Prefix | ObjectInfo, ...]]
        ] = OrderedDict()

    def level(self, prefix: str, *, page_size: int = 1000) -> Iterator[Prefix | ObjectInfo]:
        """Yield what one delimiter shows below a prefix: its prefixes and objects, in key order.

        Raises:
            StoreError: A page could not be had.
        """
        for page in self._pages(prefix, delimiter=DELIMITER, page_size=page_size):
            yield from _merged(page)

    def walk(self, prefix: str) -> Iterator[ObjectInfo]:
        """Yield every object whose key starts with a prefix, in key order.

        Raises:
            StoreError: A page could not be had.
        """
        for page in self._pages(prefix):
            yield from page.objects

    def completions(self, start: str) -> tuple[Prefix | ObjectInfo, ...]:
        """Return at most `COMPLETION_KEYS` names of a level that start so; a few seconds old.

        Raises:
            StoreError: The page could not be had.
        """
        return self._recent(start, delimiter=DELIMITER, max_keys=COMPLETION_KEYS)

    def sample(self, prefix: str) -> tuple[ObjectInfo, ...]:
        """Return the first objects below a prefix, at any depth; a few seconds old.

        Raises:
            StoreError: The page could not be had.
        """
        found = self._recent(prefix, delimiter="", max_keys=SAMPLE_KEYS)
        return tuple(one for one in found if isinstance(one, ObjectInfo))

    def _recent(
        self, start: str, *, delimiter: str, max_keys: int
    ) -> tuple[Prefix | ObjectInfo, ...]:
        now, what = self._clock(), (start, delimiter)
        remembered = self._remembered.get(what)
        if remembered is not None and now - remembered[0] < REMEMBERED_SECONDS:
            return remembered[1]
        page = self._page(start, delimiter=delimiter, max_keys=max_keys)
        found = tuple(_merged(page))
        self._remembered[what] = (now, found)
        while len(self._remembered) > REMEMBERED_LEVELS:
            self._remembered.popitem(last=False)
        return found

    def forget(self) -> None:
        """Forget the levels that are remembered."""
        self._remembered.clear()

    def first(self, prefix: str) -> ObjectInfo | None:
        """Return the first object whose key starts with a prefix.

        Raises:
            StoreError: The page could not be had.
        """
        page = self._page(prefix, max_keys=1)
        return page.objects[0] if page.objects else None

    def find(self, name: str) -> Found:
        """Return what a name stands for: a key, else what is below `name/`, else a bare prefix.

        Raises:
            UsageError: No key starts so.
            StoreError: The bucket could not be asked.
        """
        if name.endswith(DELIMITER) or not name:
            if self.first(name) is not None or not name:
                return Found(name, is_key=False)
            raise _nothing(name)
        exact = self.first(name)
        if exact is None:
            raise _nothing(name)
        if exact.key == name:
            return Found(name, is_key=True, info=exact)
        folder = name + DELIMITER
        if exact.key.startswith(folder) or self.first(folder) is not None:
            return Found(folder, is_key=False)
        return Found(name, is_key=False)

    def _pages(
        self, prefix: str, *, delimiter: str = "", page_size: int = 1000
    ) -> "Iterator[ListPage]":
        token = ""
        while True:
            page = self._page(prefix, delimiter=delimiter, token=token, max_keys=page_size)
            yield page
            token = page.token
            if not token:
                return

    def _page(
        self, prefix: str, *, delimiter: str = "", token: str = "", max_keys: int = 1000
    ) -> "ListPage":
        def ask() -> "ListPage | Failure":
            return self._lister.page(prefix, delimiter=delimiter, token=token, max_keys=max_keys)

        doing = _("list '{place}'").format(place=f"{self._address}{printable(prefix)}")
        page = answered(ask, doing, mend=self._mend, sleep=self._sleep)
        self.has_answered = True
        return page


def _merged(page: "ListPage") -> list[Prefix | ObjectInfo]:
    found: list[Prefix | ObjectInfo] = [*map(Prefix, page.prefixes), *page.objects]
    return sorted(found, key=name_of)


def name_of(item: Prefix | ObjectInfo) -> str:
    """Return the key or prefix of an item of a level."""
    return item.prefix if isinstance(item, Prefix) else item.key


def _nothing(name: str) -> UsageError:
    hint = _("'ls' shows what is here")
    if DELIMITER in name.rstrip(DELIMITER):  # typed perhaps as if one stood at the top
        hint = _("'ls' shows what is here; a leading '/' means the top of the bucket")
    return UsageError(_("no key starts with '{name}'").format(name=printable(name)), hint=hint)
