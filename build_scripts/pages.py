"""Write what docs/ has from the code: parts between two markers, and the manual page.

commands.md and ossh.1 from the shell's parsers, the guide's exit statuses from the errors,
manifest.md from the schema, troubleshooting.md from the causes of failures and the advice on each,
local-files.md from the rules on files already here, reliability.md from faults.toml.

Usage:
    python3 build_scripts/pages.py    write the pages; a test says when they are not up to date

Exit status: 0 done, 2 unusable.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import cast

import environment

environment.go_on(__file__)

# What follows is found there; an older Python than has tomllib was rejected.
# ruff: noqa: E402
import tomllib

import manual

from ossh.advice import advice, meaning
from ossh.commands import COMMON, MORE
from ossh.console.argparse_internals import (
    Parser,
    SubparsersAction,
    actions,
    subcommands,
)
from ossh.errors import STATUSES
from ossh.language import CHINESE, ENGLISH, _, speak
from ossh.manifest import schema
from ossh.model import Cause
from ossh.session import Session
from ossh.shell.app import OsshShell
from ossh.transfer.disk.overwrite_rules import RULES, Condition, LocalState

DOCS = environment.ROOT / "docs"
FAULTS = environment.ROOT / "build_scripts" / "faults.toml"
MANUAL = "ossh.1"
FILTERS = "filter add"  # the command that has all of them
SAVED = 9  # so many words must it save to tell of an argument once, for several commands
MADE = re.compile(r"(?<=<!-- begin made by pages.py -->\n)(.*?)(?=<!-- end -->\n)", re.DOTALL)


def main() -> None:
    for name in NAMES:
        (DOCS / name).write_text(fresh(name), encoding="utf-8", newline="\n")


def fresh(name: str) -> str:
    """Return the text that a page should have."""
    if name == MANUAL:
        return manual.page(_shell())
    now = (DOCS / name).read_text(encoding="utf-8")
    before, _, after = MADE.split(now, maxsplit=1)
    return before + "\n".join(_TELLERS[name]()) + "\n" + after


# docs/commands.md


def commands() -> Iterator[str]:
    """Yield the lines about every command, by what it is for."""
    families = list(_families(_shell()))
    every = {one.prog: _arguments(one) for _, found in families for one in _all(found)}
    filters = [one for one in every[FILTERS] if one in every["get"]]
    shared = [one for one in _shared(every.values()) if one not in filters]
    for wish, parsers in families:
        yield f"- {wish}: {', '.join(f'[{one.prog}](#{one.prog})' for one in parsers)}"
    yield from ("", "## Arguments of several commands", "")
    yield from (f"- {name}: {told}" for name, told in shared)
    elsewhere = {one: _bare(one[0]) for one in shared}
    elsewhere |= dict.fromkeys(filters, f"the [filters](#{FILTERS.replace(' ', '-')})")
    for wish, parsers in families:
        yield from ("", f"## {wish[0].upper()}{wish[1:]}")
        for parser in parsers:
            yield from _command(parser, "###", elsewhere)


def _shell() -> OsshShell:
    session = Session(environ={}, home=Path("home"), jobs_directory=Path("jobs").absolute())
    return OsshShell(session)


def _families(shell: OsshShell) -> Iterator[tuple[str, list[Parser]]]:
    """Yield each purpose, with the parsers of the commands that serve it."""
    for wish, names in (COMMON | MORE).items():
        found = (shell.command_parsers.get(getattr(shell, f"do_{name}")) for name in names)
        yield wish, [cast("Parser", one) for one in found]


def _all(parsers: Iterable[Parser]) -> Iterator[Parser]:
    for parser in parsers:
        yield parser
        yield from _all(subcommands(parser).values())


def _shared(arguments: Iterable[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Return the arguments that several commands have with the same help, the commonest first."""
    seen = Counter(one for listed in arguments for one in listed)
    several = [
        one for one, count in seen.most_common() if (count - 1) * len(one[1].split()) >= SAVED
    ]
    return [*{name: (name, told) for name, told in reversed(several)}.values()][::-1]


