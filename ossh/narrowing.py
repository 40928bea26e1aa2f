"""Two selections as one, which lets through only what both let through. Pure."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ossh.errors import UsageError
from ossh.language import _
from ossh.selection import WORDS, KeyList, Selection, resolved


def narrowed(selection: Selection, other: Selection) -> Selection:
    """Return what lets through only what both let through.

    Raises:
        UsageError: Nothing can pass both, or no single selection can say what does.
    """
    rules: dict[str, Any] = {}
    for one in fields(Selection):
        ours, theirs = getattr(selection, one.name), getattr(other, one.name)
        rules[one.name] = theirs if ours in (None, ()) else ours
        if ours not in (None, ()) and theirs not in (None, ()):
            rules[one.name] = _TOGETHER.get(one.name, partial(_common, one.name))(ours, theirs)
    return Selection(**rules)


def _by_moment(choose: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda *both: choose(both, key=partial(resolved, now=datetime.now(UTC)))


def _suffixes(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ends of keys that end as one of each demands."""
    pairs = (sorted((one, other), key=len) for one in ours for other in theirs)
    return _some("suffix", tuple(long for short, long in pairs if long.endswith(short)))


def _key_lists(ours: tuple[KeyList, ...], theirs: tuple[KeyList, ...]) -> tuple[KeyList, ...]:
    of_each = [frozenset[str]().union(*(one.keys for one in lists)) for lists in (ours, theirs)]
    keys = _some("keys_from", tuple(frozenset.intersection(*of_each)))
    return (KeyList(", ".join(one.name for one in (*ours, *theirs)), frozenset(keys)),)


def _common(name: str, ours: Any, theirs: Any) -> Any:  # noqa: ANN401 - rules of one kind
    """Return what both have in common, where that is all that passes both.

    Raises:
        UsageError: Of globs and expressions it may be more, or of the rest it is nothing.
    """
    if name == "storage_class":
        return _some(name, tuple(one for one in ours if one in theirs))
    for some, others in ((ours, theirs), (theirs, ours)):
        if some == others or (isinstance(some, tuple) and set(some) <= set(others)):
            return some
    raise _refusal(name, _("--{kind} cannot narrow the {kind} filter of the session"))


def _some(name: str, found: tuple[str, ...]) -> tuple[str, ...]:
    if found:
        return tuple(dict.fromkeys(found))
    raise _refusal(name, _("nothing passes both --{kind} and the {kind} filter of the session"))


def _refusal(name: str, text: str) -> UsageError:
    hint = _("'filter' shows its number, 'filter drop N' removes it")
    return UsageError(text.format(kind=WORDS.get(name, name)), hint=hint)


_TOGETHER: dict[str, Callable[[Any, Any], Any]] = {
    "suffix": _suffixes,
    "exclude": lambda ours, theirs: tuple(dict.fromkeys(ours + theirs)),
    "min_size": max,
    "max_size": min,
    "newer": _by_moment(max),
    "older": _by_moment(min),
    "keys_from": _key_lists,
}
