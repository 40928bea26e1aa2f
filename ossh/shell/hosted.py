"""The commands of ossh as cmd2 has them: methods, parsers made when first used, and help."""

import argparse
import os
from collections.abc import Callable
from functools import partial
from pydoc import getdoc
from typing import Any

import cmd2
from cmd2 import Cmd2ArgumentParser, CompletionError, CompletionItem, Completions

from ossh import commands
from ossh.commands import COMMON, MORE
from ossh.commands.completion import FOLDERS, Completer, completer_for
from ossh.console.argparse_internals import Parser, actions, subcommands
from ossh.console.suggestions import hint_for_command, no_command
from ossh.console.views.text import Tone, paint, wrapped
from ossh.errors import STATUS_UNKNOWN_COMMAND, STATUSES, OsshError, UsageError
from ossh.language import N_, _
from ossh.shell import cmd2_internals
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
    "history": ("history", "history -- -5:", "history --transcript day.transcript 1:"),
    "macro": ("macro create day ls -l logs/2026/{1}/", "macro list"),
    "macro create": ("macro create day ls -l logs/2026/{1}/",),
    "macro delete": ("macro delete day",),
    "macro list": ("macro list",),
    "quit": ("quit",),
    "run_script": ("run_script night.ossh",),
    "set": ("set rate 20MiB", "set connections 16"),
    "shell": ("!ls -l", "shell ls -l"),
}

_CLOSING = (
    N_("help COMMAND  explain one command, with examples"),
    N_("help -v       say what each of these does"),
    N_("help --all    list every command, and what an exit status means"),
)


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
        if isinstance(completer, str):
            only = os.path.isdir if completer == FOLDERS else None
            return shell.path_complete(text, line, begin, end, path_filter=only)
        try:
            job = arg_tokens.get("job", [""])[0]
            found = list(completer(shell.session, text, job))
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
    """A shell with the commands of `ossh.commands`, their help, and guesses at wrong words."""

    @staticmethod
    def _help_parser() -> cmd2.Cmd2ArgumentParser:
        parser = cmd2_internals.help_parser()
        parser.add_argument("--all", action="store_true", help="list every command, one per line")
        return parser

    @cmd2.with_argparser(_help_parser)
    def do_help(self, args: argparse.Namespace) -> None:
        """List the commands by purpose, or explain one of them."""
        if args.command and args.command in self.aliases:
            args.command, *args.subcommands = self.aliases[args.command].split()
        if args.command and self.get_command_func(args.command) is None:
            raise UsageError(no_command(args.command), hint=self._what_instead(args.command))
        if args.command:
            cmd2_internals.run_help(self, args)
            return
        self.last_result = True
        width, lines = self.width, list[str]()
        for heading, names in (COMMON | MORE if args.all else COMMON).items():
            lines.append(paint(_(heading), Tone.TITLE))
            if args.all or args.verbose:
                for name in names:  # no line breaks inside a word
                    does = _(summary(name, self.get_command_func(name)))
                    lines += wrapped(does, width - 1, first=f"  {name:<11}", later=" " * 13)
            else:
                lines += wrapped("  ".join(names), width, first="  ", later="  ")
        if args.all:
            lines.append(paint(_("exit status"), Tone.TITLE))
            for numbers, meaning in STATUSES:
                lines += wrapped(_(meaning), width - 1, first=f"  {numbers:<15}", later=" " * 17)
        self.say([*lines, "", *map(_, _CLOSING)])

    def default(self, statement: cmd2.Statement) -> None:
        """Answer a command that does not exist."""
        self.status, word = STATUS_UNKNOWN_COMMAND, statement.command
        self.show_error(no_command(word))
        # As it is: what is meant may be named like a command for the open job.
        self.remark(_("hint: {hint}").format(hint=self._what_instead(word)))

    def _what_instead(self, word: str) -> str:
        """Return what to do about a word that is not a command."""
        if " " in word:  # as by: alias create ll "ls -l"
            return _("write it without quotes, as in: alias create ll ls -l")
        known = [*self.get_visible_commands(), *self.aliases, *self.macros]
        return hint_for_command(word, known) or _("'help' lists the commands")


def summary(name: str, run: object) -> str:
    """Return what a command does, in one sentence."""
    if name in commands.NAMES:
        return commands.named(name).summary
    return getdoc(run).partition("\n")[0]


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
