"""Which job a command means: the open one, a saved one, or a new one."""

from dataclasses import replace
from pathlib import Path

from ossh.errors import UsageError
from ossh.job import Job, default_name, job_path, key_list, load
from ossh.job.lookup import same_or_new, selecting_the_same
from ossh.language import _
from ossh.model import TransferSettings
from ossh.narrowing import narrowed
from ossh.printable import printable
from ossh.run_lock import holder
from ossh.selection import Selection
from ossh.session.browsing.place import SCHEME, Place, check_globs, no_bucket, resolve, resolve_all
from ossh.session.combinations import check
from ossh.session.jobs.job_facts import job_states, present_state
from ossh.session.jobs.job_request import JobRequest, resolved_names, target_of
from ossh.session.jobs.key_sources import inventory_for, keys_from, split_key_list
from ossh.session.jobs.vouching import vouched
from ossh.session.session import Session
from ossh.units import format_moment


def named_job(session: Session, name: str) -> Job:
    """Return the job of a name, without opening it; for no name, the open one.

    Raises:
        UsageError: There is no such job, or none is open.
        JobFileError: It cannot be used.
    """
    if name:
        return load(session.job_path(name))
    if session.job is None:
        raise UsageError(_("no job is open"), hint=_("name one: 'jobs' lists them"))
    return session.job


def not_running_here(session: Session, name: str) -> UsageError:
    """Return why there is no run of a job here, or of any for "": which process runs it, if any.

    Raises:
        UsageError: There is no such job.
        LocalError: Nobody can tell who runs it.
    """
    files = (session.job_path(name),) if name else session.job_files()
    text = _("job '{name}' is being run by {who}")
    running = [
        text.format(name=printable(file.stem), who=who) for file in files if (who := holder(file))
    ]
    if running:
        return UsageError(
            _("; ").join(running), hint=_("stop it there with Ctrl-C; 'resume' continues it")
        )
    text = _("job '{name}' is not running") if name else _("no job is running")
    return UsageError(
        text.format(name=printable(name)), hint=_("'jobs' lists the jobs, 'resume' continues one")
    )


def resumable(session: Session) -> str:
    """Return the file of the job to resume when none is named: the open one, or the only one.

    One that was saved and has never run is resumed only if it is open.

    Raises:
        UsageError: No job is stopped, or there is a choice.
    """
    job = session.job
    if job is not None and present_state(session, job).state != "done":
        return str(job.path)
    found = [one for one in job_states(session) if one.state == "stopped"]
    if not found:
        hint = _("'jobs' shows the progress of each; to run one that was only saved: 'resume JOB'")
        raise UsageError(_("there is no stopped job to resume"), hint=hint)
    if len(found) > 1:
        names = ", ".join(printable(one.name) for one in found)
        raise UsageError(
            _("several jobs are stopped: {names}").format(names=names),
            hint=_("say which: 'resume {job}'").format(job=session.job_word(found[0].file)),
        )
    return str(found[0].file)


def job_for(session: Session, request: JobRequest) -> Job:
    """Return the job that does what was asked for: the open one, a saved one, or a new one.

    Raises:
        UsageError: The names are not there, the job's name is taken by another job, or nobody
            vouches for a saved one.
        StoreError: The bucket cannot be asked.
    """
    check(request.options)
    if (job := session.job) is not None and _is_open(session, job, request):
        return vouched(session, job) if job.path.exists() else job
    if request.keys_from:
        return _of_keys(session, request)
    if request.inventory:
        return _of_inventory(session, request)
    if not session.place.bucket and not request.names:
        raise no_bucket()
    if request.version_id:
        return _of_version(session, request)
    return _of_names(session, request)


def job_of(session: Session, request: JobRequest) -> Job:
    """Return the job whose objects are meant: rather than a new one, the only one that has them.

    Raises:
        UsageError, StoreError: As for `job_for`.
    """
    job = job_for(session, request)
    if job.path.exists():
        return job
    saved = list(selecting_the_same(job, session.job_files()))
    return vouched(session, saved[0]) if len(saved) == 1 else job


def _place_of_keys(session: Session, request: JobRequest) -> Place:
    """Return where the keys of a list or a report are: at the address beside it, else here."""
    hint = _("say where the keys are with one address: oss://BUCKET/PREFIX/")
    match request.names:
        case () if session.place.bucket:
            return session.place
        case ():
            raise UsageError(str(no_bucket()), hint=hint)
        case (name,) if name.startswith(SCHEME):
            return session.names.existing_place(name)
    text = _("{first} and {second} cannot be combined")
    option = "--from" if request.keys_from else "--inventory"
    raise UsageError(text.format(first=_("a name"), second=option), hint=hint)


