"""What a shell says and asks: results, remarks, warnings, errors, alerts and questions.

Results go to stdout, notes and progress to stderr. A question is asked only of a person who sits
at the prompt; everywhere else what cannot be answered fails at once.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterable, Mapping
from shutil import get_terminal_size
from typing import Any, TypeVar

import cmd2
from cmd2 import Cmd2Style
from cmd2.rich_utils import AllowStyle
from rich.text import Text

from ossh.errors import UsageError
from ossh.language import _
from ossh.paths import printable
from ossh.shell.arguments import printed
from ossh.shell.order import Limit, Order, ordered
from ossh.shell.output import lines_for, paint_for, write
from ossh.shell.text import YES, Form, Paint, Tone
from ossh.shell.wording import refusal, remark
from ossh.shell.wrapping import reflowed

T = TypeVar("T")
Piece = TypeVar("Piece", str, bytes)  # a line, or a block of bytes

_STYLES = {Tone.WARN: "yellow", Tone.BAD: "red", Tone.GOOD: "green"}


class Talk(cmd2.Cmd):
    """A shell that tells results from remarks, and whom it may ask."""

    quiet = False  # write no notes
    at_prompt = False  # commands come from the prompt, not from a script or `-c`

    @property
    def interactive(self) -> bool:
        """Tell whether a person sits at the prompt who can answer a question."""
        return self.at_prompt and not self.in_script() and self.stdin.isatty()

    def perror(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write to stderr, unless it is full or nobody reads it: talk never ends a command.

        What cmd2 complains of, which it says without a style, gets the shape of all errors. What
        it repeats of a command, which may have been pasted, is escaped. On a terminal lines break
        between words.
        """
        if "style" not in options:
            self.show_error(*refusal(" ".join(map(str, objects))))
            self.last_result = False  # some of its commands complain and call it a success
            return
        shown = [printed(remark(one)) if isinstance(one, str) else one for one in objects]
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr.isatty():
                width = get_terminal_size().columns
                shown = [reflowed(one, width) if isinstance(one, str) else one for one in shown]
            super().perror(*shown, **{"soft_wrap": True, **options})

    def pfeedback(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write what cmd2 remarks on its own commands."""
        super().pfeedback(
            *(remark(one) if isinstance(one, str) else one for one in objects), **options
        )

    def note(self, text: str, tone: Tone = Tone.DIM) -> None:
        """Write a remark to stderr, unless told to be quiet."""
        if not self.quiet:
            self.perror(printable(text), style=_STYLES.get(tone, "dim"))

    def warn(self, text: str) -> None:
        """Write something the user should not miss to stderr."""
        said = _("warning: {text}").format(text=printable(text))
        self.perror(said, style="yellow")

    def ask(self, question: str, *, secret: bool = False, otherwise: str = "") -> str:
        """Return a person's answer, without echo for a secret.

        Args:
            question: What to ask, with its space at the end.
            secret: Show nothing of what is typed.
            otherwise: What an empty answer means.

        Raises:
            UsageError: There is nobody to ask, or the answer was Ctrl-D.
        """
        if not self.interactive:
            wanted = question.strip(" :?：？")  # noqa: RUF001 - of Chinese questions
            raise UsageError(
                _("cannot ask for '{wanted}' without a person at the prompt").format(wanted=wanted),
                hint=_("in a script, use an option, a profile or an environment variable"),
            )
        try:
            answer = self.read_secret(question) if secret else self.read_input(question)
        except EOFError as error:
            raise UsageError(_("no answer was given")) from error
        return answer.strip() or otherwise

    def agrees(self, question: str) -> bool:
        """Tell whether a person says yes; where there is none, nobody does."""
        return self.interactive and self.ask(f"{question} [y/N] ").lower() in YES

    def show(self, items: Iterable[T], form: Form[T], *, as_json: bool = False) -> None:
        """Write items to stdout: a table, tab-separated lines or JSON lines."""
        styled = self.allow_style is not AllowStyle.NEVER
        self.say(lines_for(items, form, self.stdout, as_json=as_json, coloured_allowed=styled))

    def show_in_order(
        self,
        items: Iterable[T],
        form: Form[T],
        args: argparse.Namespace,
        orders: Mapping[str, Order[T]],
    ) -> None:
        """Write items to stdout in the order and number that `arguments.add_order` read."""
        limit = Limit(args.limit)
        order = orders[args.sort or next(iter(orders))] if args.sort or args.reverse else None
        chosen = ordered(items, order, reverse=args.reverse, limit=limit.wanted)
        self.show(limit.of(chosen), form, as_json=args.json)
        if limit.said:
            self.note(limit.said)

    def say(self, text: Iterable[str]) -> None:
        """Write lines to stdout as they are."""
        write(self.seen(text, end="\n"), self.stdout, paged=self.interactive)

    def say_sentences(self, lines: Iterable[str]) -> None:
        """Write lines to stdout; on a terminal they break between words, and hang."""
        if self.is_table:
            width = get_terminal_size().columns
            lines = (reflowed(line, width, later="  ") for line in lines)
        self.say(lines)

    def seen(self, pieces: Iterable[Piece], end: str = "") -> Iterable[Piece]:
        """Return what is about to go to stdout; a shell that remembers it takes a look."""
        return pieces

    @property
    def paint(self) -> Paint:
        """Return how text for stdout is coloured now."""
        return paint_for(self.stdout, allowed=self.allow_style is not AllowStyle.NEVER)

    @property
    def is_table(self) -> bool:
        """Tell whether results are for people to read, not for a program."""
        return self.stdout.isatty()

    def show_error(self, message: str, hint: str = "") -> None:
        """Write an error and what to do about it to stderr; nothing for no message."""
        if message:
            said = _("error: {message}").format(message=printable(message))
            self.perror(said, style=Cmd2Style.ERROR)
        if hint:
            self.perror(_("hint: {hint}").format(hint=printable(hint)), style=None)

    def alert(self, text: str, tone: Tone) -> None:
        """Show a line above the prompt, from whichever thread."""
        self.add_alert(msg=Text(text, style=_STYLES.get(tone, "")))
