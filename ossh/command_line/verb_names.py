"""Which words of a command line are commands of ossh, and where they stand."""

import argparse
from collections.abc import Sequence

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
        taken = known.get(word)
        takes_value = taken is not None and taken.nargs != 0
        if takes_value and taken is not None and taken.nargs == "?":
            following = words[number + 1 : number + 2]
            takes_value = bool(following) and following[0] not in NAMES
        number += 1 + takes_value
    return None
