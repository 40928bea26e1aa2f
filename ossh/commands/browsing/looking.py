"""The beginning of an object, as the screen shows it."""

from collections.abc import Iterator

from ossh.console.views import excerpt
from ossh.errors import OsshError
from ossh.language import _
from ossh.model import KIB
from ossh.printable import printable
from ossh.session import Place, Session
from ossh.tables import is_parquet
from ossh.zipped import archive_keys

_STEP = 64 * KIB
_MOST = 256 * KIB
_LINES, _LONGEST = 500, 1000


def first_look(session: Session, place: Place) -> list[str]:
    """Return the first lines of an object, unpacked if it is gzip; or why there are none."""
    try:
        return list(_lines(session, place)) or [_("the object is empty")]
    except OsshError as error:
        return [printable(str(error)), *([printable(error.hint)] if error.hint else [])]


def _lines(session: Session, place: Place) -> Iterator[str]:
    at, version_id = session.names.existing_object(place.address)
    stored = session.blocks(at, version_id, step=_STEP)
    first, blocks = excerpt.peeked(excerpt.Bounded(excerpt.unpacked(stored), _MOST))
    if not excerpt.is_text(first):
        if is_parquet(at.prefix) and not any(archive_keys(at.prefix)):
            yield _("this is not text; 'head' shows its columns and first rows")
        else:
            yield _("this is not text; 'stat' shows what is known about it")
        return
    yield from excerpt.screen_lines(excerpt.first_lines(blocks, _LINES), _LONGEST)
