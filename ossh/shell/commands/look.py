"""Looking at one object: stat, head, cat, url."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import KIB, MIB
from ossh.paths import printable
from ossh.session import Place, missing_is_a_slip, objects, resolve
from ossh.shell import excerpt, forms
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, add_version, command_parser, duration, positive, size
from ossh.shell.facts import facts
from ossh.shell.output import write_bytes
from ossh.shell.text import YES
from ossh.units import format_size, local_time

_FIRST_RANGE = 64 * KIB  # bytes; some hundred lines of most texts
# The most that `head` passes on: no line that a person reads is longer, but a gzip of a few bytes
# may contain a line of gigabytes.
_EXCERPT = MIB  # bytes, plus this many for each line
_EXCERPT_OF_LINE = 4 * KIB
_SCREEN_LINE = 1000  # characters of a line that `head` shows on a terminal
_LARGE = MIB  # bytes of an object that a person at the prompt may not want to see whole
_LONGEST_URL = timedelta(days=7)  # the service takes no signature for longer


class Look(CommandSet[OsshShell]):
    """Commands that look at one object."""

    DEFAULT_CATEGORY = "Browse"

    @staticmethod
    def _stat_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Show what the service says about an object, or about each one that a glob matches.",
            "stat readme.txt",
        )
        parser.add_argument(
            "key", metavar="KEY|GLOB", completer=OsshShell.key_complete, suppress_tab_hint=True
        )
        add_version(parser)
        add_json(parser)
        return parser

    @with_argparser(_stat_parser)
    def do_stat(self, args: argparse.Namespace) -> None:
        """Show what the service says about an object, or about each one that a glob matches."""
        for number, place in enumerate(self._places(args.key, args.version_id)):
            if number and self._cmd.is_table and not args.json:
                self._cmd.say([""])
            self._stat(place, args.version_id, as_json=args.json)

    def _stat(self, place: Place, version_id: str, *, as_json: bool) -> None:
        session = self._cmd.session
        with missing_is_a_slip(session, place):
            stat = session.connection.service(place).stat(place.prefix, version_id)
        if as_json:
            record = {**forms.object_record(stat.info), "headers": stat.headers}
            self._cmd.show([record], forms.RECORD, as_json=True)
            return
        self._cmd.show(facts(stat), forms.PAIRS)

    @staticmethod
    def _head_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Show the first lines of an object, fetching no more of it than necessary. Gzip is "
            "unpacked. On a terminal, long lines are cut short and end in '…'. If a glob matches "
            "several objects, each is shown below its name.",
            "head logs/latest.log.gz -n 3",
            "head dataset/weather/station-0[1-3].csv.gz -n 2",
        )
        parser.add_argument(
            "key", metavar="KEY|GLOB", completer=OsshShell.key_complete, suppress_tab_hint=True
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "-n", "--lines", type=positive, default=10, help="number of lines to show (10)"
        )
        how.add_argument(
            "-c", "--bytes", type=size, metavar="SIZE", help="number of bytes to show instead: 4KiB"
        )
        add_version(parser)
        _add_binary(parser)
        return parser

    @with_argparser(_head_parser)
    def do_head(self, args: argparse.Namespace) -> None:
        """Show the first lines of an object, or of each one that a glob matches."""
        first, *others = self._places(args.key, args.version_id)
        for place in (first, *others):
            if others:
                rule = f"==> {printable(place.prefix)} <=="
                self._cmd.say([rule] if place is first else ["", rule])
            self._head(place, args)

    def _head(self, place: Place, args: argparse.Namespace) -> None:
        stored = self._blocks(place, args.version_id, step=args.bytes or _FIRST_RANGE)
        blocks = stored if args.binary else excerpt.unpacked(stored)
        if args.bytes is not None:
            begin = excerpt.first_bytes(blocks, args.bytes)
            self._print(place, begin, is_binary=args.binary)
            return
        most = _EXCERPT + args.lines * _EXCERPT_OF_LINE
        bounded = excerpt.Bounded(blocks, most)
        begin = excerpt.first_lines(bounded, args.lines)
        self._print(place, begin, is_binary=args.binary, longest=_SCREEN_LINE)
        if bounded.was_cut:
            self._cmd.warn(
                _(
                    "the lines are long, so only the first {size} are shown; '-c SIZE' shows more"
                ).format(size=format_size(most))
            )

    @staticmethod
    def _cat_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Print objects, one after another, as they are stored. At the prompt, you are asked "
            "before more than 1 MiB, or anything that is not text, is written to the terminal.",
            "cat readme.txt | grep logs",
        )
        parser.add_argument(
            "keys",
            nargs="+",
            metavar="KEY|GLOB",
            completer=OsshShell.key_complete,
            suppress_tab_hint=True,
        )
        add_version(parser)
        _add_binary(parser)
        return parser

    @with_argparser(_cat_parser)
    def do_cat(self, args: argparse.Namespace) -> None:
        """Print objects, one after another, as they are stored."""
        if args.version_id and len(args.keys) > 1:
            raise UsageError(
                _("--version-id needs exactly one key"), hint=_("cat KEY --version-id ID")
            )
        for key in args.keys:
            for place in self._places(key, args.version_id):
                self._cat(place, args.version_id, is_binary=args.binary)

    def _cat(self, place: Place, version_id: str, *, is_binary: bool) -> None:
        """Write an object as it is stored; ask first if it may not suit a terminal."""
        sizes = [0]
        first, blocks = excerpt.peeked(self._blocks(place, version_id, on_size=sizes.append))
        if self._cmd.interactive and self._cmd.is_table and not is_binary:
            question = _doubt(place.prefix, first, sizes[-1])
            if question and self._cmd.ask(question, otherwise="n").lower() not in YES:
                self._cmd.note(_("nothing was written; '> FILE' writes it to a file"))
                return
            is_binary = not excerpt.is_text(first)
        self._print(place, blocks, is_binary=is_binary)

    @staticmethod
    def _url_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Print a URL that lets anyone download an object until it expires.",
            "url readme.txt --expires 15min",
        )
        parser.add_argument(
            "key", metavar="KEY", completer=OsshShell.key_complete, suppress_tab_hint=True
        )
        parser.add_argument(
            "--expires",
            type=duration,
            default=3600.0,
            metavar="TIME",
            help="how long the URL is valid, at most 7d (1h)",
        )
        add_json(parser)
        return parser

    @with_argparser(_url_parser)
    def do_url(self, args: argparse.Namespace) -> None:
        """Print a URL that lets anyone download an object until it expires."""
        session, expires = self._cmd.session, timedelta(seconds=int(args.expires))
        if not timedelta(0) < expires <= _LONGEST_URL:
            raise UsageError(
                _("a URL can be valid for 1s to 7d"), hint=_("for example --expires 12h")
            )
        place = self._place(args.key)
        if not session.catalog(place).find(place.prefix).is_key:
            raise UsageError(
                _("'{key}' is a prefix, not an object").format(key=args.key),
                hint=f"ls {args.key}",
            )
        signer, now = session.connection.signer(session.source(Place(place.bucket))), session.now()
        url = signer.presign(
            place.prefix, now.timestamp(), expires_seconds=int(expires.total_seconds())
        )
        if args.json:
            record = {"key": place.prefix, "url": url, "expires": now + expires}
            self._cmd.show([record], forms.RECORD, as_json=True)
        else:
            self._cmd.say([url])
        if signer.is_anonymous:
            self._cmd.note(_("the URL is not signed: it works as long as the bucket is public"))
            return
        self._cmd.warn(
            _("anyone who has this URL can read the object until {time}").format(
                time=local_time(now + expires)
            )
        )
        if session.connection.credentials().security_token:
            self._cmd.note(
                _(
                    "the credentials are temporary: the URL stops working when they expire, if "
                    "that is sooner"
                )
            )

    def _places(self, key: str, version_id: str) -> Iterator[Place]:
        """Yield where a key is, or each object that a glob matches; a version is of one key.

        Raises:
            UsageError: It names no object.
        """
        place = self._place(key)
        yield from [place] if version_id else objects(self._cmd.session, key)

    def _place(self, key: str) -> Place:
        """Return where a key is.

        Raises:
            UsageError: It names no object.
        """
        place = resolve(self._cmd.session.place, key)
        if not place.prefix:
            raise UsageError(
                _("'{key}' is a bucket, not an object").format(key=key),
                hint=_("'ls' shows what is here"),
            )
        return place

    def _blocks(
        self,
        place: Place,
        version_id: str,
        *,
        step: int = 0,
        on_size: Callable[[int], None] = lambda _size: None,
    ) -> Iterator[bytes]:
        """Yield the bytes of an object; `step` is how many to ask for at first, 0 is all."""
        with missing_is_a_slip(self._cmd.session, place):
            reader = self._cmd.session.connection.reader(place)
            yield from reader.blocks(
                place.prefix, step=step, version_id=version_id, on_size=on_size
            )

    def _print(
        self, place: Place, blocks: Iterable[bytes], *, is_binary: bool, longest: int = 0
    ) -> None:
        """Write bytes as they are, but to a terminal only text, with nothing that drives it.

        There, `longest` is how many characters of a line are shown; 0 is all.
        """
        if is_binary or not self._cmd.is_table:
            write_bytes(self._cmd.seen(blocks), self._cmd.stdout)
            return
        first, blocks = excerpt.peeked(blocks)
        if not excerpt.is_text(first):
            hint = _("--binary writes it to the terminal anyway, '> FILE' writes it to a file")
            if excerpt.is_gzip(first):
                hint = _("it is gzip, which 'head' unpacks; {hint}").format(hint=hint)
            key = printable(place.prefix)
            raise UsageError(_("'{key}' is not text").format(key=key), hint=hint)
        self._cmd.say(excerpt.screen_lines(blocks, longest))


def _doubt(key: str, first: bytes, size: int) -> str:
    """Return what to ask before a terminal gets an object that begins so; "" for nothing."""
    if excerpt.is_gzip(first):
        question = _("'{key}' is gzip, which 'head' unpacks; write it as it is? [y/N] ")
    elif not excerpt.is_text(first):
        question = _("'{key}' is not text; write it to the terminal anyway? [y/N] ")
    elif size > _LARGE:
        question = _("'{key}' is {size} long; write all of it? [y/N] ")
    else:
        return ""
    return question.format(key=printable(key), size=format_size(size))


def _add_binary(parser: Cmd2ArgumentParser) -> None:
    parser.add_argument(
        "--binary",
        action="store_true",
        help="write the bytes as they are stored, even to a terminal",
    )
