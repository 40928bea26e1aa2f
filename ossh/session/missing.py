"""Objects that are named but do not exist: what the user may have meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ossh.catalog import Found, Prefix, name_of
from ossh.errors import StoreError, UsageError
from ossh.language import _
from ossh.paths import printable
from ossh.session.place import SCHEME, Place
from ossh.store.head import missing_hint

if TYPE_CHECKING:
    from ossh.session.state import Session

_NEAR = 3  # names that are shown
# Of a missing object, a missing version, and a version that is a delete marker.
_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"})


@contextmanager
def missing_is_a_slip(session: "Session", place: Place) -> Iterator[None]:
    """Turn the error of an object that is not there into that of a mistyped name.

    Args:
        session: Where it was typed.
        place: What was asked for: bucket and key.

    Raises:
        UsageError: It is not there, or it is a prefix.
        StoreError: Whatever else went wrong.
    """
    try:
        yield
    except StoreError as error:
        if error.code not in _CODES:
            raise
        if error.code == "NoSuchKey" and (below := _prefix(session, place)):
            name = printable(below)
            raise UsageError(
                _("'{name}' is a prefix, not an object").format(name=name),
                hint=_(
                    "'ls {name}' shows the objects below it, 'get {name}' downloads them"
                ).format(name=name),
            ) from error
        raise UsageError(str(error), hint=missing_hint(error.code)) from error


def confirm_prefix(session: "Session", text: str, place: Place, found: Found) -> None:
    """Have a person confirm a name that is neither a key nor a folder, only the start of keys.

    It may be a typo. An address is taken as it is, as nobody types one by mistake.

    Args:
        session: Where it was typed.
        text: As typed.
        place: What that stands for.
        found: What is there.

    Raises:
        UsageError: The answer is no, or there is nobody to ask.
    """
    is_whole = found.is_key or found.name.endswith("/") or not found.name
    if is_whole or text.startswith(SCHEME):
        return
    if not (level := session.catalog(place).completions(found.name)):
        return  # deleted in between
    near = [
        f"'{printable(name_of(one).removeprefix(session.place.folder))}'" for one in level[:_NEAR]
    ]
    name = printable(text)
    question = _("get every key that starts with '{name}', such as {near}?")
    if session.agrees(question.format(name=name, near=near[0])):
        return
    stars = "**" if any(isinstance(one, Prefix) for one in level) else "*"
    raise UsageError(
        _("there is no key '{name}'").format(name=name),
        hint=_("did you mean {near}? for every key that starts with it: get '{glob}'").format(
            near=_(" or ").join(near), glob=name + stars
        ),
    )


def _prefix(session: "Session", place: Place) -> str:
    """Return the prefix that a name stands for, as typed here; "" if nothing is below."""
    folder = place.prefix if place.prefix.endswith("/") else f"{place.prefix}/"
    if session.catalog(place).first(folder) is None:
        return ""
    return folder.removeprefix(session.place.folder)
