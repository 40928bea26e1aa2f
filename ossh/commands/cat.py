"""head and cat: what is in an object, which the picker shows, too."""

import argparse
from collections.abc import Iterable, Iterator

from ossh.commands.command import argument, command, flag
from ossh.commands.options import add_key, add_version
from ossh.console.console import Console
from ossh.console.parser import positive
from ossh.console.views import excerpt
from ossh.console.views.excerpt import columns_that_fit, parquet_facts, row_lines
from ossh.console.views.table import tab_separated
from ossh.errors import OsshError, UsageError
from ossh.language import _
from ossh.model import KIB, MIB
from ossh.printable import as_word, printable
from ossh.session import Place, Session
from ossh.tables import ParquetObject, is_parquet, is_text_table, text_table
from ossh.units import format_size, parse_size
from ossh.zipped import archive_keys

_FIRST_RANGE = 64 * KIB  # bytes; some hundred lines of most texts
# The most that `head` passes on: no line that a person reads is longer, but a gzip of a few bytes
# may contain a line of gigabytes.
_EXCERPT = MIB  # bytes, plus this many for each line
_EXCERPT_OF_LINE = 4 * KIB
_TABLE = 8 * MIB  # bytes of lines that are held to show them as a table
_SCREEN_LINE = 1000  # characters of a line that `head` and the picker show on a terminal
_LOOK, _LOOK_LINES = 256 * KIB, 500  # the most bytes and lines that the picker shows
_LINES = 10  # that `head` shows
_LARGE = MIB  # bytes of an object that a person at the prompt may not want to see whole


_add_binary = flag("--binary", help="write the bytes as they are stored, even to a terminal")


@command(
    "head logs/latest.log.gz -n 3",
    "head dataset/weather/station-0[1-3].csv.gz -n 2",
    description="Show the first lines of an object, fetching no more of it than necessary. "
    "Gzip is unpacked. On a terminal, CSV, TSV and JSON lines are shown as a table with the "
    "columns that fit, and long lines are cut short and end in '…'. Of Parquet, the schema and "
    "the first rows are shown. If a glob matches several objects, each is shown below its "
    "name.",
    arguments=[
        add_key,
        argument("-n", "--lines", type=positive, help="number of lines or rows to show (10)"),
        argument(
            "-c",
            "--bytes",
            type=parse_size,
            metavar="SIZE",
            help="number of bytes to show instead: 4KiB",
        ),
        flag("--plain", help="show a table's lines as they are, even on a terminal"),
        add_version,
        _add_binary,
    ],
)
def head(console: Console, args: argparse.Namespace) -> None:
    """Show the first lines of an object, or of each one that a glob matches."""
    found = list(console.session.names.objects(args.key, args.version_id))
    for number, (place, version_id) in enumerate(found):
        if len(found) > 1:
            console.say([*([""] if number else []), f"==> {printable(place.prefix)} <=="])
        _head(console, place, version_id, args)


def _head(console: Console, place: Place, version_id: str, args: argparse.Namespace) -> None:
    lines = args.lines or _LINES
    if args.bytes is None and not args.binary and is_parquet(place.prefix):
        _head_of_parquet(console, place, version_id, lines)
        return
    stored = console.session.blocks(place, version_id, step=args.bytes or _FIRST_RANGE)
    blocks = stored if args.binary else excerpt.unpacked(stored)
    if args.bytes is not None:
        _print(console, place, excerpt.Bounded(blocks, args.bytes), is_binary=args.binary)
        return
    is_table = console.is_table and not (args.binary or args.plain) and is_text_table(place.prefix)
    most = _EXCERPT + lines * _EXCERPT_OF_LINE
    most = min(most, _TABLE) if is_table else most
    bounded = excerpt.Bounded(blocks, most)
    begin, rows = excerpt.first_lines(bounded, lines + is_table), None
    if is_table:  # whose first line has the titles
        text = b"".join(begin)
        rows = text_table(place.prefix, text, lines)
        begin = excerpt.first_lines([text], lines)
    if rows is not None:
        console.say(row_lines(rows, console.width, {}))
    else:
        _print(console, place, begin, is_binary=args.binary, longest=_SCREEN_LINE)
    if bounded.was_cut:
        warning = _("the lines are long, so only the first {size} are shown; '-c SIZE' shows more")
        console.warn(warning.format(size=format_size(most)))


