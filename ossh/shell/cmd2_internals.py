"""All that ossh touches of cmd2, prompt_toolkit and rich-argparse beyond their documentation.

A test names what is missing, or of another shape, when a new version changes it.
"""

import argparse
import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from inspect import unwrap
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import cmd2
from cmd2.argparse_completer import ArgparseCompleter
from cmd2.exceptions import RedirectionError
from cmd2.history import HistoryItem
from cmd2.pt_utils import Cmd2History
from cmd2.rich_utils import Cmd2HelpFormatter, TextGroup
from cmd2.string_utils import strip_quotes
from cmd2.utils import RedirectionSavedState
from prompt_toolkit.application import Application
from prompt_toolkit.input.typeahead import get_typeahead, store_typeahead
from prompt_toolkit.shortcuts import PromptSession
from rich.containers import Lines
from rich.text import Text

from ossh import regular_files
from ossh.commands.interrupts import stops_gently
from ossh.console.argparse_internals import Wording
from ossh.console.console import Console, Withdrawn
from ossh.console.views.text import reflowed, wrapped
from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.printable import printable

_NARROW = 60  # columns of a terminal where the help of an option goes below it, not beside it
_TOOLBAR_SECONDS = 0.5  # between two looks at what it shows
_QUESTION_SECONDS = 0.1  # between two looks whether a question still stands
_QUOTES = ('"', "'")
_BREAKS = re.compile(r"[ \"'|>]")  # after which the Tab key takes a word to begin
_NEEDS_QUOTES = re.compile(r"[ |>]|^[\"']")  # what is not read as one word without quotes

# What cmd2 says of its own commands, and does not look up: as a pattern, and as a message with the
# pattern's fields; maybe what to do about it.
_REMARKS: tuple[tuple[str, ...], ...] = (
    (r"(?:Alias|Macro) '(?P<name>.+)' created", N_("'{name}' created")),
    (r"(?:Alias|Macro) '(?P<name>.+)' overwritten", N_("'{name}' overwritten")),
    (r"(?:Alias|Macro) '(?P<name>.+)' deleted", N_("'{name}' deleted")),
    (
        r"(?:Alias|Macro) '(?P<name>.+)' (?:does not exist|not found)",
        N_("'{name}' does not exist"),
        N_("'alias list' and 'macro list' show what does"),
    ),
    (r"All (?:aliases|macros) deleted", N_("all deleted")),
    (r"Invalid (?:alias|macro) name: (?P<why>.+)", N_("not a valid name: {why}")),
    (
        r"Invalid syntax: No closing quotation",
        N_("cannot read this line: a closing quote is missing"),
        N_("close the quote; put a name that contains one kind of quote inside the other kind"),
    ),
    (r"Invalid syntax: (?P<why>.+)", N_("cannot read this line: {why}")),
    (r"Elapsed: (?P<time>.+)", N_("elapsed: {time}")),
    (
        r"Either --all or (?:alias|macro) name\(s\) must be specified",
        N_("give a name, or --all"),
    ),
    (
        r"(?:Alias|Macro) cannot have the same name as an? (?:command|alias|macro)",
        N_("a command, an alias or a macro of this name already exists"),
    ),
    (
        r"Pipe process exited with code (?P<code>-?\d+) before command could run",
        N_("the program after '|' ended with status {code} before the command could run"),
    ),
    (r"(?P<number>\d+) commands? saved to (?P<file>.+)", N_("{number} commands saved to {file}")),
)

Body = Callable[[cmd2.Cmd, argparse.Namespace], bool | None]

# cmd2's own commands that ossh extends: their parsers, and what they do without these.
help_parser, history_parser = cmd2.Cmd._build_help_parser, cmd2.Cmd._build_history_parser
script_parser, set_parser = cmd2.Cmd._build_run_script_parser, cmd2.Cmd._build_set_parser
run_help: Body = unwrap(cmd2.Cmd.do_help)
run_history: Body = unwrap(cmd2.Cmd.do_history)


def refusal(message: str) -> tuple[str, str]:
    """Return what cmd2 says about one of its own commands, and what to do about it."""
    for pattern, words, *hints in _REMARKS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return _(words).format(**found.groupdict()), "".join(map(_, hints))
    return message, ""


