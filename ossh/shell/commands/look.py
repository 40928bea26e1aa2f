"""Looking at one object: stat."""

import argparse

from cmd2 import Cmd2ArgumentParser, CommandSet, Completions, with_argparser

from ossh.errors import StoreError, UsageError
from ossh.session import resolve
from ossh.shell import completion, forms
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, command_parser
from ossh.shell.facts import facts


class Look(CommandSet[OsshShell]):
    """Commands that look at one object."""

    DEFAULT_CATEGORY = "Browse"

    def complete_keys(self, text: str, line: str, begidx: int, endidx: int) -> Completions:
        """Offer keys and prefixes."""
        return completion.keys(self._cmd.session, text)

    @staticmethod
    def _stat_parser() -> Cmd2ArgumentParser:
        parser = command_parser("Show what the service says of one object.", "stat readme.txt")
        parser.add_argument("key", completer=Look.complete_keys, suppress_tab_hint=True)
        add_json(parser)
        return parser

    @with_argparser(_stat_parser)
    def do_stat(self, args: argparse.Namespace) -> None:
        """Show what the service says of one object."""
        session = self._cmd.session
        place = resolve(session.place, args.key)
        try:
            stat = session.connection.service(place).stat(place.prefix)
        except StoreError as error:
            if error.code != "NoSuchKey":
                raise
            raise UsageError(str(error), hint=error.hint) from error
        if args.json:
            record = {**forms.object_record(stat.info), "headers": stat.headers}
            self._cmd.show([record], forms.RECORD, as_json=True)
            return
        self._cmd.show(facts(stat), forms.PAIRS)
