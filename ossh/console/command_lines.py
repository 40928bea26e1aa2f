"""Command lines as one types them, alone and within a sentence. Pure."""

import re

from ossh.errors import UsageError
from ossh.language import _

# One in a sentence, in the words of the prompt; an argument may be in quotes, too. A colour may
# begin just before it.
LINE = re.compile(r"(?:(?<!\w)|(?<=\dm))'(?P<name>[a-z_]+)(?P<rest>(?: [^' ]+| '[^']*'(?=[ ']))*)'")
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


def means_open_job(text: str) -> bool:
    """Return whether a sentence holds a command line for the open job."""
    return any(map(_names_no_job, LINE.finditer(text)))


def about(text: str, job: str) -> str:
    """Return a sentence whose commands for the open job name another, as it is typed."""

    def named(found: re.Match[str]) -> str:
        if not _names_no_job(found):
            return found[0]
        name, rest = found["name"], found["rest"]
        return f"'{_NAMING.get(name, name)} {job}{rest}'"

    return LINE.sub(named, text)


def _names_no_job(found: re.Match[str]) -> bool:
    """Return whether a command line is for a job and leaves open which: it has only options."""
    return found["name"] in _OF_A_JOB and _OPTIONS.fullmatch(found["rest"]) is not None
