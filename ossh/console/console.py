"""How ossh speaks: results, remarks, warnings, errors and questions.

Results go to stdout, remarks and progress to stderr. A question is asked only of a person who can
answer it; everywhere else what cannot be answered fails at once.
"""

import argparse
import contextlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from shutil import get_terminal_size
from typing import Any, TextIO, TypeVar

from ossh.console.command_lines import about
from ossh.console.output import has_colours, is_utf8, write
from ossh.console.progress_bar import LINE
from ossh.console.views.ordering import Limit, SortOrder
from ossh.console.views.table import PAIRS, Form, json_line
from ossh.console.views.text import Tone, paint, reflowed, unpainted
from ossh.errors import OsshError, UsageError
from ossh.language import _
from ossh.printable import printable
from ossh.session import Session

T = TypeVar("T")
Piece = TypeVar("Piece", str, bytes)  # a line, or a block of bytes

_MEANINGS = dict.fromkeys(("y", "yes", "是", "好"), True) | dict.fromkeys(
    ("n", "no", "否", "不"), False
)


class Withdrawn(Exception):
    """A question was taken back, for its answer is no longer needed."""


class Console(ABC):
    """One way to say each kind of thing, and one way to ask; all that a command knows of its host.

    A host is the shell with its prompt, or the command line of the system's shell.
    """

    session: Session
    stdout: TextIO
    status = 0  # the exit status of the last command line
    bar = LINE  # how the progress of a run is drawn: LINE or WIDE
    bell = 60.0  # seconds; a run that took so long rings the terminal's bell when it ends
    quiet = False  # write no notes and draw no progress
    stop_drawn: Callable[[], None] | None = None  # stops, at the first Ctrl-C, what is drawn
    asks_how_to_go_on = False  # whether the first Ctrl-C asks what to do; whoever draws it asks
    pages = True  # a pager shows what is longer than the screen
    has_prompt = False  # a person returns to a prompt after the command
    begin = ""  # begins the lines of hints where no prompt follows: ossh, and what all of them need
    named = ""  # the job that the command is about, by its name or file; "": the open one
    is_asked: Callable[[], bool] | None = None  # whether a question stands; None: to its answer

    # What each host does in its own way

    @property
    @abstractmethod
    def interactive(self) -> bool:
        """Return whether a person is there who can answer a question."""

    @abstractmethod
    def read(self, question: str, *, secret: bool = False) -> str:
        """Return the line that a person types; raise EOFError for Ctrl-D.

        Raises:
            Withdrawn: `is_asked` no longer says so.
        """

    @abstractmethod
    def run_typed(self, command: str, *arguments: str) -> None:
        """Run a command as if it had been typed with arguments; `status` tells how it ended.

        Raises:
            SystemExit: The process was told to end meanwhile.
        """

    def phrased(self, text: str) -> str:
        """Return a sentence whose command lines are as they are typed at this host."""
        return about(text, self.job_to_name, self.begin)

    def job_to_name(self) -> str:
        """Return what is typed for the job that a hint is about; "" for one that is open, or none.

        None is open any more where a line has a beginning.
        """
        opened = None if self.session.job is None else self.session.job.path
        with contextlib.suppress(OsshError):  # there is no such job
            path = self.session.job_path(self.named) if self.named else opened
            if path is not None and (self.begin or path != opened):
                return self.session.job_word(path)
        return ""

    @property
    def may_colour(self) -> bool:
        """Return whether colours are wanted where a stream can show them."""
        return True

    # Remarks

    def remark(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Write a line to stderr, in which nothing can drive a terminal; there it breaks at words.

        That stderr is full, or that nobody reads it, never ends a command.
        """
        with contextlib.suppress(OSError, ValueError):
            stream, text = sys.stderr, printable(text)
            if stream.isatty():
                text = reflowed(text, self.width)
            if self.may_colour and has_colours(stream):
                text = paint(text, tone)
            stream.write(f"{text}\n")
            stream.flush()

    def note(self, text: str) -> None:
        """Write a remark to stderr, unless told to be quiet."""
        if not self.quiet:
            self.remark(self.phrased(text), Tone.DIM)

    def warn(self, text: str) -> None:
        """Write something the user should not miss to stderr."""
        self.remark(_("warning: {text}").format(text=self.phrased(text)), Tone.WARN)

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
            answer = self.read(question, secret=secret)
        except EOFError as error:
            raise UsageError(_("no answer was given")) from error
        return answer.strip() or otherwise

    @contextlib.contextmanager
    def asked_while(self, is_asked: Callable[[], bool]) -> Iterator[None]:
        """Take questions back, by `Withdrawn`, once nobody needs their answers."""
        self.is_asked = is_asked
        try:
            yield
        finally:
            self.is_asked = None

    def confirms(self, question: str, *, otherwise: str = "n") -> bool:
        """Return whether a person answers yes; `otherwise` is what an empty answer means.

        Whatever is neither, such as a command, is asked about again. Errors are those of `ask`.
        """
        while (answer := self.ask(question, otherwise=otherwise)).lower() not in _MEANINGS:
            text = _("please answer y or n, not '{answer}'; Enter alone means {default}")
            self.remark(text.format(answer=answer, default=otherwise))
        return _MEANINGS[answer.lower()]

    def agrees(self, question: str) -> bool:
        """Return whether a person says yes; no, where there is none to ask."""
        return self.interactive and self.confirms(f"{question} [y/N] ")

    def show(self, items: Iterable[T], form: Form[T], *, as_json: bool = False) -> None:
        """Write items to stdout: a terminal gets a table, all else tab-separated or JSON lines."""
        if as_json:
            self.say_json(map(form.record, items))
        elif not self.is_table:
            self.say(form.tabs(items))
        elif (lines := form.lines) is not None:
            width = self.width
            self.say_sentences(chain.from_iterable(lines(one, width) for one in items))
        else:
            self.say(form.table(items, self.width))

    def show_facts(self, facts: Mapping[str, str], *, as_json: bool = False) -> None:
        """Write names and values to stdout: a line for each, or all as one JSON object."""
        if as_json:
            self.say_json([facts])
        else:
            self.show(facts.items(), PAIRS)

    def show_in_order(
        self,
        items: Iterable[T],
        form: Form[T],
        args: argparse.Namespace,
        orders: Mapping[str, SortOrder[T]],
    ) -> bool:
        """Write items to stdout in the order and number that `options.add_order` read.

        Return whether there are any.
        """
        limit = Limit(args.limit)
        order = orders[args.sort or next(iter(orders))] if args.sort or args.reverse else None
        shown = limit.of(items, order, reverse=args.reverse)
        if first := list(islice(shown, 1)):
            self.show(chain(first, shown), form, as_json=args.json)
        if limit.note:
            self.note(limit.note)
        return bool(first)

    def say_json(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write JSON objects to stdout, one a line."""
        ascii_only = not is_utf8(self.stdout)  # and so cannot hold every character
        self.say(json_line(one, ascii_only=ascii_only) for one in records)

    def say(self, text: Iterable[str]) -> None:
        """Write lines to stdout, with their colours where there are some."""
        toned = text if self._has_colours else map(unpainted, text)
        write(self.tee(toned, end="\n"), self.stdout, paged=self.may_page)

    @property
    def may_page(self) -> bool:
        """Return whether a person is at the prompt who would leave a pager again."""
        return self.pages and self.interactive and self.has_prompt

    @contextlib.contextmanager
    def unpaged(self) -> Iterator[None]:
        """Write results as they are, without a pager: a dialogue goes on below them."""
        before, self.pages = self.pages, False
        try:
            yield
        finally:
            self.pages = before

    def say_sentences(self, sentences: Iterable[str]) -> None:
        """Write lines to stdout; on a terminal long ones break between words, indented."""
        sentences = map(self.phrased, sentences)
        if self.is_table:
            sentences = (reflowed(one, self.width, later="  ") for one in sentences)
        self.say(sentences)

    def say_bytes(self, blocks: Iterable[bytes]) -> None:
        """Write bytes to stdout as they are, past its encoding."""
        self.stdout.flush()
        for block in self.tee(blocks):
            self.stdout.buffer.write(block)
            self.stdout.flush()

    def tee(self, pieces: Iterable[Piece], end: str = "") -> Iterable[Piece]:  # noqa: ARG002 - for the recorder
        """Pass on what goes to stdout; the shell's recorder overrides this to keep a copy."""
        return pieces

    def toned(self, text: str) -> str:
        """Return a text as stdout shows it now: with its colours, or without."""
        return text if self._has_colours else unpainted(text)

    @property
    def _has_colours(self) -> bool:
        return self.may_colour and has_colours(self.stdout)

    @property
    def is_table(self) -> bool:
        """Return whether results are for people to read, not for a program."""
        return self.stdout.isatty()

    @property
    def width(self) -> int:
        return get_terminal_size().columns

    def show_error(self, message: str, hint: str = "") -> None:
        """Write an error and what to do about it to stderr; nothing for no message."""
        if message:
            self.remark(_("error: {message}").format(message=message), Tone.BAD)
        if hint:
            self.remark(_("hint: {hint}").format(hint=self.phrased(hint)))

    def show_failure(self, error: OsshError) -> None:
        self.show_error(str(error), error.hint or "")
