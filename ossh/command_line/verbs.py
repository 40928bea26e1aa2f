"""Commands as verbs of the system's shell: `ossh ls oss://bucket/`, without a prompt.

A verb loads neither cmd2 nor prompt_toolkit. Options of the connection stand before or behind it.
"""

import argparse
import getpass
import shlex
import sys
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import NoReturn, TextIO

from ossh import commands
from ossh.command_line.options import add_connection
from ossh.command_line.verb_names import HELP, OF_THE_PROMPT
from ossh.commands.interrupts import obey_signals, stops_gently
from ossh.commands.purposes import COMMON, MORE
from ossh.console.argparse_internals import actions
from ossh.console.console import Console
from ossh.console.dialogue.questions import ask_trust
from ossh.console.interrupted_imports import postponed
from ossh.console.output import has_colours
from ossh.console.parser import Parser
from ossh.console.system import is_unread, local_error, nameable
from ossh.console.views.text import Tone, paint, unpainted, wrapped
from ossh.errors import STATUS_INTERRUPTED, LocalError, OsshError, UsageError
from ossh.job import holds_secret, secret_in_command
from ossh.language import _
from ossh.session import Session

_SIGNALLED = 128  # plus the signal's number, as POSIX shells report it


class Terminal(Console):
    """The console of one verb: the standard streams as they are."""

    def __init__(self, session: Session) -> None:
        self.session = session
        session.notify, session.confirm = self.note, self.agrees
        session.trusted_jobs.vouches = partial(ask_trust, self)

    @property
    def stdout(self) -> TextIO:  # type: ignore[override]  # whatever it is at that moment
        return sys.stdout

    @property
    def interactive(self) -> bool:
        return sys.stdin.isatty() and sys.stderr.isatty()

    def read(self, question: str, *, secret: bool = False) -> str:
        if secret:
            return getpass.getpass(question, stream=sys.stderr)
        sys.stderr.write(question)
        sys.stderr.flush()
        if line := sys.stdin.readline():
            return line
        raise EOFError

    def run_line(self, line: str) -> None:
        name, *words = shlex.split(line)
        run(self, name, parser(name).parse_args(words))


class _VerbParser(Parser):
    def error(self, message: str, hint: str = "") -> NoReturn:
        if not hint:
            hint = _("'{command} --help' explains it").format(command=self.prog)
        super().error(message, hint)


def parser(name: str) -> Parser:
    """Return the parser of what follows a verb.

    Raises:
        UsageError: The command needs a prompt.
    """
    if name in OF_THE_PROMPT:
        text = _("'{command}' needs the prompt of ossh").format(command=name)
        raise UsageError(text, hint=_(OF_THE_PROMPT[name]))
    command = commands.named(name)
    made = command.parser(_VerbParser, prog=f"ossh {name}")
    made.given_examples = tuple(f"ossh --demo {one}" for one in command.examples)
    return made


def read(words: Sequence[str], args: argparse.Namespace) -> None:
    """Read what follows the verb of a command line into `args.given`.

    How to connect may be said before or behind the verb.
    """
    if holds_secret(" ".join(words)):
        raise secret_in_command()
    if args.verb == HELP:
        args.given = words
        return
    made = parser(args.verb)
    own = {one.dest for one in actions(made)}
    add_connection(made.add_argument_group(_("connection and jobs")))
    shared = {one.dest for one in actions(made)} - own
    before = {name: one for name, one in vars(args).items() if name in shared}
    args.given = made.parse_args(words, argparse.Namespace(**before))
    vars(args).update((name, getattr(args.given, name)) for name in shared)


def show_help(words: Sequence[str]) -> None:
    """Write the help of one command, or what each of them does."""
    if words:
        if words[0] not in commands.NAMES:
            text = _("there is no command '{word}'").format(word=words[0])
            raise UsageError(text, hint=_("'ossh help' lists the commands"))
        parser(words[0]).print_help()
        return
    lines = [_("usage: ossh COMMAND …; 'ossh COMMAND --help' explains one")]
    for heading, names in (COMMON | MORE).items():
        verbs = [name for name in names if name in commands.NAMES and name not in OF_THE_PROMPT]
        if verbs:
            lines += ["", paint(_(heading), Tone.TITLE)]
        for name in verbs:
            does = _(commands.named(name).summary)
            lines += wrapped(does, 99, first=f"  {name:<11}", later=" " * 13)
    toned = lines if has_colours(sys.stdout) else map(unpainted, lines)
    sys.stdout.writelines(f"{one}\n" for one in toned)


def run(console: Console, name: str, args: argparse.Namespace) -> int:
    """Run a command and return its exit status; what went wrong is shown."""
    try:
        if getattr(args, "background", False):
            raise UsageError(
                _("'ossh {command}' ends when its run ends").format(command=name),
                hint=_("leave out --background; your shell has '&', and 'ossh' has a prompt"),
            )
        with nameable():
            commands.named(name).run(console, args)
        console.stdout.flush()
    except OsshError as error:
        console.show_failure(error)
        console.status = error.status
    except OSError as error:
        if not is_unread(error):  # whoever read it has had enough
            console.show_failure(local_error(error))
            console.status = LocalError.status
    except KeyboardInterrupt:
        console.status = STATUS_INTERRUPTED
    return console.status


def obey(console: Console) -> None:
    """Let Ctrl-C stop the verb gently, and let what ends the process park its run."""

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if not (postponed(number, frame) or stops_gently(console)):
            raise KeyboardInterrupt

    def on_termination(number: int, frame: FrameType | None) -> None:
        if not postponed(number, frame):
            raise SystemExit(_SIGNALLED + number)

    obey_signals(console.session, on_interrupt, on_termination)
