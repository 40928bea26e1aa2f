"""What `set` can change, and the language that one of the settings chooses."""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import cmd2
from cmd2 import Cmd2Style
from cmd2.string_utils import strip_quotes
from rich.text import Text

from ossh import programs, units
from ossh.console.parser import from_zero
from ossh.console.progress_bar import LINE, WIDE
from ossh.console.views.table import Form
from ossh.console.views.text import Tone, labelled, paint, unpainted
from ossh.errors import UsageError
from ossh.language import AUTO, CHINESE, ENGLISH, _, speak
from ossh.model import MOST_CONNECTIONS, MOST_PROCESSES
from ossh.session.done_command import DoneCommand
from ossh.shell.cmd2_internals import set_parser
from ossh.shell.console import ShellConsole
from ossh.spelling import did_you_mean, near

LANGUAGES = (AUTO, ENGLISH, CHINESE)
BARS = (LINE, WIDE)

_SETTINGS: Form[tuple[str, str, str]] = Form(
    record=lambda one: {"name": one[0], "value": one[1], "does": one[2]},
    lines=lambda one, _width: (labelled(paint(one[0], Tone.TITLE), one[1]), f"  {one[2]}"),
)


class Settings(ShellConsole):
    """A shell with the settings of ossh beside those of cmd2, in the language that is spoken."""

    language = AUTO

    def add_settings(self) -> None:
        """Register the settings of ossh itself; some of them belong to the session."""
        self._of_cmd2 = frozenset(self.settables)
        for one in (
            cmd2.Settable(
                "errexit", bool, "Stop a script at the first line that fails in any way", self
            ),
            cmd2.Settable(
                "connections",
                partial(from_zero, most=MOST_CONNECTIONS),
                "Maximum connections per run, also of those running (0: the job's setting)",
                self.session.runs,
            ),
            cmd2.Settable(
                "processes",
                partial(from_zero, most=MOST_PROCESSES),
                "Processes per run (0: the job's setting, or automatic; 1: no worker process)",
                self.session.runs,
            ),
            cmd2.Settable(
                "rate",
                units.parse_rate,
                "Total bandwidth limit in bytes per second, such as 20MiB (0: each job's own)",
                self.session.runs,
            ),
            cmd2.Settable(
                "bar",
                partial(one_of, BARS),
                "Progress bar: line, or wide to list the slowest objects under way",
                self,
                choices=BARS,
            ),
            cmd2.Settable(
                "on_done",
                _command,
                "Command to run when a job ends, in quotes; OSSH_JOB, OSSH_STATUS, OSSH_DONE and "
                "others tell it how the job went",
                self.session,
            ),
            cmd2.Settable(
                "bell",
                _bell,
                "Ring the terminal's bell when a job ends that took at least this long (1m), or "
                "off",
                self,
            ),
            cmd2.Settable(
                "language",
                partial(one_of, LANGUAGES),
                "Language of messages: en, zh, or auto (the system's)",
                self,
                onchange_cb=lambda _setting, _old, new: self._speak(new),
                choices=LANGUAGES,
            ),
        ):
            self.add_settable(one)
        self._descriptions = {one.name: one.description for one in self.settables.values()}
        self._translate()

    @staticmethod
    def _set_parser() -> cmd2.Cmd2ArgumentParser:
        parser = set_parser()
        parser.add_argument("--all", action="store_true", help="list those of the prompt, too")
        return parser

    @cmd2.with_argparser(_set_parser, preserve_quotes=True)
    def do_set(self, args: argparse.Namespace) -> None:
        """Change a setting, or show one or all of them."""
        if args.param and args.param not in self.settables:
            meant = did_you_mean(near(args.param, self.settables))
            raise UsageError(
                _("there is no setting '{name}'").format(name=args.param),
                hint=meant or _("'set' lists the settings"),
            )
        self.last_result = True
        if args.value:
            self._change(self.settables[args.param], strip_quotes(args.value))
            return
        hidden = () if args.all else self._of_cmd2
        names = [args.param] if args.param else sorted(set(self.settables).difference(hidden))
        shown = [self.settables[name] for name in names]
        rows = [
            (one.name, _SHOWN.get(one.name, str)(one.value), unpainted(one.description))
            for one in shown
        ]
        self.show(rows, _SETTINGS)

    def _change(self, setting: cmd2.Settable, value: str) -> None:
        try:
            setting.value = value
        except ValueError as error:
            text = _("cannot set {name}: {why}")
            raise UsageError(text.format(name=setting.name, why=error)) from error
        shown = (_SHOWN.get(setting.name, repr)(setting.value), Cmd2Style.SUCCESS)
        self.pfeedback(Text.assemble(f"{setting.name} ─> ", shown))

    def _speak(self, name: str) -> None:
        speak(name, self.session.environ)
        self._translate()

    def _translate(self) -> None:
        """Put what cmd2 keeps as text into the language that is spoken."""
        for name, description in self._descriptions.items():
            self.settables[name].description = _(description)


def one_of(names: Sequence[str], text: str) -> str:
    """Return the one of some names that a text is, whatever its case."""
    if text.lower() not in names:
        why = _("'{text}' is not one of {names}")
        raise ValueError(why.format(text=text, names=", ".join(names)))
    return text.lower()


def _command(text: str) -> str:
    """Return a command as it is, if it can be run; errors are those of `DoneCommand`."""
    if text and not programs.words(text):
        raise ValueError(_("its quotes do not match"))
    if text:
        DoneCommand(text, {})
    return text


def _bell(text: str) -> float:
    """Return the seconds of a duration such as "1m"; of "off" more than any run takes."""
    is_off = text.lower() in {"off", "false", "no"}
    return math.inf if is_off else units.parse_duration(text)


# Numbers that are typed, and shown, in another way than as numbers.
_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "bell": lambda seconds: "off" if math.isinf(seconds) else units.exact_duration(seconds),
    "rate": units.exact_size,
}
