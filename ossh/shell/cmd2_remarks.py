"""What cmd2 says of its own commands, in the language that is spoken.

cmd2 does not look its words up, so they are recognized by patterns. A test tries each of them.
"""

import re

from ossh.language import N_, _

# What it says as a pattern, and as a message with the pattern's fields; maybe what to do about it.
_REMARKS: tuple[tuple[str, ...], ...] = (
    (r"Alias '(?P<name>.+)' created", N_("alias '{name}' created")),
    (r"Alias '(?P<name>.+)' overwritten", N_("alias '{name}' overwritten")),
    (r"Alias '(?P<name>.+)' deleted", N_("alias '{name}' deleted")),
    (
        r"Alias '(?P<name>.+)' (?:does not exist|not found)",
        N_("there is no alias '{name}'"),
        N_("'alias list' shows them"),
    ),
    (r"All aliases deleted", N_("all aliases deleted")),
    (r"Macro '(?P<name>.+)' created", N_("macro '{name}' created")),
    (r"Macro '(?P<name>.+)' overwritten", N_("macro '{name}' overwritten")),
    (r"Macro '(?P<name>.+)' deleted", N_("macro '{name}' deleted")),
    (
        r"Macro '(?P<name>.+)' (?:does not exist|not found)",
        N_("there is no macro '{name}'"),
        N_("'macro list' shows them"),
    ),
    (r"All macros deleted", N_("all macros deleted")),
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


def refusal(message: str) -> tuple[str, str]:
    """Return what cmd2 says about one of its own commands, and what to do about it."""
    for pattern, words, *hints in _REMARKS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return _(words).format(**found.groupdict()), "".join(map(_, hints))
    return message, ""


def remark(message: str) -> str:
    return refusal(message)[0]
