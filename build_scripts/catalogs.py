"""Bring the translations of ossh up to date: collect the messages, merge, compile.

Usage:
    python3 build_scripts/catalogs.py    after a change of messages

It lists what needs translating in the .po file. The code marks messages with `_("...")`,
`N_("...")` and `n_("...", "...", number)`, a page with `{{"..."}}`. The texts of parsers, tables
and settings are translated when they are shown, so they need no mark: `MARKED` and `NAMED` say
which.
Exit status: 0 complete, 1 some messages need translating.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import environment

environment.go_on(__file__)


from babel.messages.catalog import Catalog, Message  # noqa: E402 - found there, as the rest
from babel.messages.mofile import write_mo  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402
from cmd2.rich_utils import TextGroup  # noqa: E402
from rich.text import Text  # noqa: E402

from ossh import commands  # noqa: E402
from ossh.console.argparse_internals import help_texts, subcommands  # noqa: E402
from ossh.session import Session  # noqa: E402
from ossh.shell.app import OsshShell  # noqa: E402

ROOT = environment.ROOT
PACKAGE = ROOT / "ossh"
FOLDER = PACKAGE / "locale" / "zh_CN" / "LC_MESSAGES"
PO, MO = FOLDER / "ossh.po", FOLDER / "ossh.mo"

# Positions of the arguments that are messages, by function.
MARKED = {
    "_": (0,),
    "N_": (0,),
    "n_": (0, 1),
    "Column": (0,),
    "Settable": (2,),
    "Words": (0,),
    "subcommand": (2,),
}
# What is a message on a page.
ON_PAGE = re.compile(r'\{\{"([^"]+)"\}\}')
# Keyword arguments that are messages in any call.
NAMED = frozenset({"help", "description", "epilog"})
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # the same messages compile to the same bytes
# The demo server's messages are for developers, and are not translated.
FOREIGN = PACKAGE / "demo"
# argparse's complaints and its word for the usage: those that a user can meet.
OF_ARGPARSE: tuple[str | tuple[str, str], ...] = (
    "usage: ",
    "argument %(argument_name)s: %(message)s",
    "unrecognized arguments: %s",
    "the following arguments are required: %s",
    "one of the arguments %s is required",
    "not allowed with argument %s",
    "ignored explicit argument %r",
    "ambiguous option: %(option)s could match %(matches)s",
    "expected one argument",
    "expected at most one argument",
    "expected at least one argument",
    ("expected %s argument", "expected %s arguments"),
    "invalid choice: %(value)r (choose from %(choices)s)",
)
# What argparse looks up when a parser is made, which is in English there: `Wording` looks it up
# when the help is written.
OF_PARSERS = (
    "positional arguments",
    "options",
    "subcommands",
    "show this help message and exit",
    "show program's version number and exit",
)
# What else is looked up as it comes: how cmd2 heads a remark in a help, the statuses of an object
# that are not states of a job too, the proofs that are words, and what systems say most often.
FROM_ELSEWHERE = (
    *("Hint", "pending", "skipped", "gone", "length", "link"),
    *("no such file or directory", "permission denied", "operation not permitted"),
    *("not a directory", "is a directory", "file exists", "file name too long"),
    *("read-only file system", "no space left on device", "disk quota exceeded"),
    *("device or resource busy", "too many open files", "too many levels of symbolic links"),
    *("input/output error", "invalid argument"),
)


def marked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every message of the package: its file, and one text, or its singular and plural."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if FOREIGN not in path.parents:
            file = path.relative_to(ROOT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for texts in _texts(tree):
                yield file, texts
    for path in sorted(PACKAGE.rglob("*.html")):
        for text in ON_PAGE.findall(path.read_text(encoding="utf-8")):
            yield path.relative_to(ROOT).as_posix(), (text,)


def _texts(tree: ast.Module) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("do_"):
            # 'help' shows the first line in its list of commands.
            yield from [(text.partition("\n")[0],) for text in [ast.get_docstring(node)] if text]


def _of_call(call: ast.Call) -> Iterator[tuple[str, ...]]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name in {"count", "count_sentence"}:
        yield from _counted(call)
    places = MARKED.get(name, ())
    texts = tuple(_constant(call.args[i]) for i in places if i < len(call.args))
    if texts and all(texts):
        yield texts
    for keyword in call.keywords:
        if keyword.arg in NAMED and (text := _constant(keyword.value)):
            yield (text,)


def _counted(call: ast.Call) -> Iterator[tuple[str, ...]]:
    """Yield the messages that `ossh.console.views.text.count` looks up for a noun."""
    noun, *plural = [text for text in map(_constant, call.args[1:]) if text] or [""]
    if noun:
        many = plural[0] if plural else f"{noun}s"
        yield (f"{{number:,}} {noun}", f"{{number:,}} {many}")


def _constant(node: ast.expr) -> str:
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def of_parsers() -> Iterator[str]:
    """Yield the texts of the shell's parsers and settings, including those of cmd2 itself."""
    shell = OsshShell(
        Session(environ={}, home=Path("home"), jobs_directory=Path("jobs").absolute())
    )
    for setting in shell.settables.values():
        yield setting.description
    for one in commands.every():
        yield one.summary
    for name in shell.get_visible_commands():
        if command := shell.get_command_func(name):
            yield (
                "" if name in commands.NAMES else (inspect.getdoc(command) or "").partition("\n")[0]
            )
            if parser := shell.command_parsers.get(command):
                yield from _of_parser(parser)


