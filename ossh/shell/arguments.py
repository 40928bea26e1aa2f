"""What the parsers of all commands share: their look, and the values they read."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn, Self, TypeVar

from cmd2 import Cmd2ArgumentParser

from ossh import units
from ossh.paths import printable

T = TypeVar("T")


def printed(text: str) -> str:
    """Return lines of text with all escaped in them that could drive a terminal."""
    return "\n".join(map(printable, text.split("\n")))


class _Parser(Cmd2ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse a command; what is repeated of it, which may have been pasted, is escaped."""
        super().error(printed(message))


def command_parser(does: str, example: str, *, add_help: bool = True) -> Cmd2ArgumentParser:
    """Return a parser whose help says what a command does and ends with an example.

    Args:
        does: What the command does, in the imperative.
        example: A command line that works as it stands.
        add_help: Whether `-h` is help too; a command that uses it otherwise keeps `--help`.
    """
    parser = _Parser(description=does, epilog=f"example: {example}", add_help=add_help)
    if not add_help:
        parser.add_argument("--help", action="help", help="show this help message and exit")
    return parser


def add_json(parser: Cmd2ArgumentParser) -> None:
    """Let a command write JSON lines."""
    parser.add_argument("--json", action="store_true", help="write JSON, one object a line")


def _typed(read: Callable[[str], T]) -> Callable[[str], T]:
    def convert(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return convert


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"'{text}' is not a number from 1")
    return int(text)


def whole(text: str) -> int:
    """Return a number from 0.

    Raises:
        ValueError: It is none.
    """
    if not text.isdecimal():
        raise ValueError(f"'{text}' is not a number from 0")
    return int(text)


class Rate(int):
    """Bytes per second, read from a size such as "20MiB", and shown as one."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Return what a text means.

        Raises:
            ValueError: It is no size.
        """
        return super().__new__(cls, units.parse_size(text.removesuffix("/s")))

    def __repr__(self) -> str:
        return units.format_setting_size(int(self))

    __str__ = __repr__


from_zero: Callable[[str], int] = _typed(whole)
positive: Callable[[str], int] = _typed(_positive)
size: Callable[[str], int] = _typed(units.parse_size)
moment: Callable[[str], datetime | timedelta] = _typed(units.parse_moment)


def several(values: list[str] | None) -> tuple[str, ...]:
    """Return values given one by one or with commas between them, each once and in order."""
    split = (piece.strip() for value in values or () for piece in value.split(","))
    return tuple(dict.fromkeys(piece for piece in split if piece))
