"""What the parsers of commands share: actions of a command, and the values they read."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ossh import units
from ossh.console.argparse_internals import Parser, SubparsersAction
from ossh.language import _
from ossh.model import MOST_CONNECTIONS


def subcommand(actions: "SubparsersAction[Any]", name: str, does: str, *examples: str) -> Parser:
    """Add a command to those of a parser, and return its own parser, as `command_parser` does."""
    description = does[0].upper() + does[1:] + "."
    parser: Parser = actions.add_parser(name, help=does, description=description)
    parser.examples = examples
    return parser


# What reads a value: its ValueError says what is accepted.


def from_zero(text: str, least: int = 0, most: int | None = None) -> int:
    """Return a whole number within limits; raise a ValueError that says them for another text.

    One that is larger than any list is as large as a list may be.
    """
    if text.isdecimal() and least <= int(text) and (most is None or int(text) <= most):
        return min(int(text), sys.maxsize)
    why = _("'{text}' is not a whole number from {least} to {most}")
    if most is None:
        why = _("'{text}' is not a whole number from {least} up")
    raise ValueError(why.format(text=text, least=least, most=most))


positive: Callable[[str], int] = partial(from_zero, least=1)
connections: Callable[[str], int] = partial(from_zero, least=1, most=MOST_CONNECTIONS)


def pause(text: str) -> float:
    if not (seconds := units.parse_duration(text)):
        raise ValueError(_("'{text}' is no pause").format(text=text))
    return seconds


def listed(text: str) -> tuple[str, ...]:
    """Return the values of a text with commas between them, for `action="extend"`."""
    found = tuple(map(str.strip, text.split(",")))
    if not all(found):
        why = _("a value is missing in '{text}'; values are written without spaces: A,B")
        raise ValueError(why.format(text=text))
    return found


def quota(text: str) -> str:
    units.parse_share(text)
    return text


NOW = "now"


def moment_or_now(text: str) -> datetime | timedelta | str:
    return NOW if text == NOW else units.parse_moment(text)
