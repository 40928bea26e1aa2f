"""Objects that are asked for by name and are not there: what the person may have meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ossh.errors import StoreError, UsageError
from ossh.language import _
from ossh.paths import printable
from ossh.session.place import Place
from ossh.store.head import missing_hint

if TYPE_CHECKING:
    from ossh.session.state import Session

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


def _prefix(session: "Session", place: Place) -> str:
    """Return the prefix that a name stands for, as it is typed here; "" when nothing is below."""
    folder = place.prefix if place.prefix.endswith("/") else f"{place.prefix}/"
    if session.catalog(place).first(folder) is None:
        return ""
    return folder.removeprefix(session.place.folder)