def _of_parser(parser: argparse.ArgumentParser) -> Iterator[str]:
    shown: list[object] = [parser.description, parser.epilog]  # cmd2 takes more than text
    for one in shown:
        yield from [one.title, _plain(one.text)] if isinstance(one, TextGroup) else [_plain(one)]
    yield from help_texts(parser)
    for one in subcommands(parser).values():
        yield from _of_parser(one)


def _plain(text: object) -> str:
    return text.plain if isinstance(text, Text) else str(text or "")


def template() -> Catalog:
    """Return the messages of the package, without translations."""
    catalog = Catalog(locale="zh_CN", project="ossh", charset="utf-8")
    for file, texts in marked():
        catalog.add(texts if len(texts) > 1 else texts[0], locations=[(file, 0)])
    for message in OF_ARGPARSE:
        catalog.add(message, locations=[("argparse", 0)], context="argparse")
    for text in (*OF_PARSERS, *FROM_ELSEWHERE, *of_parsers()):
        if text and text not in catalog:
            catalog.add(text, locations=[("cmd2", 0)])
    return catalog


def read() -> Catalog:
    with PO.open("rb") as file:
        catalog = read_po(file, locale="zh_CN")
    catalog.creation_date = NO_DATE
    return catalog


def missing(catalog: Catalog) -> list[Message]:
    """Return the messages that have no translation, or one that must be checked again."""

    def is_translated(one: Message) -> bool:
        return all(one.string) if isinstance(one.string, (tuple, list)) else bool(one.string)

    return [one for one in catalog if one.id and (one.fuzzy or not is_translated(one))]


def updated() -> Catalog:
    """Return the translations of exactly the messages that are in the code now."""
    catalog = read()
    catalog.update(template(), no_fuzzy_matching=True)
    return catalog


def po_text(catalog: Catalog) -> bytes:
    """Return a catalog as a .po file: sorted by source file, without dates and line numbers."""
    out = io.BytesIO()
    out.write(HEADER.encode())
    write_po(out, catalog, width=100, omit_header=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue().rstrip(b"\n") + b"\n"


HEADER = """\
# Simplified Chinese of ossh. Made by build_scripts/catalogs.py; the translations are edited here.
msgid ""
msgstr ""
"Language: zh_CN\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def main() -> int:
    catalog = updated()
    PO.write_bytes(po_text(catalog))
    with MO.open("wb") as file:
        write_mo(file, read())
    waiting = missing(catalog)
    for message in waiting:
        print(f"needs translating: {message.id!r}")
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
