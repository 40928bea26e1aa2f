"""What was deleted and can still be had, as the versions of a bucket tell. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from ossh.model import ObjectInfo, ObjectVersion, value

_SECOND = timedelta(seconds=1)  # that is how precisely the service dates


@value
class Deleted:
    """An object that is gone, and its last version, which is not."""

    info: ObjectInfo
    deleted: datetime  # aware

    @property
    def as_of(self) -> datetime | None:
        """Return the last moment at which it was there; None if it was for less than a second."""
        moment = self.deleted - _SECOND
        return moment if moment >= self.info.last_modified else None


def deleted_objects(versions: Iterable[ObjectVersion]) -> Iterator[Deleted]:
    """Yield what is gone and can be had, of versions in the order of `Catalog.versions`."""
    for _key, of_key in groupby(versions, attrgetter("info.key")):
        deleted: datetime | None = None
        for version in of_key:
            if not version.is_marker:
                if deleted is not None:
                    yield Deleted(version.info, deleted)
                break
            deleted = version.info.last_modified
