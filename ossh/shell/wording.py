"""The words of argparse and cmd2 in the language that is spoken, and ours where they show them.

What a parser is made with stays English in it; it is looked up when its help is written.
"""

import argparse
import re
from collections.abc import Iterable
from typing import Any

from ossh.language import ENGLISH, N_, _, spoken

_USAGE = N_("usage: ")
# A heading of Chinese characters, to which argparse adds its own colon; maybe between colours.
_CHINESE_HEADING = re.compile(r"(?m)^((?:\x1b\[[\d;]*m)*[^\x00-\x7f]+):((?:\x1b\[[\d;]*m)*)$")
_HEADINGS = (N_("positional arguments"), N_("options"), N_("subcommands"))
_HELP = (N_("show program's version number and exit"), N_("Hint"))

# How argparse complains, as a pattern and as a message with the pattern's fields.
_COMPLAINTS = (
    (r"argument (?P<name>.+?): (?P<why>.+)", N_("argument {name}: {why}")),
    (
        r"the following arguments are required: (?P<names>.+)",
        N_("the following arguments are required: {names}"),
    ),
    (r"unrecognized arguments: (?P<names>.+)", N_("unrecognized arguments: {names}")),
    (
        r"invalid choice: (?P<given>.+?) \(choose from (?P<choices>.+)\)",
        N_("invalid choice: {given} (choose from {choices})"),
    ),
    (r"No closing quotation", N_("a closing quote is missing")),
    (r"expected one argument", N_("expected one argument")),
    (r"expected at least one argument", N_("expected at least one argument")),
    (r"expected at most one argument", N_("expected at most one argument")),
    (r"not allowed with argument (?P<other>.+)", N_("not allowed with argument {other}")),
    (
        r"ignored explicit argument (?P<given>.+)",
        N_("ignored explicit argument {given}"),
    ),
    (
        r"one of the arguments (?P<names>.+) is required",
        N_("one of the arguments {names} is required"),
    ),
    (
        r"ambiguous option: (?P<given>.+) could match (?P<names>.+)",
        N_("ambiguous option: {given} could match {names}"),
    ),
    (r"invalid (?P<kind>\S+) value: (?P<given>.+)", N_("invalid {kind} value: {given}")),
)


# What cmd2 says about its own commands, in the same form.
_REMARKS = (
    (r"Alias '(?P<name>.+)' created", N_("alias '{name}' created")),
    (r"Alias '(?P<name>.+)' overwritten", N_("alias '{name}' overwritten")),
    (r"Alias '(?P<name>.+)' deleted", N_("alias '{name}' deleted")),
    (r"Alias '(?P<name>.+)' (?:does not exist|not found)", N_("there is no alias '{name}'")),
    (r"All aliases deleted", N_("all aliases deleted")),
    (r"Macro '(?P<name>.+)' created", N_("macro '{name}' created")),
    (r"Macro '(?P<name>.+)' overwritten", N_("macro '{name}' overwritten")),
    (r"Macro '(?P<name>.+)' deleted", N_("macro '{name}' deleted")),
    (r"Macro '(?P<name>.+)' (?:does not exist|not found)", N_("there is no macro '{name}'")),
    (r"All macros deleted", N_("all macros deleted")),
    (r"Invalid (?:alias|macro) name: (?P<why>.+)", N_("not a valid name: {why}")),
    (r"Error setting (?P<name>\S+): (?P<why>.+)", N_("cannot set {name}: {why}")),
    (r"Parameter '(?P<name>.+)' not supported .*", N_("there is no setting '{name}'")),
    (r"Invalid syntax: (?P<why>.+)", N_("cannot read this line: {why}")),
    (r"Elapsed: (?P<time>.+)", N_("elapsed: {time}")),
    (
        r"Problem accessing script from '(?P<name>.+?)': (?:\[.+?\] )?(?P<reason>.+?)(?:: '.+')?",
        N_("cannot read the script '{name}': {reason}"),
    ),
    (
        r"'(?P<name>.+)' is not an ASCII or UTF-8 encoded text file",
        N_("the script '{name}' is not UTF-8 text"),
    ),
    (
        r"Either --all or (?:alias|macro) name\(s\) must be specified",
        N_("give a name, or --all"),
    ),
    (
        r"(?:Alias|Macro) cannot have the same name as an? (?:command|alias|macro)",
        N_("a command, an alias or a macro of this name already exists"),
    ),
    (
        r"Cowardly refusing to run all previously entered commands\.",
        N_("nothing was run: this would repeat every command entered so far"),
    ),
    (r"Failed to redirect output", N_("cannot write the file named after '>'")),
    (
        r"Pipe process exited with code (?P<code>-?\d+) before command could run",
        N_("the program after '|' ended with status {code} before the command could run"),
    ),
    (r"(?P<number>\d+) commands? saved to (?P<file>.+)", N_("{number} commands saved to {file}")),
)

