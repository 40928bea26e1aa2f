"""What `set` can change, and the language that one of the settings chooses."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from inspect import unwrap
from shutil import get_terminal_size
from typing import Self

import cmd2
from rich.text import Text

from ossh import units
from ossh.language import AUTO, CHINESE, ENGLISH, _, speak
from ossh.session import Session
from ossh.shell import forms
from ossh.shell.arguments import whole
from ossh.shell.talk import Talk
from ossh.shell.text import Tone, labelled, rate
from ossh.shell.wrapping import wrapped

LANGUAGES = (AUTO, ENGLISH, CHINESE)
LINE, WIDE = "line", "wide"
BARS = (LINE, WIDE)


class Settings(Talk):
    """A shell with the settings of ossh beside those of cmd2, in the language that is spoken."""

    session: Session
    language = AUTO
    bar = LINE

    def add_settings(self) -> None:
        """Let `set` change what ossh has of its own, once the session is there."""
        self.add_settable(
            cmd2.Settable(
                "errexit", bool, "Stop a script at the first line that fails in any way", self
            )
        )
        self.add_settable(
            cmd2.Settable(
                "connections",
                whole,
                "Most connections per run, including those under way; 0: as the job says",
                self.session.runs,
            )
        )
        self.add_settable(
            cmd2.Settable(
                "rate",
                Rate,
                "Bytes per second of everything this ossh runs (20MiB); 0: as each job says",
                self.session.runs,
                onchange_cb=lambda _setting, _old, new: self.tell_rate(new),
            )
        )
        self.add_settable(
            cmd2.Settable(
                "bar",
                partial(one_of, BARS),
                "Progress bar: line, or wide to list the slowest objects under way",
                self,
                choices=BARS,
            )
        )
        self.add_settable(
            cmd2.Settable(
                "language",
                partial(one_of, LANGUAGES),
                "Language of ossh: en, zh, or auto for that of the system",
                self,
                onchange_cb=lambda _setting, _old, new: self._speak(new),
                choices=LANGUAGES,
            )
        )
        self._descriptions = {one.name: one.description for one in self.settables.values()}
        self._translate()

    def tell_rate(self, bytes_per_second: int) -> None:
        """Say what a limit applies to."""
        text = _("no limit on all runs together; each job's own limit still applies")
        if bytes_per_second:
            text = _("everything this ossh runs shares {rate}; each job's own limit applies too")
        self.note(text.format(rate=rate(bytes_per_second)))

    @cmd2.with_argparser(cmd2.Cmd._build_set_parser, preserve_quotes=True)  # noqa: SLF001 - as its own
    def do_set(self, args: argparse.Namespace) -> None:
        """Change a setting, or show one or all of them."""
        if args.value or args.param not in {None, *self.settables}:
            unwrap(cmd2.Cmd.do_set)(self, args)
            return
        self.last_result = True
        names = [args.param] if args.param else sorted(self.settables)
        shown = [self.settables[name] for name in names]
        rows = [(one.name, str(one.value), Text.from_ansi(one.description).plain) for one in shown]
        if self.is_table:
            self.say(self._explained_settings(rows))
        else:
            self.show(rows, forms.SETTINGS)

    def _explained_settings(self, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
        """Yield each setting and its value, and below them what it does."""
        width = get_terminal_size().columns
        for name, value, does in rows:
            yield labelled(self.paint(name, Tone.TITLE), value)
            yield from wrapped(does, width - 1, first="  ", later="  ")

    def _speak(self, name: str) -> None:
        speak(name, self.session.environ)
        self._translate()

    def _translate(self) -> None:
        """Put what cmd2 keeps as text into the language that is spoken."""
        for name, description in self._descriptions.items():
            self.settables[name].description = _(description)


def one_of(names: Sequence[str], text: str) -> str:
    """Return which of some names a text is, whatever its case.

    Raises:
        ValueError: It is not one of them.
    """
    if text.lower() not in names:
        raise ValueError(
            _("'{text}' is not one of {names}").format(text=text, names=", ".join(names))
        )
    return text.lower()


class Rate(int):
    """Bytes per second, read from a size such as "20MiB", and shown as one."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Return what a text means.

        Raises:
            ValueError: It is not a size.
        """
        return super().__new__(cls, units.parse_size(text.removesuffix("/s")))

    def __repr__(self) -> str:
        return units.format_setting_size(int(self))

    __str__ = __repr__
