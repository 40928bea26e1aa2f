"""What was marked in the picker becomes the place and the filters, as if it had been named."""

from collections.abc import Sequence
from dataclasses import replace

from ossh.catalog.catalog import NameMatch
from ossh.errors import UsageError
from ossh.language import _
from ossh.selection import KeyList, Selection
from ossh.session.browsing.place import Place
from ossh.session.jobs.job_request import resolved_names
from ossh.session.session import Session
from ossh.zipped import archive_keys

_MOST_GLOBS = 200  # each object is compared with all of them


def select(session: Session, place: Place, marked: Sequence[NameMatch], filters: Selection) -> None:
    """Go to what the marked names have in common, with filters that choose these names.

    The place is in the bucket, and at the moment, of these keys and prefixes; the filters apply to
    the prefixes.

    Raises:
        UsageError: There are too many prefixes, or one job cannot express them together, or with
            the filters.
    """
    if len(marked) > _MOST_GLOBS and not all(one.is_key for one in marked):
        raise UsageError(
            _("more than {most} marks cannot include folders").format(most=_MOST_GLOBS),
            hint=_("mark the folder above, or objects only"),
        )
    here = replace(session.place, bucket=place.bucket, as_of=place.as_of)
    at, selection, are_keys = resolved_names(here, marked, filters)
    if are_keys:
        keys = frozenset(one.name for one in marked)
        at, selection = replace(at, prefix=at.folder), Selection(keys_from=(KeyList("*", keys),))
    inside = [any(archive_keys(one.name)) for one in marked]
    if any(inside) and not (all(inside) and any(archive_keys(at.prefix))):
        raise UsageError(
            _("members of an archive cannot be fetched together with anything outside it"),
            hint=_("mark only one of the two"),
        )
    session.go_to(at)
    session.selection = selection
