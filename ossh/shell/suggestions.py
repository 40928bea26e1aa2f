"""What a user who typed an unknown word may have meant. Pure."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

# Words of other tools that people bring along.
_ELSEWHERE = {
    "bye": "quit",
    "config": "connect",
    "copy": "get",
    "dir": "ls",
    "download": "get",
    "find": "ls",
    "list": "ls",
    "ll": "ls",
    "login": "connect",
    "mget": "get",
    "mirror": "get",
    "q": "quit",
    "search": "ls",
    "use": "cd",
}
_LIKENESS = 0.6  # from 0 to 1: two letters of three
_UNKNOWN = re.compile(r"unrecognized arguments: .*?(--?[\w-]+)", re.DOTALL)
_LONE_UNIT = re.compile(r"unrecognized arguments: ((?:[kKmMgGtT]i?[bB]|[KMGT])(?:/s)?)(?:\s|\Z)")
_NO_ACTION = re.compile(r"argument (?:ACTION|SUBCOMMAND): invalid choice: (.+?) \(", re.DOTALL)
_NO_CHOICE = re.compile(r"invalid choice: (.+?) \(choose from (.+)\)", re.DOTALL)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like another one; "" when none is."""
    return next(iter(get_close_matches(word.lower(), known, n=1, cutoff=_LIKENESS)), "")


def nearest_command(word: str, commands: Iterable[str]) -> str:
    """Return the command that was meant, perhaps in the words of another tool; "" when none is."""
    known = list(commands)
    other = _ELSEWHERE.get(word.lower(), "")
    return other if other in known else nearest(word, known)


def nearest_argument(complaint: str, options: Iterable[str]) -> str:
    """Return what argparse's complaint of an option or a choice suggests; "" for nothing.

    Args:
        complaint: As argparse words it.
        options: Those of the command, with their dashes.
    """
    if unknown := _UNKNOWN.search(complaint):
        return nearest(unknown[1], options)
    if wrong := _NO_CHOICE.search(complaint):
        choices = [one.strip().strip("'") for one in wrong[2].split(",")]
        return nearest(wrong[1].strip("'"), choices)
    return ""


def lone_unit(complaint: str) -> str:
    """Return the unit of size that argparse complains of, as a space comes before it; or ""."""
    found = _LONE_UNIT.search(complaint)
    return found[1] if found else ""


def unknown_action(complaint: str) -> str:
    """Return the word that argparse found where an action of the command belongs; or ""."""
    found = _NO_ACTION.search(complaint)
    return found[1].strip("'") if found else ""
