"""What a shell glob means, said as simply as can be; and globs and keys to try it on."""

import re

from hypothesis import strategies as st

ATOMS = ["a", "b", ".gz", "/", "*", "**", "**/", "?", "[ab]", "[!a]", "[b-z]", r"\*", "[/", "]"]
KEY_ATOMS = ["a", "b", "c", "*", "[ab]", ".gz", "/", "\n"]
globs = st.lists(st.sampled_from(ATOMS), min_size=1, max_size=6).map("".join)
names = st.lists(st.sampled_from(KEY_ATOMS), min_size=1, max_size=7).map("".join)


def is_meant(glob: str, name: str) -> bool:
    """Return whether a glob means a name, one piece after the other."""
    return _is_rest(f"{glob}**" if glob.endswith("/") else glob, name, is_at_start=True)


def _is_rest(glob: str, name: str, *, is_at_start: bool) -> bool:
    if not glob:
        return not name
    ends = range(len(name) + 1)
    if glob.startswith("**/") and is_at_start:
        starts = [0, *(end + 1 for end, char in enumerate(name) if char == "/")]
        return any(_is_rest(glob[3:], name[start:], is_at_start=True) for start in starts)
    if glob.startswith("**"):
        rest = glob.lstrip("*")
        return any(_is_rest(rest, name[end:], is_at_start=False) for end in ends)
    if glob[0] == "*":
        stars = [end for end in ends if "/" not in name[:end]]
        return any(_is_rest(glob[1:], name[end:], is_at_start=False) for end in stars)
    length, wanted = _one(glob)
    return (
        bool(name)
        and re.fullmatch(wanted, name[0], re.DOTALL) is not None
        and _is_rest(glob[length:], name[1:], is_at_start=glob[0] == "/")
    )


def _one(glob: str) -> tuple[int, str]:
    """Return the length of a piece that stands for one character, and that as an expression."""
    for piece, wanted in {"[ab]": "[ab]", "[!a]": "[^a/]", "[b-z]": "[b-z]"}.items():
        if glob.startswith(piece):
            return len(piece), wanted
    if glob[0] == "\\":
        return 2, re.escape(glob[1])
    return 1, "[^/]" if glob[0] == "?" else re.escape(glob[0])
