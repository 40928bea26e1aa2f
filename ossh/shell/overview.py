"""Help at a glance: the commands by what one wants to do, and a word that is none of them."""

import argparse
from collections.abc import Sequence
from inspect import unwrap
from pydoc import getdoc
from shutil import get_terminal_size
from typing import Any, cast

import cmd2
from cmd2.rich_utils import Cmd2SimpleTable
from rich.table import Column

from ossh.errors import STATUS_UNKNOWN_COMMAND
from ossh.language import N_, _
from ossh.shell.exit_status import ExitStatus
from ossh.shell.suggestions import nearest_command
from ossh.shell.text import Tone

# What one wants to do, by the category of the commands that do it, in the order of doing it.
WISHES = {
    "Connect": N_("say where, and as whom"),
    "Browse": N_("look around"),
    "Select": N_("say what you want"),
    "Transfer": N_("get it"),
    "Jobs": N_("see what became of it, and go on"),
    "Shell": N_("make yourself at home"),
}
_CLOSING = (
    N_("help COMMAND  one command and examples"),
    N_("help -v       all of them, a line each"),
    N_("guide         questions and a download"),
)


class Overview(ExitStatus):
    """A shell whose help is grouped by wishes, and which guesses what a wrong word meant."""

    @classmethod
    def _build_help_parser(cls) -> cmd2.Cmd2ArgumentParser:
        return super()._build_help_parser()

    @cmd2.with_argparser(_build_help_parser)
    def do_help(self, args: argparse.Namespace) -> None:
        """List the commands by what one wants to do, or explain one of them."""
        if args.command and args.command in self.aliases:
            args.command, *args.subcommands = self.aliases[args.command].split()
        if args.command or args.verbose:
            cast("Any", unwrap(cmd2.Cmd.do_help))(self, args)
            return
        self.last_result = True
        self.poutput("\n".join(self._overview()))

    def _overview(self) -> list[str]:
        by_category, _documented = self._build_command_info()
        paint = self.paint
        order = [*WISHES, *sorted(set(by_category) - set(WISHES))]
        lines = []
        for category in order:
            if names := by_category.get(category):
                lines.append(paint(_(WISHES.get(category, category)), Tone.TITLE))
                lines += _filled(sorted(names), get_terminal_size().columns)
        return [*lines, "", *map(_, _CLOSING)]

    def _print_documented_command_topics(
        self,
        header: str,
        commands: Sequence[str],
        verbose: bool,  # noqa: FBT001 - cmd2's own signature; without it this is not reached
    ) -> None:
        """Write the commands of a category with what they do, a line each."""
        rows = Cmd2SimpleTable(
            Column(_("Name"), no_wrap=True), Column(_("Description"), overflow="fold")
        )
        for name in commands:
            rows.add_row(name, _(getdoc(self.get_command_func(name)).partition("\n")[0]))
        self.poutput(self._create_help_grid(_(header), rows), soft_wrap=False)
        self.poutput()

    def default(self, statement: cmd2.Statement) -> bool | None:
        """Answer a command that does not exist."""
        self.status = STATUS_UNKNOWN_COMMAND
        super().default(statement)
        hint = _("'help' lists the commands")
        if " " in statement.command:  # as by: alias create ll "ls -l"
            hint = _("write it without quotes, as in: alias create ll ls -l")
        elif meant := self.meant(statement.command):
            hint = _("did you mean '{word}'? 'help' lists the commands").format(word=meant)
        self.show_error("", hint)
        return None

    def meant(self, word: str) -> str:
        """Return the command that a word which is none may have meant; "" for no idea."""
        return nearest_command(word, [*self.get_visible_commands(), *self.aliases, *self.macros])


def _filled(names: list[str], width: int) -> list[str]:
    """Return names in as few lines as fit."""
    lines = [" "]
    for name in names:
        if len(lines[-1]) + 2 + len(name) > width and lines[-1].strip():
            lines.append(" ")
        lines[-1] += f" {name}" if not lines[-1].strip() else f"  {name}"
    return lines
