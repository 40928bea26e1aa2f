"""stat and url: what the service says about an object, and a URL for it."""

import argparse
from datetime import timedelta

from ossh.commands.command import argument, command
from ossh.commands.options import add_json, add_key, add_version
from ossh.console.console import Console
from ossh.console.views.ls import object_record
from ossh.console.views.stat import object_facts
from ossh.errors import OsshError, UsageError
from ossh.language import N_, _
from ossh.model import ObjectInfo, ObjectStat
from ossh.session import Place
from ossh.tables import ParquetObject, is_parquet
from ossh.units import local_time, parse_duration, told_count
from ossh.zipped import MEMBER

_TEMPORARY = N_(
    "the credentials are temporary: the URL stops working when they expire, if that is sooner"
)
_LONGEST_URL = timedelta(days=7)  # the service takes no signature for longer


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
        query={"versionId": version_id} if version_id else None,
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
