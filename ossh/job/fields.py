"""The fields of a job file: how each is read and checked, written and explained."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ossh import paths
from ossh.errors import UsageError
from ossh.job.toml_table import REQUIRED, Reader, Table
from ossh.language import N_, _
from ossh.model import (
    KIB,
    MOST_CONNECTIONS,
    MOST_PROCESSES,
    Source,
    Target,
    TransferSettings,
    value,
)
from ossh.units import exact_duration, exact_moment, exact_size

Value = str | int | bool | datetime | tuple[str, ...]
"""What TOML can hold."""

_MOST_ATTEMPTS = 100
_SMALLEST_PART = 64 * KIB  # less makes requests, and notes of what is here, by the million
_MOST_STRIPPED = 1023  # folders of a key, which has at most 1,023 bytes
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_INVENTORY = re.compile(rf"(?:oss://{_BUCKET.pattern}/.*\.json)?", re.DOTALL)


@value
class Field:
    name: str  # in the file
    read: Reader
    default: object = None
    kept_as: str = ""  # the attribute that has its value, if it has another name
    write: Callable[[Any], Value] = lambda value: value
    is_always_written: bool = False  # even when it is the default
    comment: str = ""  # written behind it


def read(table: Table, known: tuple[Field, ...]) -> dict[str, Any]:
    """Return the values of a table's fields by attribute; others are refused.

    Raises:
        JobFileError: Names the field, the reason, and what is accepted.
    """
    table.expect(one.name for one in known)
    return {one.kept_as or one.name: table.read(one.name, one.read, one.default) for one in known}


def written(known: Iterable[Field], values: Mapping[str, Any]) -> Iterator[tuple[Field, Value]]:
    """Yield the fields that are worth a line, each with its value for TOML; None never is."""
    for one in known:
        value = values[one.kept_as or one.name]
        if value is not None and (one.is_always_written or value != one.default):
            yield one, one.write(value)


def _endpoint(table: Table, field: str, value: object) -> str:
    """Return an address with its scheme, https unless http is written."""
    text = table.text(field, value)
    address = _bare_address(text if "://" in text else f"https://{text}")
    if not address:
        table.refuse(field, _("is not an address"), '"https://oss-cn-hangzhou.aliyuncs.com"')
    return address


def _bare_address(url: str) -> str:
    """Return a URL that is only a scheme and a host, perhaps with a port; else ""."""
    try:
        parts = urlsplit(url)
        has_host = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        is_bare = parts.path in {"", "/"} and not re.search(r"[\s@?#]", url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if has_host and is_bare else ""


def _text(fits: Callable[[str], object], reason: str, accepted: str) -> Reader:

    def read(table: Table, field: str, value: object) -> str:
        text = table.text(field, value)
        if not fits(text):
            table.refuse(field, _(reason), _(accepted))
        return text

    return read


def _choice(*accepted: str) -> Reader:
    return partial(Table.choice, accepted=accepted)


def _number(smallest: int, largest: int) -> Reader:
    return partial(Table.number, smallest=smallest, largest=largest)


def _size(smallest: int) -> Reader:
    return partial(Table.size, smallest=smallest)


def _moment(moment: datetime | timedelta) -> Value:
    return exact_moment(moment) if isinstance(moment, timedelta) else moment


def past(table: Table, field: str, value: object) -> datetime:
    """Return a moment, which must not move."""
    moment = table.moment(field, value)
    if isinstance(moment, timedelta):
        table.refuse(field, _("is relative"), _("a date such as 2026-01-01T08:00:00Z"))
    return moment


_bucket = _text(
    _BUCKET.fullmatch, N_("is not a bucket name"), N_("only the name: letters, digits and '-'")
)
_inventory = _text(
    _INVENTORY.fullmatch, N_("is not the address of an inventory"), "oss://BUCKET/…/manifest.json"
)
_path = _text(
    lambda path: "\0" not in path,
    N_("contains a NUL character"),
    N_("a path that this system accepts"),
)
_file_name = _text(
    lambda name: name not in {".", ".."} and set("/\0").isdisjoint(name),
    N_("is not a file name"),
    N_("a name without '/'"),
)


def _folder(table: Table, field: str, value: object) -> str:
    """Return a path, whose home this machine knows."""
    text = str(_path(table, field, value))
    try:
        paths.expanded(text)
    except UsageError:
        table.refuse(field, _("is in a home folder that does not exist"), '"../downloads"')
    return text


_always = partial(Field, is_always_written=True)
_SOURCE, _TARGET, _TRANSFER = Source("", "", ""), Target(""), TransferSettings()

SOURCE = (
    _always("endpoint", _endpoint, REQUIRED),
    Field("region", Table.text, ""),
    _always("bucket", _bucket, REQUIRED),
    _always("prefix", Table.text, ""),
    Field("key", Table.text, "", comment="this object alone"),
    Field("keys", _path, "", comment="only these"),
    Field("version_id", Table.text, "", comment="of the key above"),
    Field("inventory", _inventory, ""),
    Field("as_of", past, comment="the bucket as it was then"),
    Field("profile", Table.text, "", comment="where credentials come from; never the credentials"),
    Field("addressing", _choice("auto", "cname"), _SOURCE.addressing),
    Field("anonymous", Table.flag, _SOURCE.anonymous),
    Field("requester_pays", Table.flag, _SOURCE.requester_pays),
    Field("sign_host", Table.flag, _SOURCE.sign_host),
)
FILTER = (
    Field("suffix", Table.texts, ()),
    Field("glob", Table.texts, ()),
    Field("include", Table.texts, ()),
    Field("exclude", Table.texts, ()),
    Field("min_size", _size(0), write=exact_size),
    Field("max_size", _size(0), write=exact_size),
    Field("newer", Table.moment, write=_moment),
    Field("older", Table.moment, write=_moment),
    Field("regex", Table.texts, ()),
    Field("class", Table.texts, (), kept_as="storage_class"),
    Field("shard", Table.text, "", write=str),
)
TARGET = (
    _always("directory", _folder, REQUIRED),
    Field("file", _file_name, ""),
    _always(
        "names",
        _choice("native", "portable"),
        _TARGET.names,
        comment='or "portable": names that every system accepts',
    ),
    Field("existing", _choice("keep", "replace"), _TARGET.existing),
    Field("links", _choice("follow", "record"), _TARGET.links),
    Field("flat", Table.flag, _TARGET.flat),
    Field("strip_prefix", _number(0, _MOST_STRIPPED), _TARGET.strip_prefix),
    Field("mirror", Table.flag, _TARGET.mirror),
    Field("max_gone", Table.share, _TARGET.max_gone),
)
TRANSFER = (
    _always("connections", _number(1, MOST_CONNECTIONS), _TRANSFER.connections),
    Field("processes", _number(0, MOST_PROCESSES), _TRANSFER.processes),
    _always("part_size", _size(_SMALLEST_PART), _TRANSFER.part_size, write=exact_size),
    _always("max_attempts", _number(1, _MOST_ATTEMPTS), _TRANSFER.max_attempts),
    _always("rate", _size(0), _TRANSFER.rate, write=exact_size, comment="bytes/s, 0 = no limit"),
    Field(
        "patience",
        Table.duration,
        _TRANSFER.patience_seconds,
        kept_as="patience_seconds",
        write=exact_duration,
    ),
    Field("durable", Table.flag, _TRANSFER.durable),
)
