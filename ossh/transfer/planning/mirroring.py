"""A mirror: the files of objects that a finished listing no longer has are taken away.

Only a file that is the job's own goes, and only if it stands as the job left it; it goes to the
trash of the target. A new listing puts the rows aside, a mirror takes them back (`left_here`) and
moves the files. What has its place taken by another object (`_displaced`) is moved from where it is
put aside, and that object comes then. File first, row second: after a kill between the two nothing
is at the file's place any more, and the row follows.

What a manifest remembers of files whose objects left the job, it forgets once that says nothing.
"""

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from itertools import chain, islice

from ossh.errors import STATUS_STOPPED, OsshError, StoreError, reason
from ossh.job import Job, recorded_target
from ossh.language import N_, Words, _, n_
from ossh.manifest import LEFT_CODE, Manifest, Outcome, keeping
from ossh.model import Cause, Entry, Failure, ObjectInfo, Status
from ossh.paths import TARGET_ITSELF, NameRules, ancestors, folded
from ossh.protocol import NO_OBJECT
from ossh.store.interruptible import awaited
from ossh.transfer.disk.disk_errors import EscapeError, failure_of
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.occupant import Wanted, owned
from ossh.transfer.disk.overwrite_rules import DAMAGED, DATE_TOLERANCE_SECONDS, LocalState
from ossh.transfer.disk.trash import Trash
from ossh.transfer.disk.tree import Tree
from ossh.transfer.planning.name_rules import rules_for
from ossh.transfer.planning.other_jobs import OtherJobs, UnreadableJobError
from ossh.transfer.scheduling.outcomes import RunTotals
from ossh.transfer.watching import Phase, Progress, Removed
from ossh.units import share_of

ABSENT = "absent"
UNSELECTED = Words("the filters no longer select its object")
NOT_PROVED = Words("this job neither downloaded nor verified it")
_NOT_EMPTY = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}
_OF_ARRIVALS = {Cause.CORRUPT, Cause.LOCAL_CONFLICT}  # their advice is about a file that comes
_HELD = "held"  # where the manifest keeps how many objects the listing before had
_WAITS = "waits"  # where it keeps whether a mirror has found something gone since
_PAGE = 500  # files between two records of what became of their rows
_FORMER_PAGE = 2500  # looked at each time: a tenth of a second


def is_own(entry: Entry) -> bool:
    """Return whether the file of a row is the job's: fetched by it, or proved by it byte for byte.

    A file that was only found with the right size and date may be anybody's.
    """
    if entry.finished is None or entry.path == TARGET_ITSELF:
        return False
    if entry.path.endswith("/"):
        return entry.status is Status.DONE or is_left(entry)
    return entry.own is not None


def is_left(entry: Entry) -> bool:
    """Return whether the object of a row is gone and its file is yet to be moved."""
    return entry.failure is not None and entry.failure.code == LEFT_CODE


def left(entry: Entry) -> Outcome:
    """Return what becomes of a row whose object a finished listing no longer has."""
    text = Words("deleted from the bucket; its file is still here")
    return keeping(entry, Status.GONE, Failure(Cause.GONE, LEFT_CODE, text))


def back(entry: Entry, info: ObjectInfo) -> Outcome | None:
    """Return what becomes of a row whose object is listed again, if its file still is that one."""
    known = (entry.size, entry.etag, entry.last_modified)
    is_same = known == (info.size, info.etag, info.last_modified)
    has_file = entry.is_current or entry.path.endswith("/")  # else that is of an older version
    return keeping(entry, Status.DONE) if is_left(entry) and is_same and has_file else None


def why_kept(entry: Entry, local_files: LocalFiles) -> str:
    """Return why the file of a row is not taken away; "" if it is as the job left it.

    `ABSENT` is returned where there is nothing.

    Raises:
        OSError: Nobody can tell.
    """
    try:
        # its object is gone: only what the job left there counts
        one = Wanted(entry.path, own=entry.own, finished=entry.finished_seconds)
        found = local_files.examine(one, reads=_may_hide_an_edit(entry))
    except EscapeError as error:
        return reason(error)
    match found.state:
        case LocalState.NEW:
            return ABSENT
        case LocalState.HERE | LocalState.CHANGED:
            return ""
        case _:
            return found.why or DAMAGED


def _may_hide_an_edit(entry: Entry) -> bool:
    """Return whether an edit may have left a file's time as it was, as a disk keeps it.

    Its object was written when the file was finished, and disks may round times.
    """
    if entry.own is None or entry.finished_seconds is None:
        return False
    return entry.own.modified / 1e9 >= entry.finished_seconds - DATE_TOLERANCE_SECONDS


