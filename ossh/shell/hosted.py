"""The commands of ossh as cmd2 has them: methods with parsers, loaded when they are first used."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import cmd2

from ossh import commands
from ossh.shell.console import ShellConsole
from ossh.shell.parser import ShellParser, let_tab_complete


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
