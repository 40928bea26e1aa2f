"""Command lines within a sentence: hints are written in the words of the prompt. Pure."""

import re

# A command in quotes, with what follows it; an argument may be in quotes, too.
LINE = re.compile(r"(?<!\w)'(?P<name>[a-z_]+)(?P<rest>(?: [^' ]+| '[^']*'(?=[ ']))*)'")
_OPTIONS = re.compile(r"(?: --[a-z-]+(?: [A-Z]+)?)*")
# Commands that mean the open job where none is named.
_OF_A_JOB = frozenset(
    {"failures", "get", "refresh", "report", "restore", "retry", "status", "verify"}
)


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