def remark(message: str) -> str:
    return refusal(message)[0]


def asked_for_help(error: cmd2.SkipPostcommandHooks) -> bool:
    """Return whether a command did not run because its help was asked for."""
    return isinstance(error.__cause__, SystemExit) and not error.__cause__.code


class Cmd(cmd2.Cmd, Console):
    """cmd2's shell, and names for what it keeps to itself."""

    at_prompt = False  # commands come from the prompt, not from a script or `-c`

    @property
    def interactive(self) -> bool:
        return self.at_prompt and not self.in_script() and self.stdin.isatty()

    @property
    def is_piped(self) -> bool:
        """Return whether what the command writes goes to another program."""
        return self._cur_pipe_proc_reader is not None

    def pipe_status(self) -> Callable[[], int]:
        """Return what tells, after the command, the exit status of the program it is piped to."""
        reader = self._cur_pipe_proc_reader
        return lambda: 0 if reader is None else int(reader._proc.returncode or 0)

    def chosen_history(self, args: argparse.Namespace) -> dict[int, HistoryItem]:
        """Return the lines that the arguments of `history` choose, by their numbers."""
        return self._get_history(args)

    def run_lines(self, lines: Sequence[str], folder: Path) -> bool:
        """Run the lines of a script, which names other scripts from its own folder."""
        self._script_dir.append(str(folder))
        try:
            is_kept = self.scripts_add_to_history
            stop = self.runcmds_plus_hooks(
                lines, add_to_history=is_kept, stop_on_keyboard_interrupt=True
            )
            self.last_result = True
            return stop
        finally:
            self._script_dir.pop()

    def _perform_completion(
        self, text: str, line: str, begidx: int, endidx: int, custom_settings: Any = None
    ) -> cmd2.Completions:
        """Offer only what the parser will read as it is offered, in quotes if need be."""
        found = super()._perform_completion(text, line, begidx, endidx, custom_settings)
        words, quote = found.to_strings(), found._quote_char
        if found._add_opening_quote or not quote:  # the user has typed none
            needed = any(map(_BREAKS.search, words))
            quote = _unused_quote("".join(words)) if needed else ""
            found = replace(found, _add_opening_quote=bool(quote), _quote_char=quote)
        if quote:
            items = [one for one in found if quote not in one.text]
        else:  # none is needed, or no kind of them fits all
            items = [replace(one, text=word) for one in found if (word := _as_word(one.text))]
        is_quoted = quote and not found._add_opening_quote
        if line[:begidx].endswith(_QUOTES) and not is_quoted:
            return cmd2.Completions()  # one that ends a word, or stands in it
        tokens, _raw_tokens = self.tokens_for_completion(line, begidx, endidx)
        if is_quoted and tokens[-1] != text:  # only the last part of the word is replaced
            items = [one for one in items if one.text.startswith(text)]
        return replace(found, items=items)

    def _complete_statement(self, line: str) -> cmd2.Statement:
        """Read a line; what follows `!` is for the shell as it stands, with its `>` and `|`."""
        statement = super()._complete_statement(line)
        if statement.command != "shell" or not statement.redirector:
            return statement
        args = self.statement_parser.parse_command_only(statement.raw).args
        return cmd2.Statement(args, raw=statement.raw, command=statement.command)

    def _redirect_output(self, statement: cmd2.Statement) -> RedirectionSavedState:
        """Write the output where `>` or `|` says.

        Raises:
            LocalError: The file cannot be written.
            UsageError: No file is named, or more than one.
        """
        if (sign := statement.redirector) in {">", ">>"}:
            words = self.statement_parser.tokenize(statement.raw)
            if len(words[words.index(sign) + 1 :]) != 1:  # cmd2's clipboard; or words to ignore
                text = _("one file name belongs after '{sign}'").format(sign=sign)
                hint = _('quote a name with spaces: {sign} "my file.txt"').format(sign=sign)
                raise UsageError(text, hint=hint)
        try:
            return super()._redirect_output(statement)
        except RedirectionError as error:
            if isinstance(error.__cause__, OSError):
                path = printable(strip_quotes(statement.redirect_to))
                raise regular_files.cannot_write(path, error.__cause__) from error
            raise

    def _read_raw_input(self, prompt: Any, session: PromptSession[str], **options: Any) -> str:
        """Return what is typed; end a question that no longer stands."""
        if self.is_asked is not None:
            ends = partial(_withdrawing, session.app, self.is_asked)
            options["pre_run"] = lambda: session.app.create_background_task(ends())
        return super()._read_raw_input(prompt, session, **options)

    def _raise_keyboard_interrupt(self) -> None:
        if self.current_command is not None and stops_gently(self):
            return
        if self.interactive:
            self.poutput()  # the new prompt stands on a line of its own
        raise KeyboardInterrupt("interrupted")

    def cmdloop(self, intro: Any = "") -> int:
        """Ask for commands until the user leaves; return the exit status."""
        self.at_prompt = True
        try:
            return super().cmdloop(intro)
        except RuntimeError as error:
            # cmd2 4.3 joins its alert thread even when SIGTERM came before that had started.
            if isinstance(error.__context__, SystemExit):
                raise error.__context__ from None
            raise
        finally:
            self.at_prompt = False

    def use_prompt(self, history: Cmd2History) -> None:
        """Have the Up key bring back these lines, and show a typed key at once.

        prompt_toolkit would wait for its loop to be idle, which beside a busy run takes a while.
        """
        self.main_session.history = self.main_session.default_buffer.history = history
        self.main_session.app.max_render_postpone_time = None

    def has_typed_ahead(self) -> bool:
        """Return whether the prompt has read more than the line that runs."""
        keys = get_typeahead(self.main_session.input)
        store_typeahead(self.main_session.input, keys)
        return bool(keys)

    def use_toolbar(self, text: Callable[[], str] | None) -> None:
        """Show a line below the prompt, kept up to date; None: no line, not an empty one."""
        self.main_session.bottom_toolbar = text
        self.main_session.refresh_interval = _TOOLBAR_SECONDS if text else 0.0


