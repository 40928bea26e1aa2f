"""The parser of ossh, and all that it touches of argparse beyond its documentation, and why.

`ossh --version` loads no cmd2, so what belongs to cmd2 is in `cmd2_internals`. A test names what is
missing, or of another shape, when another Python changes it.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NoReturn, TypeVar

from ossh.errors import UsageError
from ossh.language import N_, _, npgettext, pgettext

# What may take an argument: a parser, or a group of one.
ArgumentContainer = argparse._ActionsContainer
SubparsersAction = argparse._SubParsersAction
P = TypeVar("P", bound=argparse.ArgumentParser)

# A heading of Chinese characters, to which argparse adds its own colon; maybe between colours.
_CHINESE_HEADING = re.compile(r"(?m)^((?:\x1b\[[\d;]*m)*[^\x00-\x7f]+):((?:\x1b\[[\d;]*m)*)$")

# An empty argument, which is never meant: `get "$FOLDER"` would fetch all that is here.
# The prompt keeps quotes that stand behind "=".
_EMPTY = re.compile(r"(?:--[a-z-]+=(?:\"\"|'')?)?")
_NUMBER = re.compile(r"-[0-9]+")
_UNSET = N_(
    "is a variable of your shell or script unset? where '.' is taken, it is all that is here"
)

# Looked up when it is said, as in the catalog.
_said = partial(pgettext, "argparse")
# argparse takes these two from gettext by name, and calls them by these names.
argparse._ = _said  # type: ignore[attr-defined]
argparse.ngettext = partial(npgettext, "argparse")  # type: ignore[attr-defined]


def actions(parser: argparse.ArgumentParser) -> Sequence[argparse.Action]:
    """Return the arguments and options of a parser, in order; argparse has no public list."""
    return parser._actions


def subcommands(parser: P) -> dict[str, P]:
    """Return the parsers of a command's own commands, by name; they are of its parser's class."""
    chosen = (one.choices for one in actions(parser) if isinstance(one, SubparsersAction))
    return dict(next(chosen, {}))


def option_strings(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the options of a parser and of its subcommands that its help shows, with dashes."""
    for action in actions(parser):
        if action.help != argparse.SUPPRESS:
            yield from action.option_strings
    for one in subcommands(parser).values():
        yield from option_strings(one)


def help_texts(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield what a help says of a parser's groups, of its arguments and of its own commands."""
    yield from (group.title or "" for group in parser._action_groups)
    for action in actions(parser):
        yield action.help or ""
        if isinstance(action, SubparsersAction):
            yield from (one.help or "" for one in action._choices_actions)


class Parser(argparse.ArgumentParser):
    """Reads a command line; its help ends with examples.

    A wrong line is refused by an error with a hint, not by a usage and an exit.

    argparse tells `error` only a finished sentence. So the two complaints that hints are made of
    are made here, where the words are still known.
    """

    examples: tuple[str, ...] = ()  # command lines that work as they stand
    explains = N_("'help {command}' explains it")  # the hint where nothing else may have been meant

    def __init__(self, **options: Any) -> None:
        # A command may take -h for something else, as `ls` does; --help stays. The beginning of an
        # option is none: a script that has one would mean another when a new option comes.
        ours = {"formatter_class": Wording, "conflict_handler": "resolve", "allow_abbrev": False}
        super().__init__(**{**ours, **options})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Read what there are arguments for, and return the rest too; refuse what is empty."""
        if args is not None and any(map(_EMPTY.fullmatch, args)):
            self.error(_("an argument is empty"), _(_UNSET))
        return super().parse_known_args(args, namespace)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Read a command line; refuse what none of the arguments takes.

        Options may stand between the other words. argparse reads that too, but then takes no "--";
        so it reads so only what it cannot read otherwise.
        """
        found, unknown = self.parse_known_args(args, namespace)
        if unknown and not subcommands(self) and "--" not in (args or ()):
            # nobody who calls this has put something into a namespace
            found, unknown = self.parse_known_intermixed_args(args)
        if unknown:
            reader = subcommands(self).get(getattr(found, "action", ""), self)
            if "-n" in option_strings(reader):  # "-2", which argparse takes for a name, may be one
                unknown = [*filter(_NUMBER.fullmatch, args or ())] or unknown
            message = _said("unrecognized arguments: %s") % " ".join(unknown)
            reader.error(message, reader.hint_for_unknown(unknown) or reader.hint_for_many(unknown))
        return found

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Read a value; the ValueError of what reads it says what is wrong."""
        try:
            return action.type(arg_string) if callable(action.type) else arg_string
        except ValueError as error:
            raise argparse.ArgumentError(action, str(error)) from error

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(one) for one in action.choices]
        message = _said("invalid choice: %(value)r (choose from %(choices)s)")
        fields = {"value": value, "choices": ", ".join(map(repr, choices))}
        complaint = str(argparse.ArgumentError(action, message % fields))
        from ossh.console.suggestions import hint_for_choice  # needed for mistakes alone

        example = self.examples[0] if isinstance(action, SubparsersAction) else ""
        self.error(complaint, hint_for_choice(str(value), choices, self.prog, example))

    def error(self, message: str, hint: str = "") -> NoReturn:
        raise UsageError(message, hint=hint or _(self.explains).format(command=self.prog))

    def format_help(self, *args: Any, **options: Any) -> str:
        lines = [super().format_help(*args, **options).rstrip("\n")]
        if len(self.examples) > 1:
            lines += ["", _("examples:"), *(f"  {one}" for one in self.examples)]
        elif self.examples:
            lines += ["", _("example: {command}").format(command=self.examples[0])]
        return "\n".join([*lines, ""])

    def hint_for_unknown(self, words: Sequence[str]) -> str:
        """Return what may have been meant by words that no argument takes, or ""."""
        from ossh.console.suggestions import hint_for_option  # needed for mistakes alone

        return hint_for_option(words, self.prog, [*option_strings(self)])

    def hint_for_many(self, words: Sequence[str]) -> str:
        """Return what to know where a shell has made several names of a glob, or ""."""
        single = (
            one for one in actions(self) if one.nargs in {None, "?"} and not one.option_strings
        )
        name = next((one.metavar for one in single), None)
        if not isinstance(name, str) or " " in name or any(word.startswith("-") for word in words):
            return ""
        return _("'{command}' takes one {name} at a time").format(command=self.prog, name=name)


class Wording(argparse.HelpFormatter):
    """Writes the help of a parser in the language that is spoken."""

    def format_help(self) -> str:
        """Return the help; a Chinese heading ends with a colon of its own width."""
        return _CHINESE_HEADING.sub(r"\1：\2", super().format_help())  # noqa: RUF001

    def start_section(self, heading: str | None) -> None:
        super().start_section(_(heading) if heading else heading)

    def add_text(self, text: Any) -> None:
        super().add_text(_(text) if isinstance(text, str) else text)

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Break a help between Chinese characters too."""
        from ossh.console.views.text import wrapped  # a start that shows no help needs none of it

        return super()._split_lines(text, width) if text.isascii() else wrapped(text, width)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return _(action.help) if action.help else action.help

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Break each line of a description where it is too long."""
        if text.isascii() and len(indent + text) <= width:  # as is what `--version` shows
            return indent + text
        from ossh.console.views.text import reflowed  # as above

        return reflowed(indent + text, width)
