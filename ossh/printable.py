"""Text as it may be shown: nothing in it can drive a terminal or reorder a line. Pure."""

import re
import shlex
import unicodedata


def printable(text: str) -> str:
    r"""Return the text with whatever could drive a terminal or reorder a line shown escaped.

    That is control and format characters, line and paragraph separators, and lone surrogates:
    "\n", "\x1b", "\u202e". Everything else stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def shortened(text: str, longest: int) -> str:
    """Return the beginning of a text that has more characters, before "…"."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def as_word(text: str) -> str:
    """Return a text as one word of a command line, in one kind of quotes where that is enough.

    The system's shell reads all of it, ossh's prompt only what has no more than one kind.
    """
    if "'" in text and not re.search(r'["$`\\!]', text):
        return f'"{text}"'
    return shlex.quote(text)


def _visible(char: str) -> str:
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return char.encode("unicode_escape").decode("ascii")
    return char
