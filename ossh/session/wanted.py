"""Which job a wish means: the open one, a saved one, or a new one."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ossh import job as job_files
from ossh.errors import UsageError
from ossh.job import Job, keys
from ossh.language import _
from ossh.selection import Selection
from ossh.session import saved
from ossh.session.lists import keys_from
from ossh.session.missing import confirm_prefix, missing_is_a_slip
from ossh.session.names import contents, find
from ossh.session.place import Place, resolve
from ossh.session.wish import Wish, chosen, target

if TYPE_CHECKING:
    from ossh.session.state import Session


def job_for(session: "Session", wish: Wish, *, lists: Path | None = None) -> Job:
    """Return the job that does what was asked for: the open one, a saved one, or a new one.

    Args:
        session: Where it was asked for.
        wish: What was asked for.
        lists: Where the list of keys is kept that a filter brings; by default the jobs folder.

    Raises:
        UsageError: The names are not there, or the job's name is taken by another job.
        StoreError: The bucket cannot be asked.
    """
    if (job := session.job) is not None and _is_open(job, wish):
        return job
    if not session.place.bucket and not wish.names:
        resolve(session.place, "")  # says that no bucket is chosen
    if wish.version_id:
        return _of_version(session, wish)
    if wish.keys_from:
        return _of_keys(session, wish)
    if wish.inventory:
        return _of_inventory(session, wish)
    return _of_names(session, wish, lists)


def _of_names(session: "Session", wish: Wish, lists: Path | None) -> Job:
    """Return the job that fetches keys or prefixes, or all that is here, as the filters say."""
    places = [resolve(session.place, name) for name in wish.names]
    if len({place.bucket for place in places}) > 1:
        raise UsageError(
            _("a job can fetch from only one bucket"), hint=_("use one 'get' for each bucket")
        )
    here = places[0] if places and places[0].bucket != session.place.bucket else session.place
    found = [find(session, name) for name in wish.names]
    for text, at, one in zip(wish.names, places, found, strict=True):
        if one.glob:
            next(contents(session, text, one))  # says so when nothing matches
        else:
            confirm_prefix(session, text, at, one)
    place, selection, are_keys = chosen(here, found, session.selection)
    is_key = are_keys and len(found) == 1
    wish.check_file(is_key=is_key)
    selection = replace(selection, shard=wish.shard or selection.shard)
    rest, listed = saved.list_apart(selection, place, session.jobs_directory, lists)
    return _saved_or_new(
        session, place, rest, wish, has_folder=not are_keys, listed=listed, is_key=is_key
    )


def _of_inventory(session: "Session", wish: Wish) -> Job:
    """Return the job that reads an inventory report instead of listing the bucket."""
    from ossh.session.inventories import inventory_for  # noqa: PLC0415 - used by few

    wish.check_file(is_key=False)
    inventory = inventory_for(session.connection, session.place, wish, session.selection)
    return _saved_or_new(session, session.place, session.selection, wish, inventory=inventory)


def _of_keys(session: "Session", wish: Wish) -> Job:
    """Return the job that fetches the keys of a list, whatever the filters say.

    Its local names are those that the prefix here gives, so that keys that once failed arrive
    where they would have been. The list is a file's, or what another job lacks.
    """
    wish.check_file(is_key=False)
    if wish.names:
        raise UsageError(
            _("names and --from cannot be combined"), hint=_("put all keys in the list")
        )
    wanted = keys_from(wish.keys_from, session.place, session.jobs_directory)
    listed = keys.keep(wanted, session.jobs_directory)
    return _saved_or_new(session, session.place, Selection(shard=wish.shard), wish, listed=listed)


def _of_version(session: "Session", wish: Wish) -> Job:
    """Return the job that fetches one version of one object, which is checked first."""
    place = resolve(session.place, wish.versioned_key())
    with missing_is_a_slip(session, place):
        session.connection.service(place).stat(place.prefix, wish.version_id)
    wish.check_file(is_key=True)
    return _saved_or_new(session, place, Selection(), wish, has_folder=False, is_key=True)


def _is_open(job: Job, wish: Wish) -> bool:
    """Tell whether the open job is meant; it stays open until place or filters change."""
    is_same_target = not wish.directory or wish.target("") == job.directory
    is_other_share = wish.shard not in {None, job.selection.shard}
    is_other = wish.names or wish.keys_from or wish.inventory or wish.version_id or wish.file
    has_links = not wish.links or job.target.links == "record"
    is_same = not is_other and not is_other_share and has_links and is_same_target
    return is_same and wish.name in {"", job.name}


def _saved_or_new(  # noqa: PLR0913 - what a job is made of
    session: "Session",
    place: Place,
    selection: Selection,
    wish: Wish,
    *,
    has_folder: bool = True,
    listed: str = "",
    inventory: str = "",
    is_key: bool = False,
) -> Job:
    """Return the job that a wish means, named after it, its target, its prefix or its bucket."""
    mark = selection.shard.mark if selection.shard else ""
    texts = (Path(wish.file or wish.directory).name, place.prefix, place.bucket)
    name = wish.name or job_files.default_name(*texts, mark=mark)
    directory = wish.target(name if has_folder else "")  # one for all shares
    name = f"{name.removesuffix(mark)}{mark}"
    job = Job(
        path=job_files.job_path(session.jobs_directory, name),
        created=session.now().replace(microsecond=0),
        source=session.source(place),
        selection=selection,
        target=target(wish, directory, session.jobs_directory),
        keys=listed,
        is_key=is_key,
        version_id=wish.version_id,
        inventory=inventory,
        once=is_key and wish.once,
    )
    return saved.same_or_new(job, is_given=bool(wish.name))
