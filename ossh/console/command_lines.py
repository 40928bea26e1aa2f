"""Command lines as one types them, alone and within a sentence. Pure."""

import re
from collections.abc import Callable

from ossh.errors import UsageError
from ossh.language import _

# One in a sentence, in the words of the prompt; an argument may be in quotes, too, as `as_word` has
# it. A colour may begin just before it.
_WORD = r"""(?:"[^"]*"|'[^']*'(?:"'"'[^']*')*)(?=[ '])|[^' ]+"""
LINE = re.compile(rf"(?:(?<!\w)|(?<=\dm))'(?P<name>[a-z_]+)(?P<rest>(?: (?:{_WORD}))*)'")
_OPTIONS = re.compile(r"(?: --by cause| --[a-z-]+(?: [A-Z]+)?)*")
# Commands that mean the open job where none is named.
_OF_A_JOB = frozenset(
    {"failures", "get", "refresh", "report", "restore", "retry", "status", "verify"}
)
_NAMING = {"get": "resume", "restore": "restore --job"}  # what they are where a job's name follows


def typed(command: str, *arguments: str) -> str:
    """Return a command line as it is typed at the prompt, its arguments in quotes; see `quoted`."""
    return " ".join([command, *map(quoted, arguments)])


def quoted(text: str) -> str:
    """Return an argument in quotes; raise UsageError where it has both kinds of them."""
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    raise UsageError(_("a name with both kinds of quotes cannot be typed here"))


def about(text: str, job: Callable[[], str], begin: str = "") -> str:
    """Return a sentence whose commands for the open job name another, as it is typed.

    `job` is asked only if there are such commands, which then start with `begin`; "" leaves them
    as they are.
    """

    def named(found: re.Match[str]) -> str:
        name, rest = found["name"], found["rest"]
        if name in _OF_A_JOB and _OPTIONS.fullmatch(rest) and (word := job()):
            return f"'{begin}{_NAMING.get(name, name)} {word}{rest}'"
        return found[0]

    return LINE.sub(named, text)
