"""Command lines as one types them, alone and within a sentence. Pure."""

import re

from ossh.errors import UsageError
from ossh.language import _

# One in a sentence, in the words of the prompt; an argument may be in quotes, too. A colour may
# begin just before it.
LINE = re.compile(r"(?:(?<!\w)|(?<=\dm))'(?P<name>[a-z_]+)(?P<rest>(?: [^' ]+| '[^']*'(?=[ ']))*)'")
_OPTIONS = re.compile(r"(?: --[a-z-]+(?: [A-Z]+)?)*")
# Commands that mean the open job where none is named.
_OF_A_JOB = frozenset(
    {"failures", "get", "refresh", "report", "restore", "retry", "status", "verify"}
)


def typed(command: str, *arguments: str) -> str:
    """Return a command line as it is typed at the prompt, its arguments in quotes.

    Raises:
        UsageError: One cannot be typed.
    """
    return " ".join([command, *map(quoted, arguments)])


def quoted(text: str) -> str:
    """Return an argument in quotes; raise UsageError where it has both kinds of them."""
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    raise UsageError(_("a name with both kinds of quotes cannot be typed here"))


def about(text: str, job: str, restore: str) -> str:
    """Return a sentence in which commands for the open job name another job.

    Args:
        text: The sentence.
        job: What to type for the job.
        restore: What stands for 'restore', which takes no job.
    """

    def named(found: re.Match[str]) -> str:
        name, rest = found["name"], found["rest"]
        if name not in _OF_A_JOB or not _OPTIONS.fullmatch(rest):
            return found[0]
        if name == "restore":
            return restore
        return f"'{'resume' if name == 'get' else name} {job}{rest}'"

    return LINE.sub(named, text)