# What to do about a complaint of cmd2.
_HINTS = (
    (r"Parameter .+ not supported .*", N_("'set' lists the settings")),
    (r"Alias .+ (?:does not exist|not found)", N_("'alias list' shows them")),
    (r"Macro .+ (?:does not exist|not found)", N_("'macro list' shows them")),
    (
        r"Invalid syntax: No closing quotation",
        N_("close the quote; put a name that contains one kind of quote inside the other kind"),
    ),
    (r"Cowardly .+", N_("'history -r 1:' runs them all")),
)
# A hint of cmd2's on a line of its own, which is one of these already.
_REPEATED = r"If this is what you want to do, specify '1:' as the range of history\."


def complaint(message: str) -> str:
    """Return a complaint of argparse; unchanged if its words are not known."""
    return _reworded(message, _COMPLAINTS)


def remark(message: str) -> str:
    """Return what cmd2 says about one of its own commands; in English unchanged."""
    return message if spoken() == ENGLISH else _reworded(message, _REMARKS)


def refusal(message: str) -> tuple[str, str]:
    """Return why one of cmd2's own commands failed, and what to do about it."""
    if re.fullmatch(_REPEATED, message):
        return "", ""
    hint = next((hint for pattern, hint in _HINTS if re.fullmatch(pattern, message)), "")
    return _reworded(message, _REMARKS), _(hint) if hint else ""


def _reworded(message: str, known: Iterable[tuple[str, str]]) -> str:
    for pattern, words in known:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            fields = found.groupdict()
            if "why" in fields:
                fields["why"] = complaint(fields["why"])
            if "reason" in fields:
                fields["reason"] = _(fields["reason"].lower())
            return _(words).format(**fields)
    return message


class Wording(argparse.HelpFormatter):
    """Writes the help of a parser in the language that is spoken; to be mixed into a formatter."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """Begin the usage with the word for it."""
        super().add_usage(usage, actions, groups, _(_USAGE) if prefix is None else prefix)

    def _format_usage(self, usage: Any, actions: Any, groups: Any, prefix: Any) -> str:  # noqa: ANN401
        """Align what is below a word whose characters take two columns each."""
        from rich.cells import cell_len

        room = " " * cell_len(prefix or "")
        text = super()._format_usage(usage, actions, groups, room or prefix)
        return text.replace(room, prefix, 1) if room else text

    def format_help(self) -> str:
        """Return the help; a Chinese heading ends with a colon of its own width."""
        return _CHINESE_HEADING.sub(r"\1：\2", super().format_help())  # noqa: RUF001

    def start_section(self, heading: str | None) -> None:
        """Begin a section with its heading."""
        super().start_section(_(heading) if heading else heading)

    def add_text(self, text: Any) -> None:  # noqa: ANN401 - cmd2 shows more than text
        """Add a description or an epilog."""
        super().add_text(_(text) if isinstance(text, str) else text)

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Break a help between Chinese characters too."""
        from ossh.shell.wrapping import wrapped

        return super()._split_lines(text, width) if text.isascii() else wrapped(text, width)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return _(action.help) if action.help else action.help
