"""What a command is: a function over a console, with its arguments, its help and its examples."""

import argparse
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from ossh.console.argparse_internals import ArgumentContainer, Parser
from ossh.console.console import Console
from ossh.model import value
from ossh.session.combinations import check, given

P = TypeVar("P", bound=Parser)
Body = Callable[[Console, argparse.Namespace], None]


@value
class Command:
    """A command, whoever runs it."""

    name: str  # the word that is typed
    body: Body
    summary: str  # what it does, in one sentence
    description: str  # what its help says of it
    examples: tuple[str, ...]  # command lines that work as they stand
    arguments: tuple[Callable[[Parser], object], ...]  # what adds each argument, in order

    def run(self, console: Console, args: argparse.Namespace) -> None:
        """Do what it does, unless its options exclude each other.

        Raises:
            UsageError: They do.
        """
        check(given(vars(args)))
        console.named = getattr(args, "job", "")
        self.body(console, args)

    def parser(self, kind: type[P], **options: Any) -> P:  # noqa: ANN401 - passed on
        made = kind(description=self.description, **options)
        made.examples = self.examples
        for add in self.arguments:
            add(made)
        return made


def command(
    *examples: str, description: str = "", arguments: Iterable[Callable[[Parser], object]] = ()
) -> Callable[[Body], Command]:
    """Make a function a command; its name is that of the function, its summary the docstring."""

    def made(body: Body) -> Command:
        summary = (body.__doc__ or "").partition("\n")[0]
        name = body.__name__.rstrip("_")  # of one that would hide a name of Python's
        return Command(name, body, summary, description or summary, examples, tuple(arguments))

    return made


def argument(*names: str, **how: Any) -> Callable[[ArgumentContainer], object]:  # noqa: ANN401 - passed on
    """Return what adds an argument; `completion` knows what completes it by its metavar."""
    return lambda container: container.add_argument(*names, **how)


# An option without a value; and what is a text, or may be left out: "" then.
flag = partial(argument, action="store_true")
text_option = partial(argument, default="")
optional = partial(argument, nargs="?", default="")
