"""An inventory report: its manifest.json, and the objects that its data files list. Pure.

OSS writes one by a rule of the bucket, every day, week or month, into a bucket of the same account:

    PREFIX/BUCKET/RULE/2026-01-01T00-00Z/manifest.json     which columns, which data files
    PREFIX/BUCKET/RULE/data/….csv.gz                       a row for each object, or each version

Source: OSS user guide, "Bucket inventory".
"""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from itertools import islice
from typing import IO, Any
from urllib.parse import unquote_plus

from ossh.errors import UsageError
from ossh.language import N_, Words, _
from ossh.model import NORMAL, STANDARD, ObjectInfo, value
from ossh.printable import printable
from ossh.store.listing_xml import checked_etag, checked_size

MANIFEST = "manifest.json"
PAGE = 1000  # rows at once
# Larger ones are no report, but perhaps a few bytes that unpack to fill the memory.
MOST_BYTES = 4 * 1024 * 1024  # of a manifest.json, which has about 200 for each data file
_LONGEST_ROW = 1024 * 1024  # characters; a key has at most 1,023 bytes, each encoded as three
# What a job must know of an object; without these columns, each object has to be looked up.
FACTS = frozenset({"size", "lastmodifieddate", "etag"})
STORAGE_CLASS = "storageclass"
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
_UNKNOWN = frozenset({"", "null"})
_NEVER = datetime.fromtimestamp(0, UTC)
_DASH = 13  # index behind the hour; some reports have no colon there
_RULE = N_(
    "create an inventory rule that lists all objects of the bucket as CSV, with size, date and ETag"
)


@value
class DataFile:
    """One file of a report."""

    key: str  # in the report's own bucket
    size: int | None  # bytes; None if the manifest does not say
    md5: str  # in lower case; "" if the manifest does not say


@value
class Inventory:
    """A report, without its rows."""

    bucket: str  # whose objects it lists
    columns: tuple[str, ...]  # in lower case
    files: tuple[DataFile, ...]

    def has(self, columns: frozenset[str]) -> bool:
        return columns.issubset(self.columns)


def read_manifest(blocks: Iterable[bytes]) -> Inventory:
    """Return the report that the blocks of a manifest.json describe.

    Raises:
        UsageError: It is none, far too large, or of an unsupported kind.
    """
    data = bytearray()
    for block in blocks:
        data += block
        if len(data) > MOST_BYTES:
            raise _refused(_("it is not the manifest.json of an inventory"))
    try:
        said = json.loads(data)
        inventory = Inventory(
            str(said["sourceBucket"]),
            tuple(name.strip().lower() for name in said["fileSchema"].split(",")),
            tuple(map(_data_file, said["files"])),
        )
    except _UNREADABLE as error:
        raise _refused(_("it is not the manifest.json of an inventory")) from error
    kind = printable(str(said.get("fileFormat", "CSV")))
    if kind.upper() != "CSV":
        raise _refused(
            _("the inventory is in {kind} format, but ossh reads only CSV").format(kind=kind)
        )
    if "key" not in inventory.columns:
        raise _refused(_("the inventory has no column 'Key'"))
    if "recordtype" in inventory.columns or "startTimestamp" in said:
        raise _refused(_("the inventory is incremental: it lists changes, not objects"))
    return inventory


def _refused(text: str) -> UsageError:
    return UsageError(text, hint=_(_RULE))


def pages(
    file: IO[bytes], inventory: Inventory, skip: int = 0
) -> Iterator[tuple[int, list[ObjectInfo]]]:
    """Yield the number of rows read so far and the objects in the last ones, page by page.

    Delete markers and versions that are not the latest are left out.

    The file is compressed; `skip` of its rows were read before.

    Raises:
        ValueError: It is not such a file, has fewer rows than that, or a row is invalid.
        OSError: It cannot be read.
    """
    try:
        with gzip.GzipFile(fileobj=file) as raw:
            rows = csv.reader(_lines(io.TextIOWrapper(raw, encoding="utf-8", newline="")))
            read = sum(1 for _ in islice(rows, skip))
            if read < skip:
                raise ValueError(
                    Words("it has {read} rows, but {skip} were read before", read=read, skip=skip)
                )
            while page := list(islice(rows, PAGE)):
                read += len(page)
                yield read, _objects(page, inventory.columns)
    except (EOFError, gzip.BadGzipFile, OverflowError, zlib.error, csv.Error) as error:
        raise ValueError(Words("it is not a CSV.gz file: {error}", error=error)) from error


def _lines(text: IO[str]) -> Iterator[str]:
    """Yield the lines of a text, or raise a `ValueError` for one that is far too long."""
    while line := text.readline(_LONGEST_ROW):
        if len(line) == _LONGEST_ROW:
            raise ValueError(Words("a row is far too long"))
        yield line


def _data_file(said: Mapping[str, Any]) -> DataFile:
    size = said.get("size")
    md5 = said.get("MD5checksum") or ""
    key = str(said["key"])
    key.encode()  # raises for a key with half a character
    return DataFile(key, None if size is None else int(size), str(md5).lower())


def _objects(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> list[ObjectInfo]:
    """Return the objects of some rows, or raise a `ValueError` for one that cannot be read."""
    at = {name: number for number, name in enumerate(columns)}
    if any(len(row) < len(columns) for row in rows):
        message = Words(
            "a row has fewer fields than fileSchema has names ({columns})", columns=len(columns)
        )
        raise ValueError(message)
    for name, old in (("islatest", "false"), ("isdeletemarker", "true")):
        if name in at:
            rows = [row for row in rows if row[at[name]].lower() != old]
    return [
        ObjectInfo(
            _key(row[at["key"]]),
            checked_size(row[at["size"]]) if "size" in at else 0,
            checked_etag(row[at["etag"]]) if "etag" in at else "",
            _moment(row[at["lastmodifieddate"]]) if "lastmodifieddate" in at else _NEVER,
            _type(row, at),
            row[at[STORAGE_CLASS]] if STORAGE_CLASS in at else STANDARD,
        )
        for row in rows
    ]


def _key(text: str) -> str:
    # a whole key is encoded, so a plus sign was a space
    key = unquote_plus(text, errors="strict")
    if not key:  # a request for it would be one for the bucket
        raise ValueError(Words("a row has no key"))
    return key


def _moment(text: str) -> datetime:
    """Parse `2026-01-01T08:00:00.000Z` or `2026-01-01T08-00-00Z`."""
    if text[_DASH : _DASH + 1] == "-":
        text = text[:_DASH] + text[_DASH:].replace("-", ":")
    moment = datetime.fromisoformat(text)
    if not MINYEAR < moment.year < MAXYEAR:  # local time may be beyond the calendar
        raise ValueError(Words("'{text}' is not an object date", text=text))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _type(row: Sequence[str], at: Mapping[str, int]) -> str:
    """Return an object's type; without that column, Multipart if its ETag cannot be an MD5."""
    if "objecttype" in at and row[at["objecttype"]] not in _UNKNOWN:
        return row[at["objecttype"]]
    is_in_parts = "ismultipartuploaded" in at and row[at["ismultipartuploaded"]].lower() == "true"
    return "Multipart" if is_in_parts or ("etag" in at and "-" in row[at["etag"]]) else NORMAL
