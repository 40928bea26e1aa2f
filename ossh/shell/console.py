"""How the shell speaks: results, remarks, warnings, errors, alerts and questions.

Results go to stdout, notes and progress to stderr. A question is asked only of a person who sits
at the prompt; everywhere else what cannot be answered fails at once.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterable, Mapping
from shutil import get_terminal_size
from typing import Any, TypeVar

from cmd2 import Cmd2Style
from cmd2.rich_utils import AllowStyle
from rich.text import Text

from ossh.errors import UsageError
from ossh.language import _
from ossh.printable import printable
from ossh.session import Session
from ossh.shell.cmd2_internals import Cmd
from ossh.shell.cmd2_remarks import refusal, remark
from ossh.shell.output import has_colours, is_utf8, write
from ossh.shell.progress_bar import LINE
from ossh.shell.views.bell import Bell
from ossh.shell.views.ordering import Limit, SortOrder
from ossh.shell.views.records import json_line
from ossh.shell.views.table import PAIRS, Form, Mode, lines
from ossh.shell.views.text import Tone, reflowed, unpainted

T = TypeVar("T")
Piece = TypeVar("Piece", str, bytes)  # a line, or a block of bytes

_MEANINGS = dict.fromkeys(("y", "yes", "是", "好"), True) | dict.fromkeys(
    ("n", "no", "否", "不"), False
)

_STYLES = {Tone.WARN: "yellow", Tone.BAD: "red", Tone.GOOD: "green"}


class Console(Cmd):
    """A shell with one way to say each kind of thing, and one way to ask.

    This is the shell as every module below the app knows it.
    """

    session: Session
    status = 0  # the exit status of the last command line
    bar = LINE  # how the progress of a run is drawn: LINE or WIDE
    bell = Bell("1m")  # a run that took so long rings the terminal's bell when it ends
    quiet = False  # write no notes and draw no progress

    def perror(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write to stderr. That it is full, or that nobody reads it, never ends a command.

        What cmd2 complains of, which it says without a style, gets the shape of all errors. What
        it repeats of a command, which may have been pasted, is escaped. On a terminal lines break
        between words.
        """
        if "style" not in options:
            self.show_error(*refusal(" ".join(map(str, objects))))
            self.last_result = False  # some of its commands complain and call it a success
            return
        shown = [_printable_lines(remark(one)) if isinstance(one, str) else one for one in objects]
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr.isatty():
                shown = [
                    reflowed(one, self.width) if isinstance(one, str) else one for one in shown
                ]
            super().perror(*shown, **{"soft_wrap": True, **options})

    def pfeedback(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write a remark of cmd2 on one of its own commands."""
        super().pfeedback(
            *(remark(one) if isinstance(one, str) else one for one in objects), **options
        )

    def note(self, text: str, tone: Tone = Tone.DIM) -> None:
        """Write a remark to stderr, unless told to be quiet."""
        if not self.quiet:
            self.perror(printable(text), style=_STYLES.get(tone, "dim"))

    def warn(self, text: str) -> None:
        """Write something the user should not miss to stderr."""
        self.perror(_("warning: {text}").format(text=printable(text)), style="yellow")

    def ask(self, question: str, *, secret: bool = False, otherwise: str = "") -> str:
        """Return a person's answer, without echo for a secret; `otherwise` stands for an empty one.

        Raises:
            UsageError: There is nobody to ask, or the answer was Ctrl-D.
        """
        if not self.interactive:
            wanted = question.strip(" :?：？")  # noqa: RUF001 - of Chinese questions
            text = _("cannot ask for '{wanted}' without a person at the prompt")
            hint = _("in a script, use an option, a profile or an environment variable")
            raise UsageError(text.format(wanted=wanted), hint=hint)
        try:
            answer = self.read_secret(question) if secret else self.read_input(question)
        except EOFError as error:
            raise UsageError(_("no answer was given")) from error
        return answer.strip() or otherwise

    def confirms(self, question: str, *, otherwise: str = "n") -> bool:
        """Tell whether a person answers yes; `otherwise` is what an empty answer means.

        Whatever is neither yes nor no, such as a command, is asked about again.

        Raises:
            UsageError: As `ask` does.
        """
        while (answer := self.ask(question, otherwise=otherwise)).lower() not in _MEANINGS:
            text = _("'{answer}' is no answer: type y for yes or n for no; just Enter is {default}")
            shown = text.format(answer=printable(answer), default=otherwise)
            self.perror(shown, style=None)
        return _MEANINGS[answer.lower()]

    def agrees(self, question: str) -> bool:
        """Tell whether a person says yes; no, where there is none to ask."""
        return self.interactive and self.confirms(f"{question} [y/N] ")

    def show(self, items: Iterable[T], form: Form[T], *, as_json: bool = False) -> None:
        """Write items to stdout: a terminal gets a table, all else tab-separated or JSON lines."""
        mode, width = Mode.TABS, 0
        if self.is_table:
            mode, width = Mode.TABLE, self.width
        if as_json:
            mode = Mode.JSON
        self.say(lines(items, form, mode, ascii_only=self.ascii_only, width=width))

    def show_facts(self, facts: Mapping[str, str], *, as_json: bool = False) -> None:
        """Write names and values to stdout: a line for each, or all as one JSON object."""
        if as_json:
            self.say_json(facts)
        else:
            self.show(facts.items(), PAIRS)

    def show_in_order(
        self,
        items: Iterable[T],
        form: Form[T],
        args: argparse.Namespace,
        orders: Mapping[str, SortOrder[T]],
    ) -> None:
        """Write items to stdout in the order and number that `options.add_order` read."""
        limit = Limit(args.limit)
        order = orders[args.sort or next(iter(orders))] if args.sort or args.reverse else None
        self.show(limit.of(items, order, reverse=args.reverse), form, as_json=args.json)
        if limit.note:
            self.note(limit.note)

    def say_json(self, record: Mapping[str, Any]) -> None:
        """Write one JSON object to stdout."""
        self.say([json_line(record, ascii_only=self.ascii_only)])

    def say(self, text: Iterable[str]) -> None:
        """Write lines to stdout, with their colours where there are some."""
        toned = text if self._has_colours else map(unpainted, text)
        write(self.seen(toned, end="\n"), self.stdout, paged=self.interactive)

    def say_sentences(self, sentences: Iterable[str]) -> None:
        """Write lines to stdout; on a terminal long ones break between words, indented."""
        if self.is_table:
            sentences = (reflowed(one, self.width, later="  ") for one in sentences)
        self.say(sentences)

    def say_bytes(self, blocks: Iterable[bytes]) -> None:
        """Write bytes to stdout as they are, past its encoding."""
        self.stdout.flush()
        for block in self.seen(blocks):
            self.stdout.buffer.write(block)
            self.stdout.flush()

    def seen(self, pieces: Iterable[Piece], end: str = "") -> Iterable[Piece]:
        """Pass on what goes to stdout; the recorder overrides this to keep a copy."""
        return pieces

    def toned(self, text: str) -> str:
        """Return a text as stdout shows it now: with its colours, or without."""
        return text if self._has_colours else unpainted(text)

    @property
    def _has_colours(self) -> bool:
        return self.allow_style is not AllowStyle.NEVER and has_colours(self.stdout)

    @property
    def is_table(self) -> bool:
        """Tell whether results are for people to read, not for a program."""
        return self.stdout.isatty()

    @property
    def width(self) -> int:
        """Return the columns of the terminal."""
        return get_terminal_size().columns

    @property
    def ascii_only(self) -> bool:
        """Tell whether stdout cannot hold every character."""
        return not is_utf8(self.stdout)

    def show_error(self, message: str, hint: str = "") -> None:
        """Write an error and what to do about it to stderr; nothing for no message."""
        if message:
            said = _("error: {message}").format(message=printable(message))
            self.perror(said, style=Cmd2Style.ERROR)
        if hint:
            self.perror(_("hint: {hint}").format(hint=printable(hint)), style=None)

    def alert(self, text: str, tone: Tone) -> None:
        """Show a line above the prompt; may be called in any thread."""
        self.add_alert(msg=Text(text, style=_STYLES.get(tone, "")))


def _printable_lines(text: str) -> str:
    """Return lines of text with everything escaped that could drive a terminal."""
    return "\n".join(map(printable, text.split("\n")))
