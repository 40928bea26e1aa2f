"""Help at a glance: the commands by purpose, and what to say about an unknown one."""

import argparse
import textwrap
from collections.abc import Iterator
from pydoc import getdoc

import cmd2

from ossh import commands
from ossh.commands import COMMON, MORE
from ossh.console.suggestions import hint_for_command, no_command
from ossh.console.views.text import Tone, paint, wrapped
from ossh.errors import STATUS_UNKNOWN_COMMAND, STATUSES, UsageError
from ossh.language import N_, _
from ossh.shell import cmd2_internals
from ossh.shell.console import ShellConsole

_CLOSING = (
    N_("help COMMAND  explain one command, with examples"),
    N_("help -v       say what each of these does"),
    N_("help --all    list every command, and what an exit status means"),
)


class Help(ShellConsole):
    """A shell whose help is grouped by purpose, and which guesses what a wrong word meant."""

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
                lines += self._explained(names, width)
            else:
                lines += textwrap.wrap(
                    "  ".join(names), width, initial_indent="  ", subsequent_indent="  "
                )
        if args.all:
            lines.append(paint(_("exit status"), Tone.TITLE))
            for numbers, meaning in STATUSES:
                lines += wrapped(_(meaning), width - 1, first=f"  {numbers:<15}", later=" " * 17)
        self.say([*lines, "", *map(_, _CLOSING)])

    def _explained(self, names: tuple[str, ...], width: int) -> Iterator[str]:
        """Yield what each command does, beside its name; no line breaks inside a word."""
        for name in names:
            does = _(summary(name, self.get_command_func(name)))
            yield from wrapped(does, width - 1, first=f"  {name:<11}", later=" " * 13)

    def default(self, statement: cmd2.Statement) -> None:
        """Answer a command that does not exist."""
        self.status, word = STATUS_UNKNOWN_COMMAND, statement.command
        self.show_error(no_command(word), self._what_instead(word))

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
