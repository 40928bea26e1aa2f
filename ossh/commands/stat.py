"""stat and url: what the service says about an object, and a URL for it."""

import argparse
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from ossh import protocol
from ossh.commands.command import argument, command
from ossh.commands.options import add_json, add_key, add_version
from ossh.console.console import Console
from ossh.console.views.ls import object_record
from ossh.errors import OsshError, UsageError
from ossh.language import N_, Words, _
from ossh.model import ARCHIVE_CLASSES, ObjectInfo, ObjectStat, Thaw
from ossh.session import Place
from ossh.tables import ParquetObject, is_parquet
from ossh.units import local_time, moment_at, parse_duration, told_count, told_moment, told_size
from ossh.zipped import MEMBER

_TEMPORARY = N_(
    "the credentials are temporary: the URL stops working when they expire, if that is sooner"
)
_LONGEST_URL = timedelta(days=7)  # the service takes no signature for longer

_META = "x-oss-meta-"
_EXPIRY = r'expiry-date="([^"]*)"'

# By what is said of an object, the header that says it, in the order in which it is read.
_NAMES: Mapping[str, str] = {
    N_("kms-key"): "x-oss-server-side-encryption-key-id",
    "crc64": protocol.CRC64,
    "md5": "content-md5",
    N_("link-to"): protocol.SYMLINK_TARGET,
    "content-type": "content-type",
    "content-encoding": "content-encoding",
    "content-language": "content-language",
    "content-disposition": "content-disposition",
    "cache-control": "cache-control",
    N_("expires"): "expires",
    N_("version"): "x-oss-version-id",
    N_("tags"): "x-oss-tagging-count",
    N_("rule"): "x-oss-expiration",
}
# Said in other words, or of the answer and not of the object.
_NOT_SAID = frozenset(
    {
        protocol.OBJECT_TYPE,
        protocol.STORAGE_CLASS,
        protocol.REQUEST_ID,
        "x-oss-server-time",
        "x-oss-ec",
    }
)


@command("stat readme.txt", arguments=[add_key, add_version, add_json])
def stat(console: Console, args: argparse.Namespace) -> None:
    """Show what the service says about an object, or about each one that a glob matches."""
    names = console.session.names
    for number, (place, version_id) in enumerate(names.objects(args.key, args.version_id)):
        if number and console.is_table and not args.json:
            console.say([""])
        _stat(console, place, version_id, as_json=args.json)


def _stat(console: Console, place: Place, version_id: str, *, as_json: bool) -> None:
    session = console.session
    with session.names.explaining_missing(place):
        if (archive := session.connection.archive(place)) is not None:
            stat = ObjectStat(archive.info_of(place.prefix), {})
        else:
            stat = session.connection.stat(place, version_id)
    table = _of_table(console, place, stat.info, version_id)
    if as_json:
        console.say_json([{**object_record(stat.info), **table, "headers": stat.headers}])
        return
    counts = {name: told_count(number) for name, number in table.items()}
    console.show_facts({**dict(object_facts(stat)), **counts})


def _of_table(console: Console, place: Place, info: ObjectInfo, version_id: str) -> dict[str, int]:
    """Return how many rows and columns a Parquet file has, if it can be read."""
    if not is_parquet(place.prefix) or info.is_symlink or info.type == MEMBER:
        return {}
    ranges = console.session.connection.ranges(place, info=info, version_id=version_id)
    try:
        parquet = ParquetObject(ranges.read, info.size, place.prefix)
    except OsshError:  # PyArrow is not installed, or it is something else
        return {}
    return {N_("rows"): parquet.rows, N_("columns"): len(parquet.columns)}


def object_facts(stat: ObjectStat) -> Iterator[tuple[str, str]]:
    """Yield names and values: what every object has, what this one has, and its metadata.

    A header of OSS's own that has no name here is shown under the name it has there.

    Source: OSS API reference, "HeadObject".
    """
    info, headers = stat.info, dict(stat.headers)  # what is said of these is taken away
    yield N_("key"), info.key
    yield N_("size"), told_size(info.size)
    yield N_("modified"), told_moment(info.last_modified)
    yield N_("type"), info.type
    yield N_("class"), info.storage_class
    if restore := restore_state(info.storage_class, headers.pop(protocol.RESTORE, "")):
        yield N_("restore"), restore
    yield "etag", info.etag
    if algorithm := headers.pop("x-oss-server-side-encryption", ""):
        yield N_("encryption"), f"{algorithm} ({'SSE-KMS' if algorithm == 'KMS' else 'SSE-OSS'})"
    if protocol.is_client_encrypted(headers):
        yield N_("client-encryption"), Words("yes: downloaded as stored, still encrypted")
    for name, header in _NAMES.items():
        if (text := headers.pop(header, None)) is not None:
            yield name, _moment(text) if header == "expires" else text
    others = [name for name in headers if name.startswith("x-oss-") and name not in _NOT_SAID]
    for name in sorted(others, key=lambda name: (name.startswith(_META), name)):
        yield name, headers[name]


def restore_state(storage_class: str, header: str) -> str:
    """Return how far an archived object is from being readable; "" for one that always is."""
    thaw = protocol.thaw_of(header)
    if thaw is Thaw.ONGOING:
        return Words("in progress")
    if thaw is Thaw.DONE:
        if expiry := re.search(_EXPIRY, header):
            return Words("readable until {time}", time=_moment(expiry[1]))
        return Words("readable")
    return Words("needed before it can be read") if storage_class in ARCHIVE_CLASSES else ""


def _moment(http_date: str) -> str:
    try:
        return told_moment(moment_at(protocol.parse_http_date(http_date)))
    except ValueError:
        return http_date


@command(
    "url readme.txt --expires 15min",
    arguments=[
        argument("key", metavar="KEY"),
        argument(
            "--expires",
            type=parse_duration,
            default=3600.0,
            metavar="TIME",
            help="how long the URL is valid, at most 7d (1h)",
        ),
        add_json,
    ],
)
def url(console: Console, args: argparse.Namespace) -> None:
    """Print a URL that lets anyone download an object until it expires."""
    session = console.session
    expires = timedelta(seconds=int(args.expires))
    if not timedelta(0) < expires <= _LONGEST_URL:
        raise UsageError(_("a URL can be valid for 1s to 7d"), hint=_("for example --expires 12h"))
    place, version_id = session.names.existing_object(args.key)
    connection, now = session.connection, session.now()
    if connection.archive(place) is not None:
        raise UsageError(
            _("a member of a ZIP archive has no URL of its own"),
            hint=_("use 'url' with the archive itself"),
        )
    signer = connection.signer(connection.source(Place(place.bucket)))
    url = signer.presign(
        place.prefix,
        now.timestamp(),
        expires_seconds=int(expires.total_seconds()),
        query=protocol.version_query(version_id),
    )
    if args.json:
        console.say_json([{"key": place.prefix, "url": url, "expires": now + expires}])
    else:
        console.say([url])
    if signer.is_anonymous:
        console.note(_("the URL is not signed: it works as long as the bucket is public"))
        return
    text = _("anyone who has this URL can read the object until {time}")
    console.warn(text.format(time=local_time(now + expires)))
    if session.connection.credentials().security_token:
        console.note(_(_TEMPORARY))
