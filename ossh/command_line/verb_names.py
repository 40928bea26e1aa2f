"""Which words of a command line are commands of ossh, and where they stand."""

import argparse
from collections.abc import Sequence
from itertools import takewhile

from ossh.commands import NAMES as COMMANDS
from ossh.console.argparse_internals import actions
from ossh.language import N_

# What a command needs that no verb has, and what to do instead.
OF_THE_PROMPT = {
    **dict.fromkeys(
        ("cd", "filter", "history", "set", "alias", "macro", "edit", "quit", "guide", "pwd"),
        N_("'ossh oss://BUCKET/' opens the shell"),
    ),
    "connect": N_("--endpoint, --region, --profile and others stand beside any command"),
    "lcd": N_("use 'cd' of your shell"),
    "lpwd": N_("use 'pwd' of your shell"),
    "open": N_("'ossh JOB.toml' opens the shell with a job; 'ossh resume JOB' runs it"),
    "run_script": N_("'ossh ./SCRIPT' runs a script"),
    "shell": N_("your shell runs other programs"),
}
HELP = "help"
NAMES = frozenset({*COMMANDS, *OF_THE_PROMPT, HELP})


def verb_in(words: Sequence[str], options: argparse.ArgumentParser) -> int | None:
    """Return where in a command line its verb stands; None if there is none.

    `options` reads what may stand before it.
    """
    known = {flag: one for one in actions(options) for flag in one.option_strings}
    number = 0
    while number < len(words):
        word = words[number]
        if not word.startswith("-") or word == "-":
            return number if word in NAMES else None
        number += 1 + _values(known.get(word), words[number + 1 :])
    return None


def _values(option: argparse.Action | None, following: Sequence[str]) -> int:
    """Return how many of the words that follow an option are its values."""
    nargs = 0 if option is None else option.nargs
    if isinstance(nargs, int):
        return nargs
    if nargs == "?":
        return 1 if following and following[0] not in NAMES else 0
    if nargs == "+":
        return len([*takewhile(lambda word: not word.startswith("-"), following)])
    return 1
