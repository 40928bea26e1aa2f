"""Lists the members of `NAME.zip` where a bucket has nothing below `NAME.zip/`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ossh.model import Failure, ObjectInfo
from ossh.store.list_page import ListPage
from ossh.store.listing import Lister, PageQuery
from ossh.store.version_page import Position, VersionPage
from ossh.zipped import archive_keys

if TYPE_CHECKING:  # brings zipfile
    from ossh.store.object_reader import ObjectRanges  # and this libcurl
    from ossh.zipped.zip_archive import ZipArchive


class ZipLister:
    """Lists a bucket as another lister does, and its archives too.

    `opened` returns the bytes of an object, of a symlink those of the object that it leads to.
    """

    def __init__(self, lister: Lister, opened: Callable[[ObjectInfo], "ObjectRanges"]) -> None:
        self._lister = lister
        self._opened = opened
        self._last: ZipArchive | None = None  # whose directory is kept in memory
        self.is_past = lister.is_past

    def page(self, asked: PageQuery) -> ListPage | Failure:
        """Return one page, as `Lister.page` does; of the members of an archive all.

        Raises:
            UsageError: An archive is damaged.
            StoreError: It cannot be read.
        """
        page = self._lister.page(asked)
        if isinstance(page, Failure) or page.objects or page.prefixes or asked.token:
            return page
        archive = self.archive(asked.prefix)
        if archive is None or isinstance(archive, Failure):
            return archive or page
        return archive.page(asked)

    def archive(self, prefix: str) -> "ZipArchive | Failure | None":
        """Return the archive that a prefix leads into, None if it leads into none.

        Raises:
            UsageError, StoreError: As for `page`.
        """
        for key in archive_keys(prefix):
            found = self._lister.page(PageQuery(key, max_keys=1))
            if isinstance(found, Failure):
                return found
            if found.objects and found.objects[0].key == key:
                return self._archive_in(self._opened(found.objects[0]))
        return None

    def _archive_in(self, ranges: "ObjectRanges") -> "ZipArchive":
        from ossh.zipped.zip_archive import ZipArchive  # noqa: PLC0415 - brings zipfile

        if self._last is None or self._last.info != ranges.info:
            self._last = ZipArchive(ranges.info, ranges.read)
        return self._last

    def versions(self, prefix: str, *, after: Position) -> VersionPage | Failure:
        """Return a page of versions, of which an archive has none, as `Lister.versions` does."""
        return self._lister.versions(prefix, after=after)
