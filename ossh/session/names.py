"""What a person's words name in a bucket: a key, a prefix, or all keys that a glob matches."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ossh import patterns
from ossh.catalog import Found, Prefix, items
from ossh.errors import UsageError
from ossh.language import _
from ossh.model import ObjectInfo
from ossh.paths import printable
from ossh.session.place import Place, pattern, resolve

if TYPE_CHECKING:
    from ossh.session.state import Session


def find(session: "Session", text: str) -> Found:
    """Return what a name typed here stands for; an object of exactly that name wins over a glob.

    Raises:
        UsageError: It is not a glob, and no key starts with it.
        StoreError: The bucket cannot be asked.
    """
    place = resolve(session.place, text)
    catalog = session.catalog(place)
    start, glob = patterns.split_glob(pattern(session.place, text))
    if glob:
        first = catalog.first(place.prefix)
        is_folder = first is not None and place.prefix.endswith("/")
        if not is_folder and (first is None or first.key != place.prefix):
            patterns.typed_glob(glob)  # says at once what cannot be read
            return Found(start, is_key=False, glob=glob)
    return catalog.find(place.prefix)


def contents(
    session: "Session", text: str, found: Found, *, levels: bool = False
) -> Iterator[Prefix | ObjectInfo]:
    """Yield what a name stands for, in key order.

    Args:
        session: Where it was typed.
        text: The name.
        found: What `find` returned for it.
        levels: Of a prefix only the next level, and prefixes too that a glob matches.

    Raises:
        UsageError: It is a glob that matches nothing.
        StoreError: The bucket cannot be asked.
    """
    place, is_any = resolve(session.place, text), False
    for item in items(session.catalog(place), found, levels=levels):
        is_any = True
        yield item
    if found.glob and not is_any:
        raise _no_match(session, text, place, found)


def objects(session: "Session", text: str) -> Iterator[Place]:
    """Yield where the objects are that are named: one key, or what a glob and the filters choose.

    A name without special characters is taken for a key, without a request.

    Raises:
        UsageError: It is a glob that matches nothing, or nothing that passes the filters.
        StoreError: The bucket cannot be asked.
    """
    place = resolve(session.place, text)
    _start, glob = patterns.split_glob(pattern(session.place, text))
    if not glob or not (found := find(session, text)).glob:
        yield place
        return
    wanted = session.selection.matcher(session.place.prefix, session.now())
    is_any = False
    for item in contents(session, text, found):
        if isinstance(item, ObjectInfo) and wanted(item):
            is_any = True
            yield Place(place.bucket, item.key)
    if not is_any:
        raise UsageError(
            _("the filters hide everything that '{glob}' matches").format(glob=printable(text)),
            hint=_("'filter' shows them, 'filter clear' removes them"),
        )


def _no_match(session: "Session", text: str, place: Place, found: Found) -> UsageError:
    sample = session.catalog(place).sample(found.folder)
    names = [info.key[len(found.folder) :] for info in sample]
    glob = found.below(found.folder)
    hint = _("'ls' shows what is here")
    for wider in (_below, _longer, _deeper):
        typed, other = wider(text), wider(glob)
        if near := next(filter(patterns.typed_glob(other), names), ""):
            hint = _("'{glob}' matches '{key}'").format(
                glob=printable(typed), key=printable(found.folder + near)
            )
            break
    else:
        if close := get_close_matches(glob, names, n=1):
            hint = _("did you mean '{key}'?").format(key=printable(found.folder + close[0]))
    return UsageError(_("no key matches '{glob}'").format(glob=printable(text)), hint=hint)


def _below(glob: str) -> str:
    """Return the glob of what lies below the prefixes that a glob names."""
    return f"{glob.rstrip('/')}/"


def _longer(glob: str) -> str:
    """Return a glob of names that only begin as those of another do."""
    return f"{glob}*"


def _deeper(glob: str) -> str:
    """Return a glob whose last name is looked for at any depth."""
    folder, slash, last = glob.rstrip("/").rpartition("/")
    return f"{folder}{slash}**/{last}{'/' * glob.endswith('/')}"
