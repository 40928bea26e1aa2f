"""Regular expressions and globs as tests of keys, none of which can hang.

An expression may have so many ways to match that a key of a hundred letters takes years, and
Python's own engine cannot be interrupted. So whatever may do that is searched for by another
engine, which has a time limit. Expressions mean what Python's `re` says.
"""

import re
import warnings
from collections.abc import Callable
from functools import lru_cache

from ossh.errors import UsageError
from ossh.language import Words, _, said
from ossh.printable import printable

_MOST_REPEATED = 100_000  # characters of an expression, once its counts are written out
KEY_SECONDS = 1.0  # of computing for one key
Search = Callable[[str], bool]
"""Tells whether a text matches."""

_GLOB_HINT = Words(
    r"write it as in .gitignore: brackets in pairs, \[ and \\ for the literal characters"
)
# Pieces of an expression that the two engines could read differently: a class, and a brace that
# begins no repetition; before them, what only looks like one of these.
_PIECES = (
    r"(?s)\\N\{[^}]*\}|\\.|\(\?\#[^)]*\)"
    r"|\[\^?\]?(?:\\.|[^\\\]])*\]"
    r"|\{(?!(?:\d+(?:,\d*)?|,\d*)\})"
)
_REMARK = r"|\#[^\n]*"  # in a verbose expression
_IN_CLASS = r"(?s)(\\.)|\["
# A counted repeat; one that follows a blank or a remark may belong to the group before that.
_COUNT = r"(?s)\\.|(?P<of_group>(?<=[)\s]))?\{(?P<least>[0-9]*)(?:,(?P<most>[0-9]*))?\}"
# Pieces of a shell glob; only the last two stand for themselves.
_SHELL_PIECE = (
    r"(?s)(?P<folders>(?:\A|(?<=/))\*\*/)|(?P<all>\*\*+)|(?P<star>\*)|(?P<any>\?)"
    r"|\[(?P<but>[!^]?)(?P<of>(?:\\[^/]|[^\\/])(?:\\[^/]|[^]\\/])*)\]"
    r"|\\(?P<escaped>[^/])|(?P<itself>.)"
)
_IN_SHELL_CLASS = r"(?s)\\(.)|[^-\w]"
_MEANS = {"folders": "(?:.*/)?", "all": ".*", "star": "[^/]*", "any": "[^/]"}


@lru_cache(maxsize=256)
def regex(expression: str) -> Search:
    """Return a test for whether an expression is found anywhere in a text.

    Raises:
        UsageError: The expression cannot be read; or, from the test, it takes too long.
    """
    try:
        found = _bounded(expression, Words("regex '{expression}'", expression=expression))
    except (ValueError, RecursionError, OverflowError) as error:
        text = _("regex '{expression}' cannot be read: {error}")
        hint = _("use Python's syntax; \\. matches a dot")
        raise UsageError(text.format(expression=expression, error=error), hint=hint) from error
    if not expression:
        raise UsageError(_("a regex must not be empty"))
    return found


@lru_cache(maxsize=256)
def gitignore_glob(text: str) -> Search:
    """Return a test for whether a glob matches a name, as a .gitignore file means it.

    pathspec translates it; its pattern as it is would take a line break for the end of a name.

    Raises:
        UsageError: The glob cannot be read, or cannot match anything; or, from the test, it takes
            too long.
    """
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern  # noqa: PLC0415 - 10 ms

    if text.startswith(("!", "#")):
        why = _("glob '{glob}' starts with '{mark}'").format(glob=text, mark=text[0])
        hint = _("write '\\{glob}' for a name that starts so; to leave objects out, use exclude")
        raise UsageError(why, hint=hint.format(glob=text))
    try:
        expression, _include = GitIgnoreSpecPattern.pattern_to_regex(text)
        if expression is None:
            raise UsageError(_("glob '{glob}' matches nothing").format(glob=text), hint=_GLOB_HINT)
        if expression.endswith("$)"):
            expression = expression.removesuffix("$)") + r"\Z)"
        return _matching(expression, text)
    except ValueError as error:
        raise _unreadable(text) from error


