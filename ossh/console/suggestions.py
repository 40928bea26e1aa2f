"""What a user who typed an unknown word may have meant."""

import re
from collections.abc import Iterable

from ossh.language import _

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
# Options that the words in an output suggest: 'failures' shows a cause.
_OTHER_OPTIONS = {"--cause": "--only"}
_LIKENESS = 0.6  # from 0 to 1: two letters of three
_UNIT = re.compile(r"(?:[kKmMgGtT]i?[bB]|[KMGT])(?:/s)?")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like another one; "" when none is."""
    from difflib import get_close_matches  # a start without mistakes does not need it

    return next(iter(get_close_matches(word.lower(), known, n=1, cutoff=_LIKENESS)), "")


def nearest_command(word: str, commands: Iterable[str]) -> str:
    """Return the command that was meant, perhaps in the words of another tool; "" when none is."""
    known = list(commands)
    other = _ELSEWHERE.get(word.lower(), "")
    return other if other in known else nearest(word, known)


def nearest_option(words: Iterable[str], options: Iterable[str]) -> str:
    """Return the option that was meant by the first of some words that looks like one; or ""."""
    unknown = next((word.partition("=")[0] for word in words if word.startswith("-")), "")
    known = list(options)
    other = _OTHER_OPTIONS.get(unknown, "")
    return other if other in known else nearest(unknown, known) if unknown else ""


def is_unit(word: str) -> bool:
    """Tell whether a word is a unit of size, of which a space has cut off the number."""
    return _UNIT.fullmatch(word) is not None


def did_you_mean(word: str) -> str:
    """Return the hint that a word was meant; "" for none."""
    return _("did you mean '{word}'?").format(word=word) if word else ""