def _head_of_parquet(console: Console, place: Place, version_id: str, number: int) -> None:
    """Write what a Parquet file has, and its first rows: tab-separated for a program."""
    if console.session.connection.archive(place) is not None:
        text = _("the columns of '{name}' cannot be read inside its archive")
        hint = _("'get' unpacks it; --binary shows the bytes as they are stored")
        raise UsageError(text.format(name=place.prefix), hint=hint)
    with console.session.names.explaining_missing(place):
        ranges = console.session.connection.ranges(place, version_id=version_id)
        parquet = ParquetObject(ranges.read, ranges.info.size, place.prefix)
        names = list(parquet.columns)
        if console.is_table:
            names = names[: columns_that_fit([names], console.width)]
        rows = parquet.first_rows(number, names)
    if console.is_table:
        console.say([parquet_facts(parquet), ""])
        console.say(row_lines(rows, console.width, parquet.columns))
    else:
        console.say(map(tab_separated, (rows.columns, *rows.rows)))
    if rows.cut:
        text = _("these columns are shown only in part, as their values are too large: {names}")
        console.warn(text.format(names=", ".join(rows.cut)))


@command(
    "cat readme.txt | grep logs",
    description="Print objects, one after another, as they are stored. At the prompt, you are "
    "asked before more than 1 MiB is written to the terminal; what is not text is refused there.",
    arguments=[argument("keys", nargs="+", metavar="KEY|GLOB"), add_version, _add_binary],
)
def cat(console: Console, args: argparse.Namespace) -> None:
    """Print objects, one after another, as they are stored."""
    if args.version_id and len(args.keys) > 1:
        raise UsageError(_("--version-id needs exactly one key"), hint=_("cat KEY --version-id ID"))
    for key in args.keys:
        for place, version_id in console.session.names.objects(key, args.version_id):
            _cat(console, place, version_id, is_binary=args.binary)


def _cat(console: Console, place: Place, version_id: str, *, is_binary: bool) -> None:
    """Write an object as it is stored; ask first if it would flood a terminal."""
    sizes = [0]
    first, blocks = excerpt.peeked(console.session.blocks(place, version_id, on_size=sizes.append))
    is_on_screen = console.interactive and console.is_table and not is_binary
    if is_on_screen and sizes[-1] > _LARGE and excerpt.is_text(first):
        question = _("'{key}' is {size} long; write all of it? [y/N] ")
        key, size = printable(place.prefix), format_size(sizes[-1])
        if not console.confirms(question.format(key=key, size=size)):
            console.note(_("nothing was written; '> FILE' writes it to a file"))
            return
    _print(console, place, blocks, is_binary=is_binary)


def _print(
    console: Console, place: Place, blocks: Iterable[bytes], *, is_binary: bool, longest: int = 0
) -> None:
    """Write bytes as they are, but to a terminal only text, with nothing that controls it.

    On a terminal, `longest` characters of a line are shown; 0 is all.
    """
    if is_binary or not console.is_table:
        console.say_bytes(blocks)
        return
    first, blocks = excerpt.peeked(blocks)
    if not excerpt.is_text(first):
        hint = _("--binary writes it to the terminal anyway, '> FILE' writes it to a file")
        if excerpt.is_gzip(first):
            hint = _("it is gzip, which 'head' unpacks; {hint}").format(hint=hint)
        elif place.prefix in archive_keys(f"{place.prefix}/"):
            name = as_word(f"{console.session.names.typed(place)}/")
            hint = _("it is a ZIP archive: 'ls {name}' shows what is in it").format(name=name)
        raise UsageError(_("'{key}' is not text").format(key=place.prefix), hint=hint)
    console.say(excerpt.screen_lines(blocks, longest))


def first_look(session: Session, place: Place) -> list[str]:
    """Return the first lines of an object, unpacked if it is gzip; or why there are none."""
    try:
        return list(_first_lines(session, place)) or [_("the object is empty")]
    except OsshError as error:
        return [printable(str(error)), *([printable(error.hint)] if error.hint else [])]


def _first_lines(session: Session, place: Place) -> Iterator[str]:
    at, version_id = session.names.existing_object(place.address)
    stored = session.blocks(at, version_id, step=_FIRST_RANGE)
    first, blocks = excerpt.peeked(excerpt.Bounded(excerpt.unpacked(stored), _LOOK))
    if not excerpt.is_text(first):
        yield _("this is not text; 'stat' shows what is known about it")
        return
    yield from excerpt.screen_lines(excerpt.first_lines(blocks, _LOOK_LINES), _SCREEN_LINE)