@lru_cache(maxsize=256)
def shell_glob(text: str) -> Search:
    """Return a test for whether a glob matches a whole name, as a file shell means it.

    `*` and `?` stop at `/`, and `**` does not; a `/` at the end stands for all that is below.

    Raises:
        UsageError: The glob is empty or cannot be read; or, from the test, it takes too long.
    """
    if not text:
        raise UsageError(_("a glob must not be empty"))
    whole = f"{text}**" if text.endswith("/") else text
    try:
        return _matching(rf"\A{re.sub(_SHELL_PIECE, _as_expression, whole)}\Z", text)
    except ValueError as error:
        raise _unreadable(text) from error


def split_glob(text: str) -> tuple[str, str]:
    """Return what all names that a shell glob matches start with, and the rest of the glob.

    The rest begins with the first special character; it is "" when there is none.
    """
    start = ""
    for piece in re.finditer(_SHELL_PIECE, text):
        if piece.lastgroup not in {"escaped", "itself"}:
            return start, text[piece.start() :]
        start += piece["escaped"] or piece["itself"]
    return start, ""


def escaped(name: str) -> str:
    """Return the shell glob that matches a name alone."""
    return re.sub(r"[\\*?\[]", r"\\\g<0>", name)


def _as_expression(piece: re.Match[str]) -> str:
    if piece["of"]:
        chars = re.sub(_IN_SHELL_CLASS, lambda char: re.escape(char[1] or char[0]), piece["of"])
        return f"(?!/)[{'^' if piece['but'] else ''}{chars}]"
    kind = piece.lastgroup or ""
    return _MEANS.get(kind) or re.escape(piece[kind])


def _unreadable(glob: str) -> UsageError:
    return UsageError(_("glob '{glob}' cannot be read").format(glob=glob), hint=_GLOB_HINT)


def _matching(expression: str, glob: str) -> Search:
    """Return a test for the expression that a glob means; raise ValueError if it cannot be read."""
    if glob.count("*") <= 1:  # no key is so long that these few ways to match take a while
        search = _compiled(expression, re.DOTALL).search
        return lambda name: search(name) is not None
    return _bounded(f"(?s){expression}", Words("glob '{glob}'", glob=glob))


def _compiled(expression: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # "[[" means what it means today
        try:
            return re.compile(expression, flags)
        except re.error as error:
            raise ValueError(str(error)) from error


def _bounded(expression: str, rule: str) -> Search:
    """Return a test for an expression; the test raises an error when it takes too long.

    The rule is what a person wrote, for the error. A ValueError says that it cannot be read.
    """
    import regex as engine  # noqa: PLC0415 - 20 ms

    is_verbose = _compiled(expression).flags & re.VERBOSE
    _refuse_large(expression, rule)
    pieces = _PIECES + _REMARK if is_verbose else _PIECES
    try:
        search = engine.compile(re.sub(pieces, _as_meant, expression), engine.V0).search
    except engine.error as error:
        raise ValueError(str(error)) from error

    def found(text: str) -> bool:
        try:
            # holds the GIL: to get it back would take longer than most keys
            match = search(text, None, None, False, False, KEY_SECONDS)  # noqa: FBT003 - fast
        except TimeoutError:
            why = _("{rule} takes too long to match '{key}'")
            why = why.format(rule=said(rule), key=printable(text))
            hint = _("simplify it: '(a|a)*' or '*a*a*a*' match in too many ways")
            raise UsageError(why, hint=hint) from None
        return match is not None

    return found


def _refuse_large(expression: str, rule: str) -> None:
    """Refuse an expression whose counted repeats would fill the memory.

    The engine writes them out, those of a group with all that is in it. This assumes the worst:
    that every group with a count contains all the rest.
    """
    size, times = len(expression), 1
    for found in re.finditer(_COUNT, expression):
        count = int(found["most"] or found["least"] or 0)  # 0: an escape, or no bound
        if found["of_group"] is None:
            size += count
        elif count:
            times = min(times * count, _MOST_REPEATED + 1)  # a larger one is slow to multiply
    if size * times - len(expression) > _MOST_REPEATED:
        text = _("{rule} repeats too much: more than {most} characters when written out")
        hint = _("use smaller counts, or '*' and '+'; no key is longer than 1,023 bytes")
        raise UsageError(text.format(rule=said(rule), most=f"{_MOST_REPEATED:,}"), hint=hint)


def _as_meant(piece: re.Match[str]) -> str:
    """Return a piece of an expression as the other engine must be given it to mean the same."""
    text = piece[0]
    if text == "{":
        return r"\{"
    if text.startswith("["):
        return "[" + re.sub(_IN_CLASS, lambda found: found[1] or r"\[", text[1:])
    return text
