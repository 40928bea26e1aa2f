"""Reads an inventory report: its rows as pages, as if they had been listed.

```
manifest.json ─▶ data file ─▶ temporary file ─ MD5 ─▶ rows, page by page
```
A data file is fetched whole and proved before any of its rows counts. Where the reading stands is
the number of rows that came of a file, and the file's key. What the report says of an object is as
old as the report: whoever fetches it meets what became of it since.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import IO

from ossh.errors import StoreError, UsageError, reason
from ossh.job import Job
from ossh.language import _
from ossh.manifest import ListingRange
from ossh.model import Cause, Failure, ObjectInfo
from ossh.store.interruptible import DaemonPool
from ossh.store.inventory_report import (
    FACTS,
    STORAGE_CLASS,
    DataFile,
    Inventory,
    pages,
    read_manifest,
)
from ossh.store.listing import Lister
from ossh.store.object_reader import Reader
from ossh.transfer.listing.key_lister import REQUESTS, look_up
from ossh.transfer.messages import Page, Pages


@dataclass(eq=False)
class InventoryLister:
    """Reads the pages of a report until it ends, a file is not available or they are not wanted."""

    lister: Lister  # of the job's bucket, where the report lacks what must be known of an object
    reader: Reader  # of the bucket that the report is in
    job: Job
    listing: ListingRange  # without bounds; its cursor is a number of rows and a file's key
    is_ending: Callable[[], bool]

    def __post_init__(self) -> None:
        selection = self.job.selection
        self._needs = FACTS | ({STORAGE_CLASS} if selection.storage_class else set())
        by_key = replace(
            selection, min_size=None, max_size=None, newer=None, older=None, storage_class=()
        )
        self._may_match = by_key.matcher(self.job.source.prefix, datetime.now(UTC))

    def pages(self) -> Pages:
        """Yield the pages of all files that are left, and at last an empty one."""
        try:
            inventory = self._inventory()
            with DaemonPool(REQUESTS, "ossh-look") as pool:
                for file, skip in self._left(inventory):
                    yield from self._pages_of(file, inventory, skip, pool)
                    if self.is_ending():
                        return
            yield Page(self.listing.row, (), "", finished=True)
        except StoreError as error:
            yield Failure(Cause(error.cause), error.code, str(error))
        except UsageError as error:
            yield Failure(Cause.REFUSED, "inventory", f"'{self.job.inventory}': {error}")

    def _pages_of(self, file: DataFile, inventory: Inventory, skip: int, pool: DaemonPool) -> Pages:
        """Yield the pages of a data file, once a copy of it is proved."""
        prefix, is_whole = self.job.source.prefix, inventory.has(self._needs)
        try:
            with tempfile.TemporaryFile(prefix="ossh-") as copy:
                self._fetch(file, copy)
                for read, rows in pages(copy, inventory, skip):
                    if self.is_ending():
                        return
                    objects: list[ObjectInfo] | Failure
                    objects = [info for info in rows if info.key.startswith(prefix)]
                    if not is_whole:
                        objects = self._look_up(objects, pool)
                    if isinstance(objects, Failure):
                        yield objects
                        return
                    cursor = f"{read} {file.key}"
                    yield Page(self.listing.row, tuple(objects), cursor, finished=False)
        except ValueError as error:
            yield Failure(Cause.CORRUPT, "bad inventory", f"'{file.key}': {error}")
        except OSError as error:  # of the copy: the reader raises other errors
            text = _("cannot keep a copy of '{key}' in '{folder}': {reason}").format(
                key=file.key, folder=tempfile.gettempdir(), reason=reason(error)
            )
            raise StoreError(text, code="temporary file", cause=Cause.DISK_FULL) from error

    def _inventory(self) -> Inventory:
        """Return the report.

        Raises:
            StoreError: It is not available.
            UsageError: It is not an inventory, or it is for another bucket.
        """
        inventory = read_manifest(self.reader.blocks(self.job.inventory_key))
        if (bucket := inventory.bucket) != self.job.source.bucket:
            text = _("the inventory is for another bucket, '{bucket}'")
            raise UsageError(text.format(bucket=bucket))
        return inventory

    def _left(self, inventory: Inventory) -> Iterator[tuple[DataFile, int]]:
        """Return the files that are not read to their end, with the rows that were read.

        Raises:
            UsageError: The report is not the one that was read before.
        """
        read, _space, key = self.listing.cursor.partition(" ")
        keys = [file.key for file in inventory.files]
        if key and not (key in keys and read.isdecimal()):
            raise UsageError(
                _("this is not the inventory that was read before; 'refresh' reads the new one")
            )
        left = inventory.files[keys.index(key) :] if key else inventory.files
        return zip(left, chain([int(read or 0)], repeat(0)), strict=False)

    def _fetch(self, file: DataFile, copy: IO[bytes]) -> None:
        """Copy a data file.

        Raises:
            StoreError: It is not available, or not the one that the report names.
        """
        digest, size = hashlib.md5(usedforsecurity=False), 0
        for block in self.reader.blocks(file.key):
            if self.is_ending():
                return
            digest.update(block)
            size += copy.write(block)
        copy.seek(0)
        if digest.hexdigest() != (file.md5 or digest.hexdigest()) or file.size not in {None, size}:
            text = _("'{key}' does not match the inventory: its MD5 differs")
            raise StoreError(text.format(key=file.key), code="md5", cause=Cause.CORRUPT)

    def _look_up(
        self, objects: Sequence[ObjectInfo], pool: DaemonPool
    ) -> list[ObjectInfo] | Failure:
        """Return objects with all that is known of them; those that are gone are left out."""
        keys = sorted({info.key for info in objects if self._may_match(info)})
        found: dict[str, ObjectInfo] = {}
        while keys and not self.is_ending():
            answer = look_up(self.lister, keys, pool, self.is_ending)
            if isinstance(answer, Failure):
                return answer
            count, infos = answer
            found |= infos
            keys = keys[count:]
        return [found[info.key] for info in objects if info.key in found]