def _unused_quote(text: str) -> str:
    """Return a quote that is not in a text; "" if both kinds are."""
    return next((one for one in _QUOTES if one not in text), "")


def _as_word(text: str) -> str:
    """Return a text as the parser reads it as one word; "" if there is no way to write it."""
    if not _NEEDS_QUOTES.search(text):
        return text
    quote = _unused_quote(text)
    return f"{quote}{text}{quote}" if quote else ""


async def _withdrawing(app: Application[str], is_asked: Callable[[], bool]) -> None:
    while is_asked():  # noqa: ASYNC110 - whoever changes it knows nothing of this loop
        await asyncio.sleep(_QUESTION_SECONDS)
    if app.is_running and app.future is not None and not app.future.done():
        app.exit(exception=Withdrawn())


class HelpFormatter(Wording, Cmd2HelpFormatter):
    """Writes help as cmd2 does, in the language that is spoken."""

    def __init__(self, prog: str, **options: Any) -> None:
        is_narrow = get_terminal_size().columns < _NARROW
        super().__init__(prog, **{"max_help_position": 4 if is_narrow else 24, **options})

    def add_text(self, text: Any) -> None:
        """Add a description or an epilog, a styled one too."""
        if isinstance(text, TextGroup):
            inside = self._width - self._indent_increment
            text = TextGroup(_(text.title), _plain(text.text, inside))
        super().add_text(_plain(text, self._width))

    def _rich_split_lines(self, text: Text, width: int) -> Lines:
        """Break a help between Chinese characters too; a table in it is broken already."""
        if "\n" in text.plain:
            return text.split()
        if text.plain.isascii() and all(len(word) <= width for word in text.plain.split()):
            return super()._rich_split_lines(text, width)
        return Lines(Text(line, style=text.style) for line in wrapped(text.plain, width))


def _plain(text: Any, width: int) -> Any:
    """Return a text of cmd2's in the language that is spoken; in English with its styles."""
    words = text.plain if isinstance(text, Text) else text
    if isinstance(words, str) and (looked_up := _(words)) != words:
        return Text(reflowed(looked_up, width))
    return text


class Completer(ArgparseCompleter):
    """Offers options and subcommands beside what they do, in the language that is spoken."""

    def complete(self, *args: Any, **options: Any) -> cmd2.Completions:
        found = super().complete(*args, **options)
        items = [replace(one, display_meta=_(one.display_meta)) for one in found.items]
        return replace(found, items=items)
