"""Commands as verbs of the system's shell: `ossh ls oss://bucket/`, without a prompt.

A verb loads neither cmd2 nor prompt_toolkit. Options of the connection stand before or behind it.
"""

import argparse
import getpass
import re
import select
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from types import FrameType
from typing import TextIO

from ossh import commands
from ossh.command_line.first_word import HELP, OF_THE_PROMPT, VERBS, no_such_command
from ossh.command_line.options import add_shared
from ossh.commands import COMMON, MORE
from ossh.commands.interrupts import obey_signals, stops_gently
from ossh.console.argparse_internals import Parser, actions, option_strings
from ossh.console.command_lines import LINE, about
from ossh.console.console import Console, Withdrawn
from ossh.console.dialogue.questions import ask_trust
from ossh.console.output import has_colours
from ossh.console.system import is_unread, local_error
from ossh.console.untimely_signals import is_untimely
from ossh.console.views.text import Tone, paint, unpainted, wrapped
from ossh.errors import (
    STATUS_INTERRUPTED,
    STATUS_SIGNALLED,
    LocalError,
    OsshError,
    UsageError,
    limits_explained,
)
from ossh.job import holds_secret, secret_in_command
from ossh.language import N_, _
from ossh.session import Session

_CONNECT = r"\bconnect (?=--)"  # its options stand beside any verb

_LOOK_SECONDS = 0.1  # between two looks whether a question still stands


class Terminal(Console):
    """The console of one verb: the standard streams as they are."""

    def __init__(self, session: Session, begin: str = "ossh") -> None:
        """Begin the lines that hints show with `begin`: ossh, and what all of them need."""
        self.session, self.begin = session, f"{begin} "
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
        if self.is_asked is not None:
            _await_line(self.is_asked)
        if line := sys.stdin.readline():
            return line
        raise EOFError

    def phrased(self, text: str) -> str:
        return LINE.sub(self._phrased, about(re.sub(_CONNECT, "", text), self.job_to_name))

    def _phrased(self, found: re.Match[str]) -> str:
        name, rest = found["name"], found["rest"]
        if name in OF_THE_PROMPT:
            return _("'{command}' at the prompt of ossh").format(command=f"{name}{rest}")
        if name not in commands.NAMES:
            return found[0]
        return f"'{self.begin}{name}{rest}'"

    def run_typed(self, command: str, *arguments: str) -> None:
        name, *words = command.split()
        run(self, name, parser(name).parse_args([*words, *arguments]))


def _await_line(is_asked: Callable[[], bool]) -> None:
    """Wait for a line, or raise Withdrawn once no question stands; Windows does not tell of one."""
    if sys.platform != "win32":
        while not select.select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
            if not is_asked():
                sys.stderr.write("\n")
                raise Withdrawn


class _VerbParser(Parser):
    explains = N_("'{command} --help' explains it")

    def format_help(self) -> str:
        """Return the help, with what is true of every verb at its end."""
        from ossh.commands.completion import completer_for, keys, prefixes  # for the help alone

        lines = [super().format_help()]
        if any(completer_for(one) in {keys, prefixes} for one in actions(self)):
            lines.append(
                _("Names are addresses: oss://BUCKET/KEY. In --demo's bucket KEY will do.")
            )
        lines.append(_("--profile, --endpoint and others may follow: 'ossh --help' lists them."))
        return "\n".join([*lines, ""])

    def hint_for_unknown(self, words: Sequence[str]) -> str:
        from ossh.console.suggestions import hint_for_option  # needed for mistakes alone

        options = chain(option_strings(self), option_strings(shared(self.prog)))
        return hint_for_option(words, self.prog, [*options])


def shared(prog: str) -> _VerbParser:
    """Return what reads the options that stand before a verb, or anywhere behind it."""
    made = _VerbParser(prog=prog, add_help=False)
    add_shared(made)
    return made


def parser(name: str) -> _VerbParser:
    """Return the parser of a command as a verb; raise UsageError if the command needs a prompt."""
    if name in OF_THE_PROMPT:
        raise _needs_prompt(name)
    command = commands.named(name)
    made = command.parser(_VerbParser, prog=f"ossh {name}")
    for option in actions(made):
        if option.dest == "background":  # which `run` refuses with the reason
            option.help = argparse.SUPPRESS
    made.examples = tuple(f"ossh --demo {one}" for one in command.examples)
    return made


def _needs_prompt(name: str) -> UsageError:
    text = _("'{command}' needs the prompt of ossh").format(command=name)
    return UsageError(text, hint=_(OF_THE_PROMPT[name]))


def read(words: Sequence[str], args: argparse.Namespace) -> None:
    """Read what follows the verb of a command line into `args.given`, and how to connect."""
    if holds_secret(" ".join(words)):
        raise secret_in_command()
    if args.verb == HELP:
        args.given = words
        return
    made = parser(args.verb)
    _args, rest = shared(made.prog).parse_known_args(words, args)
    args.given = made.parse_args(rest)


def show_help(words: Sequence[str]) -> None:
    """Write the help of one command, or what each of them does."""
    # At the prompt, -v and --all say more; here all is said.
    if name := next((one for one in words if one != HELP and not one.startswith("-")), ""):
        if name in OF_THE_PROMPT and name in commands.NAMES:
            commands.named(name).parser(Parser, prog=name).print_help()
            why = _needs_prompt(name)
            sys.stdout.write("\n" + _("; ").join([str(why), why.hint or ""]) + "\n")
            return
        if name not in commands.NAMES and name not in OF_THE_PROMPT:
            raise no_such_command(name)
        parser(name).print_help()
        return
    lines = [_("usage: ossh COMMAND …; 'ossh COMMAND --help' explains one")]
    for heading, names in (COMMON | MORE).items():
        verbs = [name for name in names if name in VERBS]
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
        with limits_explained():
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
        if not (is_untimely(number, frame) or stops_gently(console)):
            raise KeyboardInterrupt

    def on_termination(number: int, frame: FrameType | None) -> None:
        if not is_untimely(number, frame):
            raise SystemExit(STATUS_SIGNALLED + number)

    obey_signals(console.session, on_interrupt, on_termination)
