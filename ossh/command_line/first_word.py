"""The first word of a command line: a command, place, job or script, or what was meant by it."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ossh import commands
from ossh.console.argparse_internals import actions
from ossh.errors import UsageError
from ossh.language import N_, _

# What a command needs that no verb has, and what to do instead.
OF_THE_PROMPT = {
    **dict.fromkeys(
        ("cd", "filter", "history", "set", "alias", "macro", "edit", "quit", "guide", "pwd"),
        N_("'ossh oss://BUCKET/' opens the shell"),
    ),
    "clear": N_("use 'clear' of your shell"),
    "connect": N_("--endpoint, --region, --profile and others work with every command"),
    "lcd": N_("use your shell's 'cd'"),
    "lpwd": N_("use your shell's 'pwd'"),
    "open": N_("'ossh JOB.toml' opens the shell with a job; 'ossh resume JOB' runs it"),
    "run_script": N_("'ossh ./SCRIPT' runs a script"),
    "shell": N_("your shell runs other programs"),
}
# Commands for what this process runs, which is nothing where a verb begins.
OF_THIS_PROCESS = frozenset({"pause", "stop", "wait"})
HELP = "help"
VERBS = frozenset(commands.NAMES).difference(OF_THE_PROMPT, OF_THIS_PROCESS)  # what is offered
NAMES = frozenset({*commands.NAMES, *OF_THE_PROMPT, HELP})

_SCHEME = "oss://"
_SCRIPT = ".ossh"  # ends the name of a script
_BUCKET = "[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"
_ENDPOINT = r"(?:\.oss-[a-z0-9.-]+\.aliyuncs\.com)?"  # of a web address
_ADDRESS = rf"(?s)(?:[a-z0-9]+://|oss:/?)?({_BUCKET}){_ENDPOINT}(/.*)?"
_OPTIONS = ("completion", "demo", "selfcheck", "version")  # which people take for commands
_SLASHES = "/\\" if sys.platform == "win32" else "/"


def first_word(words: Sequence[str], options: argparse.ArgumentParser) -> int | None:
    """Return where in a command line its first word stands that is no option; None without one."""
    return next(plain_words(words, actions(options)), None)


def plain_words(words: Sequence[str], arguments: Iterable[argparse.Action]) -> Iterator[int]:
    """Yield where the words stand that are neither options nor their values."""
    known = {flag: one for one in arguments for flag in one.option_strings}
    number = 0
    while number < len(words):
        word = words[number]
        if not word.startswith("-") or word == "-":
            yield number
        number += 1
        if (taken := known.get(word)) is not None:
            number += _values(taken, words[number:])


def _values(option: argparse.Action, words: Sequence[str]) -> int:
    """Return how many words behind an option are its own."""
    plain = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    if option.nargs == "+":
        return plain
    if option.nargs == "?":
        return int(plain > 0 and words[0] not in NAMES)
    return option.nargs if isinstance(option.nargs, int) else 1


def is_script(word: str) -> bool:
    """Return whether a first word names a script: one has its ending, or a slash."""
    is_other = word.startswith(_SCHEME) or word.endswith(".toml")
    return not is_other and (word.endswith(_SCRIPT) or any(slash in word for slash in _SLASHES))


def check(word: str) -> None:
    """Refuse a first word that may not stand there, by a UsageError that says what was meant."""
    if word.startswith(_SCHEME) or word.endswith(".toml"):
        return
    if "://" in word:
        text = _("'{word}' is not an address of OSS")
        raise UsageError(text.format(word=word), hint=what_instead(word))
    if not is_script(word):
        raise no_such_command(word)


def no_such_command(word: str) -> UsageError:
    from ossh.console.suggestions import no_command  # needed for mistakes alone

    return UsageError(no_command(word), hint=what_instead(word))


def what_instead(word: str) -> str:
    """Return what to type instead of a first word that is nothing, or that cannot be read."""
    from ossh.console.suggestions import SYSTEM_SHELL, hint_for_command  # as above

    if not is_script(word) and Path(word).is_file():
        return _("to run a script: ossh ./{name}").format(name=word)
    if hint := hint_for_command(word, VERBS, SYSTEM_SHELL):
        return hint
    if hint := hint_for_command(word, NAMES):
        return _("{hint} (at the prompt of ossh)").format(hint=hint)
    if word in _OPTIONS:
        return _("did you mean {near}?").format(near=f"'ossh --{word}'")
    if meant := re.fullmatch(_ADDRESS, word):
        address = f"{_SCHEME}{meant[1]}{meant[2] or '/'}"
        text = _("if a bucket is meant: ossh {address}; 'ossh help' lists the commands")
        return text.format(address=address)
    return _("'ossh help' lists the commands")


def hint_for_more(word: str) -> str:
    """Return what to do about a command behind a place, a job or a script; "" for other words."""
    text = _("the command comes first: ossh {command} oss://BUCKET/")
    return text.format(command=word) if word in NAMES else ""
