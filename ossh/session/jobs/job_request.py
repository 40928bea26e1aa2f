"""What a command asks of a job, and the place, filters and target that follow from it. Pure."""

import os
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from ossh import regular_files
from ossh.catalog.catalog import NameMatch
from ossh.errors import UsageError, reason
from ossh.job import Job
from ossh.language import N_, _
from ossh.model import Target, value
from ossh.narrowing import narrowed
from ossh.paths import NameRules, expanded, folder_of, local_path
from ossh.printable import printable
from ossh.selection import KeyList, Selection
from ossh.session.browsing.place import Place, check_globs
from ossh.session.combinations import Situation, check, given, given_filters
from ossh.shard import Shard
from ossh.zipped import archive_keys

TO_STDOUT = N_("'cat KEY' writes an object to stdout, 'get PREFIX --tar -' an archive")
_OUTPUTS = (1, 2)  # stdout and stderr, to which names such as /dev/stdout are links
_EVERYTHING = Selection()
_MOST_GLOBS = 200  # each object is compared with all of them


@value
class JobRequest:
    """What `get` and `save` were asked for; "" takes the default, or stands for none."""

    names: tuple[str, ...] = ()  # keys, prefixes and globs as typed; none: the place itself
    directory: str = ""  # the target
    name: str = ""  # the job's
    keys_from: str = ""  # a file that lists the keys, or another job
    shard: Shard | None = None  # the share of this machine; None: all, or as the filters say
    version_id: str = ""  # of the one object that is named
    links: bool = False  # make symlinks local links
    inventory: str = ""  # where the report is that is read instead of listing the bucket
    file: str = ""  # where the one object that is named goes, instead of a folder
    replace: bool = False  # what is in the way goes to the trash
    durable: bool = False  # files outlast a power cut before they count as here
    mirror: bool = False  # files whose objects are gone are taken away
    max_gone: str = ""  # how many may be, of all; "": as the job says
    connections: int | None = None  # of this run, at most; None: as the job says
    rate: int | None = None  # bytes per second of this run, 0: no limit; None: as the job says
    once: bool = False  # a new job of one object is removed as soon as that is at the target
    flat: bool = False  # no folders
    strip_prefix: int = 0  # folders at the start of names that are left out
    filters: Selection = _EVERYTHING  # beside those of the session; globs below what is named
    lists: Path | None = None  # the folder for a list of keys; None: that of the job file

    def folder(self, default: str) -> Path:
        """Return the local folder that is meant, by default one of this name in the current one."""
        wanted = Path(default)
        if self.file:
            wanted = expanded(self.file).parent
        elif self.directory:
            wanted = expanded(self.directory)
        return Path(os.path.abspath(wanted))  # noqa: PTH100 - `C:data` counts from the folder of C:

    @property
    def options(self) -> frozenset[str]:
        """Return the options that ask for this, as they are typed."""
        asked = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in {"once", "filters", "lists"}
            and getattr(self, one.name) != one.default
        }
        return given(asked) | given_filters(self.filters)

    def check(self, job: Job) -> None:
        """Refuse, by a UsageError, what a job cannot do."""
        situation = {Situation.ONE_OBJECT} if job.is_key else set()
        check(self.options | situation, of_job={"--mirror"} if job.target.mirror else ())

    def applied(self, job: Job) -> Job:
        """Return a saved job with what this run alone is to do; a UsageError if it cannot."""
        self.check(job)
        target = job.target
        target = replace(
            target,
            mirror=self.mirror or target.mirror,
            max_gone=self.max_gone or target.max_gone,
            existing="replace" if self.replace else target.existing,
        )
        transfer = replace(
            job.transfer,
            durable=self.durable or job.transfer.durable,
            connections=self.connections or job.transfer.connections,
            rate=job.transfer.rate if self.rate is None else self.rate,
        )
        return replace(job, target=target, transfer=transfer)

    def check_file(self, *, is_key: bool) -> None:
        """Refuse a file name for what is not one object, or one that no file can have here.

        Raises:
            UsageError: It is refused.
        """
        if not self.file:
            return
        shown = printable(self.file)
        if not is_key:
            check({"--as", Situation.SEVERAL})
        is_folder = expanded(self.file).is_dir()
        if is_folder or self.file.endswith(("/", os.sep)):
            text = _("'{path}' is a folder") if is_folder else _("'{path}' ends as a folder does")
            raise UsageError(
                text.format(path=shown),
                hint=_("--to {path} puts the object in it, under its own name").format(path=shown),
            )
        name = Path(self.file).name
        if local_path(name, "", NameRules.native(sys.platform)) != name:
            raise UsageError(
                _("'{path}' cannot be a file name on this machine").format(path=shown),
                hint=_("choose another name"),
            )

    def check_target(self, folder: Path) -> None:
        """Refuse what is at the target if it is a device, a pipe, or where the output goes.

        Raises:
            UsageError: It is refused.
        """
        if why := _unfit(folder / Path(self.file).name):
            shown = printable(self.file or self.directory or folder.name)
            text = _("cannot write '{path}': {reason}").format(path=shown, reason=why)
            raise UsageError(text, hint=_(TO_STDOUT))


