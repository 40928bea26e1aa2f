"""Write docs/commands.md: every command of the shell, from the parsers that read them.

Usage:
    python3 build_scripts/commands.py            write the page anew
    python3 build_scripts/commands.py --check    only say whether it is up to date

Exit status: 0 done or up to date, 1 not up to date, 2 unusable.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ossh.shell.app import OsshShell
    from ossh.shell.arguments import Parser

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "commands.md"

OPENING = """\
# Commands

Made from the shell's own help by `build_scripts/commands.py`; `help COMMAND` says the same at
the prompt. Commands that print a list take `--json`, and print tab-separated lines when their
output is not a terminal. Sizes are written `1MiB` (steps of 1024) or `1MB` (steps of 1000), durations
`90s`, `1h`, `7d`, moments `2026-01-31` or `2026-01-31T08:00:00Z`.
"""


def main() -> int:
    """Write or check the page, as the command line says, and return the exit status."""
    ended = environment.again(__file__, ("cmd2", "oss2"), "check", "[dev]")
    if ended is not None:
        return ended
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it is stale")
    only_check = parser.parse_args().check
    fresh = render()
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == fresh:
        return 0
    if only_check:
        print("docs/commands.md is stale: run python3 build_scripts/commands.py")
        return 1
    PAGE.write_text(fresh, encoding="utf-8", newline="\n")
    return 0


def render() -> str:
    """Return the whole page."""
    shell = _shell()
    lines = [OPENING]
    for wish, commands in _families(shell):
        links = " · ".join(f"[{one.prog}](#{one.prog})" for one in commands)
        lines += [f"- {wish}: {links}"]
    for wish, commands in _families(shell):
        lines += ["", f"## {wish[0].upper()}{wish[1:]}"]
        for parser in commands:
            lines += _command(parser, "###")
    return "\n".join(lines) + "\n"


def _shell() -> OsshShell:
    from ossh.session import Session  # noqa: PLC0415 - is there once `again` has seen to it
    from ossh.shell.app import OsshShell  # noqa: PLC0415 - likewise
    from ossh.shell.commands import all_sets  # noqa: PLC0415 - likewise

    session = Session(environ={}, home=Path("home"), jobs_directory=Path("jobs").absolute())
    return OsshShell(session, command_sets=all_sets())


def _families(shell: OsshShell) -> Iterator[tuple[str, list[Parser]]]:
    """Yield what one may wish, with the parsers of the commands that do it."""
    from ossh.shell.overview import WISHES  # noqa: PLC0415 - is there once `again` has seen to it

    by_category, _ = shell._build_command_info()  # noqa: SLF001 - what `help` itself reads
    for category, wish in WISHES.items():
        names = sorted(by_category[category])
        found = (shell.command_parsers.get(getattr(shell, f"do_{name}")) for name in names)
        yield wish, [cast("Parser", one) for one in found]


def _command(parser: Parser, level: str) -> Iterator[str]:
    """Yield the section of a command, and those of its subcommands one level below."""
    yield from ("", f"{level} {parser.prog}", "", _text(str(parser.description or "")))
    subcommands: list[Parser] = []
    rows = []
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            subcommands = list(action.choices.values())
        elif "--help" not in action.option_strings:
            rows.append(f"| {_names(action)} | {_text(_help(action))} |")
    if rows:
        yield from ("", "| | |", "|---|---|", *rows)
    if parser.examples:
        yield from ("", "```", *parser.examples, "```")
    for one in subcommands:
        yield from _command(one, level + "#")


def _names(action: argparse.Action) -> str:
    """Return how an argument is written."""
    value = action.metavar or (action.choices and "|".join(map(str, action.choices))) or ""
    value = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        value = value or action.dest
        return f"`{_cell(value + (' …' if action.nargs in {'*', '+'} else ''))}`"
    wants_value = action.nargs != 0
    value = (value or action.dest.upper()) if wants_value else ""
    return ", ".join(f"`{_cell(f'{name} {value}'.rstrip())}`" for name in action.option_strings)


def _help(action: argparse.Action) -> str:
    told = str(action.help or "")
    return told % vars(action) if "%" in told else told


def _text(told: str) -> str:
    """Return help as Markdown shows it: what stands in quotes is code, stars are stars."""
    pieces = re.split(r"(?<!\w)'([^']+)'(?!\w)", _cell(told))
    return "".join(
        f"`{piece}`" if number % 2 else re.sub(r"([*<_])", r"\\\1", piece)
        for number, piece in enumerate(pieces)
    )


def _cell(told: str) -> str:
    return told.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
