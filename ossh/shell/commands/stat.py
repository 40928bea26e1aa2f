"""stat and url: what the service says about an object, and a URL for it."""

import argparse
from datetime import timedelta

from cmd2 import CommandSet

from ossh.errors import OsshError, UsageError
from ossh.language import N_, _
from ossh.model import ObjectInfo, ObjectStat
from ossh.session import Place
from ossh.shell import completion
from ossh.shell.commands.options import add_json, add_key, add_version, argument, command
from ossh.shell.console import Console
from ossh.shell.parsing.arguments import Parser, duration
from ossh.shell.views.ls import object_record
from ossh.shell.views.stat import object_facts
from ossh.store.object_file import ObjectFile
from ossh.tables import ParquetObject, is_parquet
from ossh.units import local_time, told_count
from ossh.zipped import MEMBER

_TEMPORARY = N_(
    "the credentials are temporary: the URL stops working when they expire, if that is sooner"
)
_LONGEST_URL = timedelta(days=7)  # the service takes no signature for longer


def _add_url_options(parser: Parser) -> None:
    argument("key", metavar="KEY", completer=completion.keys)(parser)
    parser.add_argument(
        "--expires",
        type=duration,
        default=3600.0,
        metavar="TIME",
        help="how long the URL is valid, at most 7d (1h)",
    )


class StatCommands(CommandSet[Console]):
    """Commands that describe an object without reading it."""

    DEFAULT_CATEGORY = "Browse"

    @command("stat readme.txt", adds=[add_key, add_version, add_json])
    def do_stat(self, args: argparse.Namespace) -> None:
        """Show what the service says about an object, or about each one that a glob matches."""
        names = self._cmd.session.names
        for number, (place, version_id) in enumerate(names.objects(args.key, args.version_id)):
            if number and self._cmd.is_table and not args.json:
                self._cmd.say([""])
            self._stat(place, version_id, as_json=args.json)

    def _stat(self, place: Place, version_id: str, *, as_json: bool) -> None:
        session = self._cmd.session
        with session.names.explaining_missing(place):
            if (archive := session.connection.archive(place)) is not None:
                stat = ObjectStat(archive.info_of(place.prefix), {})
            else:
                stat = session.connection.service(place).stat(place.prefix, version_id)
        table = self._of_table(place, stat.info, version_id)
        if as_json:
            self._cmd.say_json({**object_record(stat.info), **table, "headers": stat.headers})
            return
        counts = {name: told_count(number) for name, number in table.items()}
        self._cmd.show_facts({**dict(object_facts(stat)), **counts})

    def _of_table(self, place: Place, info: ObjectInfo, version_id: str) -> dict[str, int]:
        """Return how many rows and columns a Parquet file has, if it can be read."""
        if not is_parquet(place.prefix) or info.is_symlink or info.type == MEMBER:
            return {}
        ranges = self._cmd.session.connection.ranges(place, info=info, version_id=version_id)
        try:
            parquet = ParquetObject(ObjectFile(ranges.read, info.size, place.prefix))
        except OsshError:  # PyArrow is not installed, or it is something else
            return {}
        return {N_("rows"): parquet.rows, N_("columns"): len(parquet.columns)}

    @command("url readme.txt --expires 15min", adds=[_add_url_options, add_json])
    def do_url(self, args: argparse.Namespace) -> None:
        """Print a URL that lets anyone download an object until it expires."""
        shell, session = self._cmd, self._cmd.session
        expires = timedelta(seconds=int(args.expires))
        if not timedelta(0) < expires <= _LONGEST_URL:
            raise UsageError(
                _("a URL can be valid for 1s to 7d"), hint=_("for example --expires 12h")
            )
        place, version_id = session.names.existing_object(args.key)
        connection, now = session.connection, session.now()
        if connection.archive(place) is not None:
            raise UsageError(
                _("a member of a ZIP archive has no URL of its own"),
                hint=_("'url' of the archive works"),
            )
        signer = connection.signer(connection.source(Place(place.bucket)))
        url = signer.presign(
            place.prefix,
            now.timestamp(),
            expires_seconds=int(expires.total_seconds()),
            query={"versionId": version_id} if version_id else None,
        )
        if args.json:
            shell.say_json({"key": place.prefix, "url": url, "expires": now + expires})
        else:
            shell.say([url])
        if signer.is_anonymous:
            shell.note(_("the URL is not signed: it works as long as the bucket is public"))
            return
        text = _("anyone who has this URL can read the object until {time}")
        shell.warn(text.format(time=local_time(now + expires)))
        if session.connection.credentials().security_token:
            shell.note(_(_TEMPORARY))
