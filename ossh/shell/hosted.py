"""The commands of ossh as cmd2 has them: methods, and parsers that are made when first used."""

import argparse
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import cmd2
from cmd2 import Cmd2ArgumentParser, CompletionError, CompletionItem, Completions

from ossh import commands
from ossh.commands.command import FILES, FOLDERS, Completer
from ossh.commands.completion import completer_for, offers
from ossh.console.argparse_internals import actions, subcommands
from ossh.console.parser import Parser
from ossh.errors import OsshError
from ossh.shell.cmd2_internals import HelpFormatter
from ossh.shell.console import ShellConsole

# cmd2's own commands, whose help has no examples.
_EXAMPLES_OF_CMD2 = {
    "alias": ("alias create ll ls -l", "alias list"),
    "alias create": ("alias create ll ls -l",),
    "alias delete": ("alias delete ll",),
    "alias list": ("alias list",),
    "clear": ("clear",),
    "edit": ("edit night.ossh",),
    "help": ("help get", "help -v"),
    "history": ("history", "history --transcript day.transcript 1:"),
    "macro": ("macro create day ls -l logs/2026/{1}/", "macro list"),
    "macro create": ("macro create day ls -l logs/2026/{1}/",),
    "macro delete": ("macro delete day",),
    "macro list": ("macro list",),
    "quit": ("quit",),
    "run_script": ("run_script night.ossh",),
    "set": ("set rate 20MiB", "set connections 16"),
    "shell": ("!ls -l", "shell ls -l"),
}


class ShellParser(Parser, Cmd2ArgumentParser):
    """A parser as cmd2 wants it."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(**{**options, "formatter_class": HelpFormatter})

    def update_prog(self, prog: str) -> None:
        """Take its name, and with it the examples of one of cmd2's own commands."""
        super().update_prog(prog)
        self.examples = self.examples or _EXAMPLES_OF_CMD2.get(prog, ())


def let_tab_complete(parser: argparse.ArgumentParser) -> None:
    """Have the Tab key complete the arguments that say how."""
    for action in actions(parser):
        if (completer := completer_for(action)) is not None:
            action.set_completer(_of_cmd2(completer))  # type: ignore[attr-defined]
            action.set_suppress_tab_hint(True)  # type: ignore[attr-defined]
    for one in subcommands(parser).values():
        let_tab_complete(one)


def _of_cmd2(completer: Completer) -> Callable[..., Completions]:
    """Return what completes an argument as cmd2 calls it."""

    def complete(  # noqa: PLR0913 - cmd2 calls it so
        shell: ShellConsole,
        text: str,
        line: str,
        begin: int,
        end: int,
        *,
        arg_tokens: dict[str, list[str]],
    ) -> Completions:
        if completer == FILES:
            return shell.path_complete(text, line, begin, end)
        if completer == FOLDERS:
            return shell.path_complete(text, line, begin, end, path_filter=os.path.isdir)
        try:
            job = arg_tokens.get("job", [""])[0]
            found = list(offers(completer, shell.session, text, job))
        except OsshError as error:
            raise CompletionError(f"\n{error}") from error
        items = [
            CompletionItem(one.text, display=one.shown or one.text, display_meta=one.about)
            for one in found
        ]
        # After a prefix one goes on typing, so no space follows it.
        is_open = len(found) == 1 and found[0].text.endswith("/")
        return Completions(items=items, allow_finalization=not is_open)

    return complete


class HostedCommands(ShellConsole):
    """A shell with the commands of `ossh.commands`."""


def _parser(name: str) -> ShellParser:
    made = commands.named(name).parser(ShellParser)
    let_tab_complete(made)
    return made


def _method(name: str) -> Callable[..., Any]:
    def do(self: HostedCommands, args: argparse.Namespace) -> None:
        commands.named(name).run(self, args)

    do.__name__ = f"do_{name}"
    do.__qualname__ = f"{HostedCommands.__qualname__}.{do.__name__}"
    return cmd2.with_argparser(partial(_parser, name))(do)


for _name in commands.NAMES:
    setattr(HostedCommands, f"do_{_name}", _method(_name))
