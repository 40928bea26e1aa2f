"""What the parsers of all commands share: their look, and the values they read."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from shutil import get_terminal_size
from typing import Any, NoReturn, TypeVar

from cmd2 import Cmd2ArgumentParser, CompletionItem, Completions
from cmd2.argparse_completer import ArgparseCompleter
from cmd2.rich_utils import Cmd2HelpFormatter, TextGroup
from rich.containers import Lines
from rich.text import Text

from ossh import units
from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.paths import printable
from ossh.shell.suggestions import lone_unit, nearest_argument, unknown_action
from ossh.shell.wording import Wording, complaint
from ossh.shell.wrapping import reflowed, wrapped

T = TypeVar("T")

_NARROW = 60  # columns of a terminal where the help of an option goes below it, not beside it
_SHOW_HELP = N_("show this help message and exit")

# cmd2's own commands, whose help has no examples.
_EXAMPLES_OF_CMD2 = {
    "alias": ("alias create ll ls -l", "alias list"),
    "alias create": ("alias create ll ls -l",),
    "alias delete": ("alias delete ll",),
    "alias list": ("alias list",),
    "edit": ("edit night.ossh",),
    "help": ("help get", "help -v"),
    "history": ("history", "history --transcript day.transcript 1:"),
    "macro": ("macro create day ls -l logs/2026/{1}/", "macro list"),
    "macro create": ("macro create day ls -l logs/2026/{1}/",),
    "macro delete": ("macro delete day",),
    "macro list": ("macro list",),
    "run_script": ("run_script night.ossh",),
    "set": ("set rate 20MiB", "set connections 16"),
    "shell": ("!ls -l", "shell ls -l"),
}


def printed(text: str) -> str:
    """Return lines of text with everything escaped that could drive a terminal."""
    return "\n".join(map(printable, text.split("\n")))


class HelpFormatter(Wording, Cmd2HelpFormatter):
    """Writes help as cmd2 does, in the language that is spoken."""

    def __init__(self, prog: str, **options: Any) -> None:  # noqa: ANN401 - passed on
        is_narrow = get_terminal_size().columns < _NARROW
        super().__init__(prog, **{"max_help_position": 4 if is_narrow else 24, **options})

    def add_text(self, text: Any) -> None:  # noqa: ANN401 - cmd2 shows more than text
        """Add a description or an epilog, a styled one too."""
        if isinstance(text, TextGroup):
            inside = self._width - self._indent_increment
            text = TextGroup(_(text.title), _plain(text.text, inside))
        super().add_text(_plain(text, self._width))

    def _rich_split_lines(self, text: Text, width: int) -> Lines:
        """Break a help between Chinese characters too; a table in it is broken already."""
        if "\n" in text.plain:
            return text.split()
        if text.plain.isascii() and all(len(word) <= width for word in text.plain.split()):
            return super()._rich_split_lines(text, width)
        return Lines(Text(line, style=text.style) for line in wrapped(text.plain, width))


def _plain(text: Any, width: int) -> Any:  # noqa: ANN401 - as above
    """Return a text of cmd2's in the language that is spoken; in English with its styles."""
    words = text.plain if isinstance(text, Text) else text
    if isinstance(words, str) and (looked_up := _(words)) != words:
        return Text(reflowed(looked_up, width))
    return text


class Completer(ArgparseCompleter):
    """Offers options and subcommands beside what they do, in the language that is spoken."""

    def _complete_flags(self, *args: Any, **options: Any) -> Completions:  # noqa: ANN401 - cmd2's own
        return Completions(_said(super()._complete_flags(*args, **options).items))

    def _choices_to_items(self, *args: Any, **options: Any) -> list[CompletionItem]:  # noqa: ANN401
        return _said(super()._choices_to_items(*args, **options))


def _said(items: Iterable[CompletionItem]) -> list[CompletionItem]:
    return [replace(one, display_meta=_(one.display_meta)) for one in items]


# What is meant by a word that is none of a command's actions.
_LIKE = N_("write it like this: {example}")
_MEANT = {"alias": _LIKE, "jobs": N_("did you mean 'jobs show {word}'?"), "macro": _LIKE}


