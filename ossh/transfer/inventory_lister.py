"""Reads an inventory report, and posts its rows as pages, as if they had been listed.

```
manifest.json ─▶ data file ─▶ temporary file ─ MD5 ─▶ rows, page by page
```
A data file is fetched whole and proved before any of its rows counts. Where the reading stands is
the number of rows that came of a file, and the file's key. What the report says of an object is as
old as the report: whoever fetches it meets what became of it since.
"""

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import IO

from ossh.errors import StoreError, UsageError, reason
from ossh.job import Job
from ossh.language import _
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, ObjectInfo
from ossh.store.asking import Askers
from ossh.store.inventory import (
    FACTS,
    STORAGE_CLASS,
    DataFile,
    Inventory,
    pages,
    parse_manifest,
    whole,
)
from ossh.store.listing import Lister
from ossh.store.reader import Reader
from ossh.transfer.messages import Page, Reply
from ossh.transfer.page_thread import AT_ONCE, PageThread


class InventoryLister(PageThread):
    """Posts pages of a report until it ends, a file is not available or it is told to stop.

    Args:
        lister: Asks the job's bucket, where the report lacks what must be known of an object.
        reader: Reads the bucket that the report is in.
        job: Names the report, the prefix and the filters.
        listing: The range, which has no bounds; its cursor is a number of rows and a file's key.
        room, post: See `PageThread`.
    """

    def __init__(  # noqa: PLR0913 - those of every page thread, and two of its own
        self,
        lister: Lister,
        reader: Reader,
        job: Job,
        listing: ListingRange,
        room: threading.Semaphore,
        post: Callable[[Reply], None],
    ) -> None:
        super().__init__(lister, listing, room, post)
        self._reader = reader
        self._job = job
        self._needs = FACTS | ({STORAGE_CLASS} if job.selection.storage_class else set())
        by_key = replace(
            job.selection, min_size=None, max_size=None, newer=None, older=None, storage_class=()
        )
        self._may_match = by_key.matcher(job.source.prefix, datetime.now(UTC))

    def _list(self) -> None:
        try:
            with Askers(AT_ONCE, "ossh-look") as threads:
                self._read(threads)
        except StoreError as error:
            cause = Cause(error.cause) if error.cause else Cause.BAD_CREDENTIALS
            self._fail(Failure(cause, error.code, str(error)))
        except UsageError as error:
            self._fail(Failure(Cause.REFUSED, "inventory", f"'{self._job.inventory}': {error}"))

    def _read(self, threads: Askers) -> None:
        """Hand on the pages of all files that are left, and at last an empty one."""
        inventory = self._inventory()
        for file, skip in self._left(inventory):
            try:
                with tempfile.TemporaryFile(prefix="ossh-") as copy:
                    failure = self._fetched(file, copy) or self._hand_on_rows(
                        file, copy, inventory, skip, threads
                    )
            except OSError as error:  # of the copy: the reader raises other errors
                folder = tempfile.gettempdir()
                text = _("cannot keep a copy of '{key}' in '{folder}': {reason}").format(
                    key=file.key, folder=folder, reason=reason(error)
                )
                failure = Failure(Cause.DISK_FULL, "temporary file", text)
            if self._ending:
                return
            if failure is not None:
                self._fail(failure)
                return
        self._hand_on(Page(self._listing.row, (), "", finished=True))

    def _inventory(self) -> Inventory:
        """Return the report.

        Raises:
            StoreError: It is not available.
            UsageError: It is not an inventory, or it is for another bucket.
        """
        inventory = parse_manifest(whole(self._reader.blocks(self._job.inventory_key)))
        if inventory.bucket != self._job.source.bucket:
            text = _("the inventory is for another bucket, '{bucket}'").format(
                bucket=inventory.bucket
            )
            raise UsageError(text)
        return inventory

    def _left(self, inventory: Inventory) -> Iterator[tuple[DataFile, int]]:
        """Yield the files that are not read to their end, with the rows that were read.

        Raises:
            UsageError: The report is not the one that was read before.
        """
        read, _space, key = self._listing.cursor.partition(" ")
        keys = [file.key for file in inventory.files]
        if not key:
            yield from ((file, 0) for file in inventory.files)
            return
        if key not in keys or not read.isdecimal():
            raise UsageError(
                _("this is not the inventory that was read before; 'refresh' reads the new one")
            )
        first, *others = inventory.files[keys.index(key) :]
        yield first, int(read)
        yield from ((file, 0) for file in others)

    def _fetched(self, file: DataFile, copy: IO[bytes]) -> Failure | None:
        """Copy a data file, and return why it cannot be used."""
        digest, size = hashlib.md5(usedforsecurity=False), 0
        for block in self._reader.blocks(file.key):
            if self._ending:
                return None  # nobody will see it
            digest.update(block)
            size += copy.write(block)
        copy.seek(0)
        if digest.hexdigest() != (file.md5 or digest.hexdigest()) or file.size not in {None, size}:
            text = _("'{key}' does not match the inventory: its MD5 differs")
            return Failure(Cause.CORRUPT, "md5", text.format(key=file.key))
        return None

    def _hand_on_rows(
        self,
        file: DataFile,
        copy: IO[bytes],
        inventory: Inventory,
        skip: int,
        threads: Askers,
    ) -> Failure | None:
        """Hand on the rows of a file, and return why that cannot continue."""
        prefix, is_whole = self._job.source.prefix, inventory.has(self._needs)
        try:
            for read, found in pages(copy, inventory, skip):
                if self._ending:
                    return None
                objects = [info for info in found if info.key.startswith(prefix)]
                if not is_whole:
                    looked_up = self._looked_up(objects, threads)
                    if isinstance(looked_up, Failure):
                        return looked_up
                    objects = looked_up
                cursor = f"{read} {file.key}"
                self._hand_on(Page(self._listing.row, tuple(objects), cursor, finished=False))
        except ValueError as error:
            return Failure(Cause.CORRUPT, "bad inventory", f"'{file.key}': {error}")
        return None

    def _looked_up(
        self, objects: Sequence[ObjectInfo], threads: Askers
    ) -> list[ObjectInfo] | Failure:
        """Return objects with all that is known of them; those that are gone are left out."""
        keys = sorted({info.key for info in objects if self._may_match(info)})
        found: dict[str, ObjectInfo] = {}
        while keys and not self._ending:
            told = self._look_up(keys, threads)
            if isinstance(told, Failure):
                return told
            count, infos = told
            found |= infos
            keys = keys[count:]
        return [found[info.key] for info in objects if info.key in found]
