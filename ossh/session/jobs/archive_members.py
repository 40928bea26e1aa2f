"""Members of archives that `get` was asked for, and where they go."""

from collections import defaultdict
from dataclasses import replace
from itertools import chain
from pathlib import Path, PurePosixPath

from ossh.errors import UsageError
from ossh.job import default_name
from ossh.language import _
from ossh.model import ObjectInfo
from ossh.session.browsing.place import resolve_all
from ossh.session.combinations import Situation, check
from ossh.session.jobs.job_request import JobRequest
from ossh.session.session import Session
from ossh.transfer.unpacking import Unpacking
from ossh.zipped import archive_keys


def archive_members(session: Session, request: JobRequest) -> Unpacking | None:
    """Return what unpacks the members asked for, as filters choose; None if they are objects.

    Raises:
        UsageError: They are in several archives, or nothing is there.
        StoreError: The bucket cannot be asked.
    """
    if request.keys_from or request.inventory or request.version_id:
        return None
    names = request.names or (session.place.address,)
    if not (session.place.bucket or request.names):
        return None
    places = resolve_all(session.place, names)
    if not all(any(archive_keys(place.prefix)) for place in places):
        return None
    found = [session.names.find(name) for name in names]
    archives = [
        session.connection.archive(replace(place, prefix=one.name))
        for place, one in zip(places, found, strict=True)
    ]
    first = archives[0]
    if first is None:
        return None
    if any(one is not first for one in archives):
        raise UsageError(
            _("members of only one archive can be fetched at a time"),
            hint=_("use one 'get' for each archive"),
        )
    is_key = len(found) == 1 and found[0].is_key
    request.check_file(is_key=is_key)
    if is_key:
        check(request.options | {Situation.KEYS})
    prefix = found[0].name if len(found) == 1 else first.info.key + "/"
    stems = (PurePosixPath(one).stem for one in (prefix, first.info.key))
    folder = request.folder("" if is_key else default_name(*stems))  # it may be ".." or "C:"
    request.check_target(folder)
    infos = dict[str, list[ObjectInfo]]()
    for name, place, one in zip(names, places, found, strict=True):
        at = replace(place, prefix=one.name)
        matches = (lambda _info: True) if one.is_key else session.matcher(at, request.filters)
        listed = defaultdict[str, list[ObjectInfo]](list)  # an archive may have two of one name
        for info in session.names.contents(name, one):
            if isinstance(info, ObjectInfo) and matches(info):
                listed[info.key].append(info)
        infos |= listed
    return Unpacking(
        tuple(chain(*infos.values())),
        first.blocks,
        prefix,
        folder,
        session.jobs_directory,
        file=Path(request.file).name,
    )
