"""Where a job finds its keys if not in a listing: a list, another job, an inventory report."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ossh import regular_files
from ossh.catalog.catalog import Prefix
from ossh.errors import UsageError
from ossh.job import key_list, load
from ossh.language import N_, _
from ossh.paths import expanded
from ossh.printable import printable
from ossh.selection import Selection
from ossh.session.browsing.place import Place, resolve
from ossh.session.connecting.connection import Connection
from ossh.session.jobs.job_request import JobRequest
from ossh.session.session import Session
from ossh.store.inventory_report import MANIFEST, read_manifest

_SCAN = r"\d{4}-\d\d-\d\dT\d\d-\d\dZ/"  # a report's folder: when its scan began
_HINT = N_("name its manifest.json, or the folder of its rule: oss://BUCKET/PREFIX/BUCKET/RULE/")
_OTHER_BUCKET = N_("name that bucket instead: oss://{bucket}/")


def keys_from(session: Session, text: str, here: Place) -> tuple[str, ...]:
    """Return the keys that a text stands for, sorted, of the bucket of a place.

    It is a file that lists keys, but no folder; else a job, by its name, its file or its manifest,
    which stands for what failed in it, is gone or archived.

    Raises:
        UsageError: There is no such list or job, or two jobs, or it has no key; or the job has
            never run, or is of another bucket.
        ManifestError: The job's manifest cannot be used.
        LocalError: It cannot be read.
    """
    path = expanded(text)
    if path.suffix not in {".toml", ".sqlite"}:
        is_job = any((folder / f"{text}.toml").exists() for folder in session.job_folders)
        if not is_job or (path.exists() and not path.is_dir()):
            return key_list.read(path, jobs=session.jobs_directory)
        path = session.job_path(text)
    return _missing(session, path.with_suffix(".toml").absolute(), here)


def _missing(session: Session, path: Path, here: Place) -> tuple[str, ...]:
    """Return the keys of what is not at a job's target though the job has tried."""
    from ossh.manifest import ManifestReader  # noqa: PLC0415 - brings SQLite

    name, manifest = printable(path.stem), path.with_suffix(".sqlite")
    has_run = regular_files.is_there(manifest)
    is_alone = has_run and not path.exists()  # a manifest whose job file is gone will do
    if not is_alone and (bucket := load(path).source.bucket) != here.bucket:
        text = _("the job '{name}' is for another bucket, {bucket}").format(
            name=name, bucket=bucket
        )
        raise UsageError(text, hint=_(_OTHER_BUCKET).format(bucket=bucket))
    if not has_run:
        text = _("the job '{name}' has never run").format(name=name)
        hint = _("'resume {name}' runs it").format(name=session.job_word(path))
        raise UsageError(text, hint=hint)
    missing = tuple(sorted(entry.key for entry in ManifestReader(manifest).not_at_target()))
    if not missing:
        text = _("the job '{name}' has no failures").format(name=name)
        raise UsageError(
            text, hint=_("'resume {name}' continues it").format(name=session.job_word(path))
        )
    return missing


def split_key_list(selection: Selection, place: Place) -> tuple[Selection, tuple[str, ...]]:
    """Return the filters without their lists of keys, and those of the keys below a place, sorted.

    A job looks its keys up one by one: those that do not exist are reported, and nothing else has
    to be listed.

    Raises:
        UsageError: There is a list, and none of its keys is below the place.
    """
    if selection.listed is None:
        return selection, ()
    below = tuple(sorted(key for key in selection.listed if key.startswith(place.prefix)))
    if not below:
        raise UsageError(
            _("no key in the list is below {shown}").format(shown=place.shown),
            hint=_("all keys of the bucket are below {top}").format(top=place.top.shown),
        )
    return replace(selection, keys_from=()), below


def inventory_for(
    connection: Connection, here: Place, request: JobRequest, selection: Selection
) -> str:
    """Return the address of the manifest.json that a request means.

    The request names that file itself, its folder, or the folder of the rule, whose latest report
    is taken then. The name may be relative to `here`, whose objects are wanted.

    Raises:
        UsageError: There is no inventory, it is of another bucket, or unusable; or the request
            cannot be combined with an inventory.
        StoreError: It cannot be read.
    """
    if selection.listed is not None:
        hint = _("'filter' shows the list, 'filter drop' removes it")
        raise UsageError(_("a list of keys and --inventory cannot be combined"), hint=hint)
    named = resolve(here, request.inventory)
    found = next(_manifests(connection, named), None)
    if found is None:
        text = _("there is no inventory at {place}").format(place=named.shown)
        raise UsageError(text, hint=_(_HINT))
    try:
        inventory = read_manifest(connection.reader(found).blocks(found.prefix))
    except UsageError as error:
        text = _("{place} cannot be used: {reason}").format(place=found.shown, reason=error)
        raise UsageError(text, hint=error.hint) from error
    if inventory.bucket != here.bucket:
        of = printable(inventory.bucket)
        text = _("{place} is an inventory of {other}, not of {bucket}").format(
            place=found.shown, other=of, bucket=here.bucket
        )
        raise UsageError(text, hint=_(_OTHER_BUCKET).format(bucket=of))
    return found.address


def _manifests(connection: Connection, named: Place) -> Iterator[Place]:
    """Yield the manifests that a place may mean, the most likely one first."""
    catalog, folder = connection.catalog(named), named.prefix.rstrip("/") + "/"
    if named.prefix.endswith(".json"):
        yield named
        return
    scans = (one.prefix for one in catalog.level(folder) if isinstance(one, Prefix))
    latest = sorted((one for one in scans if re.fullmatch(_SCAN, one[len(folder) :])), reverse=True)
    for one in (folder, *latest):
        first = catalog.first(one + MANIFEST)
        if first is not None and first.key == one + MANIFEST:
            yield replace(named, prefix=first.key)
