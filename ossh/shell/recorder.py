"""Recording sessions as transcripts, from a script or the history; cmd2 had that until 4.0."""

import argparse
from collections.abc import Callable
from inspect import unwrap
from pathlib import Path
from typing import Any, cast

import cmd2

from ossh.errors import UsageError
from ossh.job import holds_secret, secret_in_command
from ossh.language import _
from ossh.shell import transcript
from ossh.shell.exit_status import ExitStatus
from ossh.shell.local import local_error
from ossh.shell.text import count


class Recorder(ExitStatus):
    """A shell whose `run_script` and `history` also record what they run."""

    @classmethod
    def _build_run_script_parser(cls) -> cmd2.Cmd2ArgumentParser:
        parser = super()._build_run_script_parser()
        parser.add_argument(
            "-t",
            "--transcript",
            metavar="FILE",
            help="record the commands and their output as a transcript",
            completer=cls.path_complete,
        )
        return parser

    @cmd2.with_argparser(_build_run_script_parser)
    def do_run_script(self, args: argparse.Namespace) -> bool | None:
        """Run a file of commands, one a line."""
        if not args.transcript:
            return _plain(cmd2.Cmd.do_run_script)(self, args)
        try:
            commands = Path(args.script_path).expanduser().read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                _("cannot read '{name}': {reason}").format(name=args.script_path, reason=error)
            ) from error
        self._record(commands, args.transcript)
        return None

    @classmethod
    def _build_history_parser(cls) -> cmd2.Cmd2ArgumentParser:
        parser = super()._build_history_parser()
        parser.add_argument(
            "-t",
            "--transcript",
            metavar="FILE",
            help="run the commands again and record them and their output as a transcript",
            completer=cls.path_complete,
        )
        return parser

    @cmd2.with_argparser(_build_history_parser)
    def do_history(self, args: argparse.Namespace) -> bool | None:
        """View, run, edit, save or clear the commands entered before."""
        if not args.transcript:
            return _plain(cmd2.Cmd.do_history)(self, args)
        self._record([item.raw for item in self._get_history(args).values()], args.transcript)
        return None

    def _record(self, commands: list[str], name: str) -> None:
        if any(map(holds_secret, commands)):
            raise secret_in_command()
        text = transcript.record(self, commands)
        path = Path(name).expanduser()
        try:
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise local_error(error) from error
        self.status = 0
        self.note(
            _("{commands} recorded in {file}").format(
                commands=count(len(commands), "command"), file=path
            )
        )


def _plain(command: Any) -> Callable[[cmd2.Cmd, argparse.Namespace], bool | None]:  # noqa: ANN401 - cmd2's own type
    """Return a command of cmd2's without the parser around it."""
    return cast("Callable[[cmd2.Cmd, argparse.Namespace], bool | None]", unwrap(command))