def remember_held(manifest: Manifest) -> None:
    """Remember how many objects a job has before its bucket is listed again.

    As long as what a mirror found gone is not taken away, that number stays: what is new since must
    not make it look like less.
    """
    if manifest.get_meta(_WAITS) and manifest.count_left():
        return
    counts = manifest.counts()
    manifest.set_meta(_HELD, str(counts.total - counts.objects[Status.GONE]))
    manifest.set_meta(_WAITS, "")


def refuse_too_many(job: Job, manifest: Manifest) -> None:
    """Refuse to take more away than the job allows.

    Raises:
        OsshError: Too much is gone; nothing has been moved.
    """
    gone = manifest.count_left()
    if held := _too_many_of(gone, job, manifest):
        text = _(
            "gone from the bucket: {gone:,} of {objects}, more than the {most} allowed: nothing "
            "was moved"
        )
        objects = n_("{number:,} object", "{number:,} objects", held)
        hint = _(
            "'preview --mirror' shows them; if this is intended: get --mirror --max-gone {gone}; "
            'where the job is not open: ossh "{file}" -c "get --mirror --max-gone {gone}"'
        )
        raise OsshError(
            text.format(objects=objects, gone=gone, most=job.target.max_gone),
            hint=hint.format(gone=gone, file=job.path),
            status=STATUS_STOPPED,
        )


def _too_many_of(gone: int, job: Job, manifest: Manifest) -> int:
    """Return of how many objects too many are gone; 0 when they are not too many."""
    known = manifest.get_meta(_HELD)
    held = max(int(known) if known.isdecimal() else 0, gone)
    return held if gone > share_of(job.target.max_gone, held) else 0


def foresee(job: Job, manifest: Manifest, local_files: LocalFiles, removed: Removed) -> None:
    """Count what the next run will take away, and what of it has to stay."""
    if job.target.mirror:
        _take_back(manifest, local_files.tree)
    removed.refused = bool(_too_many_of(manifest.count_left(), job, manifest))
    others = _displaced(manifest) if job.target.mirror else iter(())
    with _obstacles(removed):
        for entry, theirs in _with_owners(chain(manifest.left_here(), others), OtherJobs(job)):
            try:
                why = why_kept(entry, local_files) or theirs
            except OSError as error:
                why = reason(error)
            _note(entry, why, removed)


def _note(entry: Entry, why: str, removed: Removed) -> None:
    """Note that a file goes, or why it stays; folders go with what is in them."""
    if why and why is not ABSENT:
        removed.keep(entry.path, why)
    elif not why and not entry.path.endswith("/"):
        removed.take(entry.path, entry.size)


def _take_back(manifest: Manifest, tree: Tree) -> None:
    """Make rows again of what was put aside as its object was gone: now its file shall go, too.

    What is put aside still has another object in its place, which did not replace the file.
    """
    manifest.take_back(left)
    for page in manifest.displaced():
        replaced = [one.row for one, by in page if _is_replaced(one, by, tree)]
        manifest.forget_former(replaced)
    if manifest.count_left():
        manifest.set_meta(_WAITS, "yes")


def _displaced(manifest: Manifest) -> Iterator[Entry]:
    return (entry for page in manifest.displaced() for entry, _by in page)


def _is_replaced(entry: Entry, by: Entry | None, tree: Tree) -> bool:
    """Return whether the file of an object has been replaced by that of the one in its place."""
    if by is None or not (by.status.is_at_target or by.own):
        return False
    with suppress(OSError):  # paths that differ may be one on this disk
        return entry.path == by.path or os.path.samestat(tree.stat(entry.path), tree.stat(by.path))
    return False


@contextmanager
def _obstacles(removed: Removed) -> Iterator[None]:
    """Note why no more can be moved: another job may have it, or it is not known what day it is."""
    try:
        yield
    except (UnreadableJobError, StoreError) as error:
        removed.obstacle, removed.hint = str(error), error.hint or ""


def _with_owners(entries: Iterator[Entry], others: OtherJobs) -> Iterator[tuple[Entry, str]]:
    """Yield entries, each with the reason why it stays if another job has its file too."""
    while page := list(islice(entries, _PAGE)):
        owners = others.owners([one.path for one in page])
        for entry in page:
            name = owners.get(entry.path, "")
            yield entry, owned(N_("job '{name}' has it too"), name) if name else ""