class Parser(Cmd2ArgumentParser):
    """Reads a command line; its help ends with examples, its complaints with what was meant."""

    given_examples: tuple[str, ...] = ()

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(**{**options, "formatter_class": HelpFormatter})

    @property
    def examples(self) -> tuple[str, ...]:
        """Return command lines that work as they stand."""
        return self.given_examples or _EXAMPLES_OF_CMD2.get(self.prog, ())

    def format_help(self, *args: Any, **options: Any) -> str:  # noqa: ANN401 - cmd2's own signature
        """Return the help, with the examples at its end."""
        shown = super().format_help(*args, **options)
        if not self.examples:
            return shown.rstrip("\n") + "\n"
        first, *others = self.examples
        lines = [_("examples:"), f"  {first}"]
        if not others:
            lines = [_("example: {command}").format(command=first)]
        return "\n".join([shown.rstrip("\n"), "", *lines, *(f"  {one}" for one in others), ""])

    def error(self, message: str) -> NoReturn:
        """Refuse a command; the shell shows why, as it does for any other error.

        Raises:
            UsageError: Always.
        """
        hint = _("'help {command}' explains it").format(command=self.prog)
        if meant := nearest_argument(message, _options(self)):
            hint = _("did you mean '{word}'?").format(word=meant)
        elif unit := lone_unit(message):
            hint = _("write the unit right after the number, without a space: 5{unit}")
            hint = hint.format(unit=unit)
        elif (word := unknown_action(message)) and self.prog in _MEANT:
            hint = _(_MEANT[self.prog]).format(word=word, example=self.examples[0])
        raise UsageError(complaint(message), hint=hint)


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the options of a parser and of its subcommands."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of them
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for one in action.choices.values():
                yield from _options(one)


def command_parser(does: str, *examples: str, add_help: bool = True) -> Parser:
    """Return a parser whose help says what a command does and ends with examples.

    Args:
        does: What the command does, in the imperative.
        examples: Command lines that work as they stand, at least one.
        add_help: Whether `-h` is help too; a command that uses it otherwise keeps `--help`.
    """
    parser = Parser(description=does, add_help=add_help)
    parser.given_examples = examples
    if not add_help:
        parser.add_argument("--help", action="help", help=_SHOW_HELP)
    return parser


def subcommand(
    actions: "argparse._SubParsersAction[Any]", name: str, does: str, *examples: str
) -> Parser:
    """Add a command to those of a parser, and return its own parser.

    Args:
        actions: From `add_subparsers`.
        name: The word that chooses it.
        does: What it does, in the imperative.
        examples: Command lines that work as they stand, at least one.
    """
    parser = actions.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".")
    if not isinstance(parser, Parser):
        raise TypeError(name)
    parser.given_examples = examples
    return parser


def add_json(parser: Cmd2ArgumentParser) -> None:
    """Let a command write JSON lines."""
    parser.add_argument("--json", action="store_true", help="write JSON, one object per line")


def add_version(parser: Cmd2ArgumentParser) -> None:
    """Let a command take one version of its object."""
    parser.add_argument(
        "--version-id",
        default="",
        metavar="ID",
        help="this version of the object, even if it has since been replaced or deleted",
    )


def add_limit(parser: Cmd2ArgumentParser) -> None:
    """Let a list be cut short."""
    parser.add_argument("--limit", type=positive, metavar="N", help="show at most N")


def add_order(parser: Cmd2ArgumentParser, orders: Iterable[str]) -> None:
    """Let a list be sorted, the other way round too, and cut short."""
    parser.add_argument(
        "--sort", choices=[*orders], help="sort order; the largest and newest come first"
    )
    parser.add_argument("--reverse", action="store_true", help="reverse the order")
    add_limit(parser)


def _typed(read: Callable[[str], T]) -> Callable[[str], T]:
    def convert(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return convert


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(_("'{text}' is not a whole number from 1 up").format(text=text))
    return int(text)


def whole(text: str) -> int:
    """Return a number from 0.

    Raises:
        ValueError: It is not one.
    """
    if not text.isdecimal():
        raise ValueError(_("'{text}' is not a whole number from 0 up").format(text=text))
    return int(text)


from_zero: Callable[[str], int] = _typed(whole)
duration: Callable[[str], float] = _typed(units.parse_duration)
positive: Callable[[str], int] = _typed(_positive)
size: Callable[[str], int] = _typed(units.parse_size)
moment: Callable[[str], datetime | timedelta] = _typed(units.parse_moment)


def several(values: list[str] | None) -> tuple[str, ...]:
    """Return values given one by one or with commas between them, each once and in order."""
    split = (piece.strip() for value in values or () for piece in value.split(","))
    return tuple(dict.fromkeys(piece for piece in split if piece))