def _command(parser: Parser, level: str, elsewhere: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield the section of a command, and those of its subcommands one level below.

    `elsewhere` has the arguments that are told in another place, and how they are named here.
    """
    summary, _, _ = str(parser.description or "").partition("\n\n")
    yield from ("", f"{level} {parser.prog}", "", _text(summary.replace("\n", " ")))
    own, also = [], dict[str, None]()
    for name, told in _arguments(parser):
        if (name, told) in elsewhere and parser.prog != FILTERS:
            also[elsewhere[name, told]] = None
        else:
            own.append(f"- {name}{told and ': '}{told}")
    if own:
        yield from ("", *own)
    if also:
        yield from ("", f"[Also](#arguments-of-several-commands) {', '.join(also)}.")
    if parser.examples:
        yield from ("", "```", *parser.examples, "```")
    for one in subcommands(parser).values():
        yield from _command(one, level + "#", elsewhere)


def _arguments(parser: Parser) -> list[tuple[str, str]]:
    """Return how each argument of a command is written, and its help on one line."""
    return [
        (_names(action), _text(_help(action)).replace("\n", "<br>"))
        for action in actions(parser)
        if "--help" not in action.option_strings and not isinstance(action, SubparsersAction)
    ]


def _names(action: argparse.Action) -> str:
    value = manual.taken(action) if action.nargs != 0 else ""
    if not action.option_strings:
        return f"`{value}{' …' if action.nargs in {'*', '+'} else ''}`"
    return ", ".join(f"`{f'{name} {value}'.rstrip()}`" for name in action.option_strings)


def _bare(name: str) -> str:
    """Return an option as it is written, without the word for its value."""
    return re.sub(r" [^`,]+`", "`", name)


def _help(action: argparse.Action) -> str:
    told = str(action.help or "")
    return told % vars(action) if "%" in told else told


def _text(told: str) -> str:
    """Return help as Markdown: quoted text becomes code, and stars are escaped."""
    pieces = re.split(r"(?<!\w)'([^']+)'(?!\w)", told)
    return "".join(
        f"`{piece}`" if number % 2 else re.sub(r"([*<_])", r"\\\1", piece)
        for number, piece in enumerate(pieces)
    )


# docs/manifest.md


def manifest() -> Iterator[str]:
    """Yield the schema's description of tables and columns, with a heading before each table."""
    _, _, told = (schema.__doc__ or "").partition("\n\n")
    yield re.sub(
        r"\n\n([a-z]+), (\w)", lambda found: f"\n\n### {found[1]}\n\n{found[2].upper()}", told
    ).rstrip("\n")


# docs/troubleshooting.md


def causes() -> Iterator[str]:
    """Yield a line for each cause of failure: what it means, and what to do."""
    first: dict[str, Cause] = {}  # by its advice
    for cause in Cause:
        same = first.setdefault(advice(cause), cause)
        helps = advice(cause) if same is cause else f"as for '{same}'"
        told = [one[:1].upper() + one[1:] for one in (meaning(cause), helps) if one]
        yield f"- `{cause}`: {_text('. '.join(told))}."


# docs/local-files.md


def local_states() -> Iterator[str]:
    """Yield a row for each rule on what is already in an object's place."""
    said = {
        LocalState.NEW: "fetched",
        LocalState.HERE: "here already",
        LocalState.CHANGED: "replaced",
        LocalState.TRASHED: "moved to the trash, then fetched",
        LocalState.CONFLICT: "kept",
    }
    yield from ("| in its place | what happens to it |", "|---|---|")
    for one in RULES:
        there = "; ".join(known for known in Condition if known in one.conditions)
        yield f"| {there or 'any other file'} | {said[one.state]}{one.why and f': {one.why}'} |"


# docs/reliability.md


def faults() -> Iterator[str]:
    """Yield a line for each fault, and what ossh does about it."""
    for group in tomllib.loads(FAULTS.read_text(encoding="utf-8"))["group"]:
        yield from (f"## {group['title']}", "")
        for name, row in group["row"].items():
            yield f"- **{name}** *{row['fault']}:* {row['happens']}"
        yield ""


# docs/guide.md


def statuses(title: str, language: str) -> Iterator[str]:
    speak(language, {})
    try:
        yield from (title, "|---|---|")
        for numbers, told in STATUSES:
            yield f"| {numbers} | {_text(_(told))} |"
    finally:
        speak(ENGLISH, {})


_TELLERS: Mapping[str, Callable[[], Iterator[str]]] = {
    "commands.md": commands,
    "guide.md": partial(statuses, "| exit status | meaning |", ENGLISH),
    "guide.zh-CN.md": partial(statuses, "| 退出码 | 含义 |", CHINESE),
    "local-files.md": local_states,
    "manifest.md": manifest,
    "reliability.md": faults,
    "troubleshooting.md": causes,
}
NAMES = (*_TELLERS, MANUAL)


if __name__ == "__main__":
    main()