def _unfit(path: Path) -> str:
    """Return why nothing can be fetched to a path; "" if it can, or if the run will say why not."""
    try:
        regular_files.check(path, follow=True)
        if any(os.path.samestat(path.stat(), os.fstat(one)) for one in _OUTPUTS):
            return _("it is where the output of this command goes")
    except regular_files.NotRegularError as error:
        return reason(error)
    except OSError:
        pass
    return ""


def resolved_names(
    place: Place,
    found: Sequence[NameMatch],
    selection: Selection,
    narrower: Selection = _EVERYTHING,
) -> tuple[Place, Selection, bool]:
    """Return place and filters of a job for the names that were found, and whether all are keys.

    The filters that are on apply to prefixes and globs, not to keys that are named in full. One
    key or prefix becomes the job's prefix; others share the folder they have in common. Of what
    narrows the filters, globs are relative to what is named.

    Raises:
        UsageError: Names and filters that one job cannot express together.
    """
    if not found:
        return place, narrowed(selection, narrower), False
    are_keys = all(one.is_key for one in found)
    if are_keys:
        check(given_filters(narrower) | {Situation.KEYS})
    if any(one.is_key for one in found) and not are_keys and (selection or narrower):
        raise UsageError(
            _("keys cannot be fetched together with prefixes or globs while filters are set"),
            hint=_("filters do not apply to keys: fetch the keys separately"),
        )
    if len(found) == 1 and not are_keys and not found[0].glob:
        at = replace(place, prefix=found[0].name)
        check_globs(place, at, selection)
        return at, narrowed(selection, narrower), False
    common = os.path.commonprefix([one.name for one in found])  # noqa: RUF071 - of keys, no paths
    at = replace(place, prefix=folder_of(common))
    if are_keys:
        if len(found) == 1:
            return replace(at, prefix=found[0].name), Selection(), True
        listed = KeyList("", frozenset(one.name for one in found))
        return at, Selection(keys_from=(listed,)), True
    check_globs(place, at, selection)
    if selection.glob:
        raise UsageError(
            _("a glob or several prefixes cannot be combined with a glob filter"),
            hint=_("'filter' shows its number, 'filter drop N' removes it"),
        )
    if narrower.glob or (len(found) > 1 and narrower.anchored):
        raise UsageError(
            _("the filter '{glob}' is relative to one prefix, and no single one is named").format(
                glob=printable(narrower.anchored[0])
            ),
            hint=_("name one prefix at a time"),
        )
    selection = replace(selection, glob=tuple(one.below(at.prefix) for one in found))
    return at, narrowed(selection, narrower), False


def marked_names(
    here: Place, marked: Sequence[NameMatch], filters: Selection
) -> tuple[Place, Selection]:
    """Return what marked names have in common, and filters that choose these names below it.

    `filters` apply to the prefixes among them.

    Raises:
        UsageError: There are too many prefixes, or one job cannot express them together, or with
            the filters.
    """
    if len(marked) > _MOST_GLOBS and not all(one.is_key for one in marked):
        raise UsageError(
            _("more than {most} marks cannot include folders").format(most=_MOST_GLOBS),
            hint=_("mark the folder above, or objects only"),
        )
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
    return at, selection


def target_of(
    request: JobRequest, directory: Path, jobs_directory: Path, own_jobs: Path | None = None
) -> Target:
    """Return a target as a job file has it: relative when it lies near the jobs folder.

    In the user's own folder it is absolute, as those jobs are from anywhere.
    """
    links = "record" if request.links else "follow"
    most = {"max_gone": request.max_gone} if request.max_gone else {}
    near = jobs_directory.parent
    if jobs_directory != own_jobs and directory.is_relative_to(near):
        directory = Path(os.path.relpath(directory, jobs_directory))
    written = directory.as_posix()
    return Target(
        f"./{written}" if written.startswith("~") else written,  # no home
        links=links,
        file=Path(request.file).name,
        flat=request.flat,
        strip_prefix=request.strip_prefix,
        mirror=request.mirror,
        **most,
    )