def take_away(
    job: Job,
    manifest: Manifest,
    local_files: LocalFiles,
    removed: Removed,
    ask_time: Callable[[], float],
) -> Iterator[Progress]:
    """Move to the trash what a finished listing no longer has; yield how far that is.

    `ask_time` asks for the service's clock, in seconds since the epoch: this machine's may be
    wrong, and what went to the trash today would count as old. It raises a `StoreError`.

    Raises:
        OsshError: Too much is gone; nothing has been moved.
        Interrupted: The run is told to stop.
    """
    _take_back(manifest, local_files.tree)
    if not manifest.count_left():
        return
    refuse_too_many(job, manifest)
    totals = RunTotals(manifest.counts())
    with _obstacles(removed):
        shown = totals.progress(Phase.PLANNING)
        seconds = yield from awaited(ask_time, local_files.check_stopping, shown)
        today = date.fromtimestamp(seconds)  # noqa: DTZ012 - people name their own days
        trash = Trash(local_files.tree, today)
        removed.folder = str(job.directory / trash.folder)
        files = (one for one in manifest.left_here() if not one.path.endswith("/"))
        found = chain(files, manifest.folders_left(), _displaced(manifest))
        pages = _with_owners(found, OtherJobs(job))
        while page := list(islice(pages, _PAGE)):
            _take(job, manifest, local_files, trash, page, removed)
            yield totals.progress(
                Phase.PLANNING, Words("moving files of deleted objects to the trash")
            )


def _take(  # noqa: PLR0913 - what one page needs
    job: Job,
    manifest: Manifest,
    local_files: LocalFiles,
    trash: Trash,
    entries: Iterable[tuple[Entry, str]],
    removed: Removed,
) -> None:
    """Move some files, then let their rows follow, even if the run is told to stop on the way."""
    rules = rules_for(job, manifest)
    ended: list[int] = []
    failed: list[Outcome] = []
    try:
        for entry, theirs in entries:
            local_files.check_stopping()
            try:
                why = why_kept(entry, local_files) or theirs
                if not why:
                    why = _taken(entry, manifest, trash, rules)
            except OSError as error:
                failed.append(_failed(entry, error))
                removed.keep(entry.path, reason(error))
                removed.failed += 1
                continue
            ended.append(entry.row)
            _note(entry, why, removed)
    finally:
        manifest.record(failed)
        manifest.forget_former(ended)
        if job.keys:  # the list still names them
            manifest.record([Outcome(row, Status.GONE, 0, NO_OBJECT) for row in ended])
        else:
            manifest.remove(ended)


def _taken(entry: Entry, manifest: Manifest, trash: Trash, rules: NameRules) -> str:
    """Take one file away, and folders that it leaves empty; return why it stays, if it does.

    Raises:
        OSError: It cannot be moved.
    """
    if entry.path.endswith("/"):
        try:
            trash.tree.place(entry.path).rmdir()
        except OSError as error:
            if error.errno not in _NOT_EMPTY:
                raise
            return ABSENT  # its files speak for themselves
    else:
        trash.take(entry.path)
    with suppress(OSError):  # a folder is not empty, or has gone
        for above in reversed(ancestors(entry.path)):
            folder = f"{above}/"
            if manifest.entries_named(sorted({folder, folded(folder, rules)})):
                break
            trash.tree.place(folder).rmdir()
    return ""


def _failed(entry: Entry, error: OSError) -> Outcome:
    """Return what becomes of a row whose file could not be moved: the next run tries again."""
    why = failure_of(error)
    text = Words("cannot be moved to the trash: {why}", why=why.message)
    cause = Cause.CANNOT_WRITE if why.cause in _OF_ARRIVALS else why.cause
    return keeping(entry, Status.GONE, Failure(cause, LEFT_CODE, text), attempts=1)


def forget_spent(job: Job, manifest: Manifest, local_files: LocalFiles) -> None:
    """Forget what was put aside and has no file any more, or one that another object replaced.

    Where the files are not where the job's target is now, nobody can tell.

    To look at all of them takes long where there are many, and a bucket may be listed every few
    minutes: each time some more are looked at.

    Raises:
        Interrupted: Told to stop.
    """
    if manifest.get_meta("target") != recorded_target(job):
        return
    tree, spent = local_files.tree, []
    for one, by in manifest.next_former(_FORMER_PAGE):
        local_files.check_stopping()
        if _is_replaced(one, by, tree) or _is_gone(one, tree):
            spent.append(one.row)
    manifest.forget_former(spent)


def _is_gone(entry: Entry, tree: Tree) -> bool:
    try:
        tree.folder("".join(ancestors(entry.path)[-1:]))
        return not tree.exists(entry.path)
    except OSError:
        return False  # nobody can tell: its folder may be away for a while