def _of_names(session: Session, request: JobRequest) -> Job:
    """Return the job that fetches keys or prefixes, or all that is here, as the filters say."""
    places = resolve_all(session.place, request.names)
    if len({place.bucket for place in places}) > 1:
        raise UsageError(
            _("a job can fetch from only one bucket"), hint=_("use one 'get' for each bucket")
        )
    here = places[0] if places else session.place
    if session.place.bucket:  # the filters are relative to the prefix here, whatever is named
        here = replace(here, prefix=session.place.prefix)
    names = session.names
    found = [names.find(name) for name in request.names]
    for text, one in zip(request.names, found, strict=True):
        if one.glob:
            if prefix := names.left_out(text, one):
                note = _("'{glob}' also matches prefixes, as '{prefix}'; '**' takes what is below")
                session.notify(note.format(glob=printable(text), prefix=printable(prefix)))
        else:
            names.confirm_prefix(text, one, session.confirm)
    place, selection, are_keys = resolved_names(here, found, session.selection, request.filters)
    if session.connection.archive(place) is not None:
        raise UsageError(
            _("'{place}' is in a ZIP archive, which no job can read").format(place=place.shown),
            hint=_("'get' unpacks it directly: get NAME --to DIR"),
        )
    rest, keys = split_key_list(selection, place)
    return _saved_or_new(
        session,
        place,
        rest,
        request,
        has_folder=not are_keys,
        keys=keys,
        is_key=are_keys and len(found) == 1,
    )


def _of_inventory(session: Session, request: JobRequest) -> Job:
    """Return the job that reads an inventory report instead of listing the bucket."""
    here = _place_of_keys(session, request)
    if here.as_of is not None:
        hint = _("'cd --as-of now' shows the bucket as it is")
        raise UsageError(_("an inventory report does not show what was there earlier"), hint=hint)
    check_globs(session.place, here, session.selection)
    selection = narrowed(session.selection, request.filters)
    inventory = inventory_for(session.connection, here, request, selection)
    return _saved_or_new(session, here, selection, request, inventory=inventory)


def _of_keys(session: Session, request: JobRequest) -> Job:
    """Return the job that fetches the keys of a list, whatever the filters of the session say.

    Its local names are those that the prefix here gives, so that keys that once failed arrive
    where they would have been. The list is a file's, or what another job lacks.
    """
    here = _place_of_keys(session, request)
    keys = keys_from(session, request.keys_from, here)
    return _saved_or_new(session, here, request.filters, request, keys=keys)


def _of_version(session: Session, request: JobRequest) -> Job:
    """Return the job that fetches one version of one object, which is checked first."""
    if len(request.names) != 1:
        hint = _("get KEY --version-id ID")
        raise UsageError(_("--version-id needs exactly one key"), hint=hint)
    place = replace(resolve(session.place, request.names[0]), as_of=None)
    with session.names.explaining_missing(place):
        session.connection.stat(place, request.version_id)
    return _saved_or_new(session, place, Selection(), request, has_folder=False, is_key=True)


def _is_open(session: Session, job: Job, request: JobRequest) -> bool:
    """Return whether the open job is meant; it stays open until place or filters change.

    Where filters are given, it is meant if it fetches what they choose here.
    """
    target, named = job.target, (request.names, request.keys_from, request.inventory)
    if any((*named, request.version_id, request.file)) or request.name not in {"", job.name}:
        return False
    if request.filters:
        chosen = narrowed(session.selection, request.filters)
        if (Place.of(job.source), job.selection) != (session.place, chosen):
            return False
    return (
        request.shard in {None, job.selection.shard}
        and (not request.directory or request.folder("") == job.directory)
        and (not request.links or target.links == "record")
        and (not request.flat or target.flat)
        and request.strip_prefix in {0, target.strip_prefix}
    )


def _saved_or_new(  # noqa: PLR0913 - what a job is made of
    session: Session,
    place: Place,
    selection: Selection,
    request: JobRequest,
    *,
    has_folder: bool = True,
    keys: tuple[str, ...] = (),
    inventory: str = "",
    is_key: bool = False,
) -> Job:
    """Return the job that a request means, named after it, its target, its prefix or its bucket."""
    request.check_file(is_key=is_key)
    selection = replace(selection, shard=request.shard or selection.shard)
    suffix = selection.shard.suffix if selection.shard else ""
    given = Path(request.file or request.directory).name
    moment = "" if place.as_of is None else f" {format_moment(place.as_of)}".replace(":", "")
    texts = (given, *(text + moment for text in (place.prefix, place.bucket) if text))
    name = request.name or default_name(*texts, suffix=suffix)
    directory = request.folder(name if has_folder else "")  # one for all shares
    request.check_target(directory)
    name = f"{name.removesuffix(suffix)}{suffix}"
    listed = key_list.kept_name(keys)
    job = Job(
        path=job_path(session.jobs_directory, name),
        created=session.now().replace(microsecond=0),
        source=session.connection.source(place),
        selection=selection,
        target=target_of(request, directory, session.jobs_directory, session.own_jobs),
        keys=str(request.lists / listed) if request.lists and listed else listed,
        is_key=is_key,
        version_id=request.version_id,
        transfer=TransferSettings(durable=request.durable),
        inventory=inventory,
        once=is_key and request.once,
    )
    job = same_or_new(job, is_given=bool(request.name), folders=session.job_folders[1:])
    if job.path.exists():
        job = vouched(session, job)
    if job.keys_path is not None and job.keys_path.name == listed:
        key_list.keep(keys, job.keys_path.parent)
    return job
