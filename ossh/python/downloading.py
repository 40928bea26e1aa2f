"""`ossh.download`: all that lies at an address, in one call."""

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import get_ident

from ossh.advice import store_error
from ossh.errors import JobLockedError, LocalError, MissingError, limits_explained
from ossh.job import Job
from ossh.language import _
from ossh.manifest import ManifestReader
from ossh.model import Target
from ossh.paths import expanded, plain
from ossh.printable import as_word, printable
from ossh.python.arguments import Find, check_named, chosen, in_oss
from ossh.python.errors import translated
from ossh.python.library import begun, new_job
from ossh.python.progress import Hook, shown
from ossh.python.words import ANY_CALL
from ossh.run_lock import RunLock, holder
from ossh.selection import Selection
from ossh.session import Options
from ossh.session.jobs.running import forget_single_get
from ossh.transfer.disk.disk_errors import EscapeError, unusable
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import DOWNLOADS
from ossh.transfer.planning.preflight import Changes
from ossh.transfer.watching import Progress, Summary

_ABOVE_JOBS = "../.."  # from DOWNLOADS to the target: whoever moves that takes its jobs along
_PAUSE_SECONDS = 0.1  # until the next look at whether another call has ended
_under_way: set[tuple[int, Path]] = set()  # threads, and the locks of their calls
_CALLS = ANY_CALL | {"--jobs-dir": ""}  # it lies where it is


@translated(_CALLS)
def download(  # noqa: PLR0913 - as for new_job
    address: str,
    directory: str | os.PathLike[str],
    selection: Selection | None = None,
    *,
    check: bool = True,
    progress: bool | None = None,
    on_progress: Hook | None = None,
    options: Options | None = None,
    credentials: Find | None = None,
) -> Summary:
    """Fetch what lies at an address into a folder, verified, and return how that went.

    Files that are there already and the same are not fetched again. The next call resumes what was
    interrupted, and replaces files whose objects have changed, unless somebody else has changed
    them too: the job is kept in `.ossh/jobs` of the folder; of one key, the user's state folder
    remembers the file. While another thread or process makes the same call, this one waits.

    Args:
        address: `oss://BUCKET/PREFIX`, the key of one object, or a glob of keys.
        directory: Where to.
        selection: Which objects; all, if not given.
        check: Raise an error if an object is missing in the end; else the summary says so.
        progress: Whether to show how far it is: a bar if tqdm is installed, else a line now and
            then on stderr. If not given, on a terminal and in a notebook, unless `on_progress` is.
        on_progress: Called with each `Progress`, many times a second, in the thread that calls
            this; the last one is that of the end.
        options: As for `new_job`.
        credentials: As for `new_job`.

    Raises:
        MissingError: Some objects could not be fetched.
        FileNotFoundError: Nothing is there.
        OSError: It had to stop before its end; calling it again resumes.
    """
    check_named(directory)
    with limits_explained():
        target = expanded(directory).absolute()  # whatever becomes of the current directory
        job = _job(address, target, str(directory), selection, options, credentials)
    hook = on_progress or (lambda _progress: None)
    is_shown = False if on_progress is not None and progress is None else progress

    with shown(printable(address), wanted=is_shown) as show:

        def tell(progress: Progress) -> None:
            show(progress)
            hook(progress)

        with _turn(job, target, str(directory), tell):
            summary = _summary(job, tell, options, credentials)
    if summary.failure is not None:
        raise store_error(_("download '{address}'").format(address=address), summary.failure)
    if check and summary.status:
        raise _missing(job, summary)
    return summary


def _job(  # noqa: PLR0913 - as for new_job
    address: str,
    target: Path,
    named: str,
    selection: Selection | None,
    options: Options | None,
    credentials: Find | None,
) -> Job:
    """Return the job of a call, whose name no other wish has."""
    _enter(target, named)
    wish = repr((in_oss(address), chosen(selection), options or Options()))
    job = new_job(
        address,
        target,
        selection,
        name=hashlib.blake2b(wish.encode(), digest_size=16).hexdigest(),
        jobs=target / DOWNLOADS,
        options=options,
        credentials=credentials,
    )
    return _as_asked(job, options or Options())


@contextmanager
def _turn(job: Job, target: Path, named: str, tell: Hook) -> Iterator[None]:
    """Wait, and tell so, until no other thread or process makes the same call.

    Its lock also keeps the folder of jobs there, which the last call for a single key removes.
    """
    jobs, own = job.path.parent, (get_ident(), job.path)
    call = jobs / f"{job.name}-call"
    lock = None
    try:
        while lock is None:
            _enter(target, named, is_made=True)
            try:
                lock = RunLock.take(call)
            except JobLockedError:
                if own in _under_way:  # it is called by its own hook
                    raise
                tell(Progress(note=_("waiting for {who}").format(who=holder(call))))
            except LocalError as error:
                match error.__cause__:
                    case OSError(errno=errno.EROFS | errno.EACCES | errno.EPERM) as cause:
                        raise unusable(named, cause) from cause
                    case FileNotFoundError():  # another call removed the folder
                        pass
                    case _:
                        raise
            if lock is None:
                time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt as interrupt:
        raise interrupt from None  # not on top of an error that is none: the lock was not free
    with lock:
        _under_way.add(own)
        try:
            yield
        finally:
            _under_way.discard(own)
    with suppress(OSError):  # jobs are there
        jobs.rmdir()
        jobs.parent.rmdir()


def _summary(job: Job, tell: Hook, options: Options | None, credentials: Find | None) -> Summary:
    """Run a job to its end, and leave no job of a single key behind."""
    refresh = f"'ossh refresh {as_word(plain(str(job.path)))}'"
    calls = _CALLS | {"refresh": refresh}
    with translated(calls):
        is_listed = _ended_by_itself(job)
    run = begun(job, calls, retry=True, options=options, credentials=credentials)
    if is_listed:
        run.changes = Changes()  # the bucket may have changed since, so it is listed again
    if job.is_key:  # many calls may bring a key each
        run.when_done = partial(forget_single_get, job)
    with run:
        for progress in run:
            tell(progress)
        tell(run.progress)
    return run.result()


def _enter(target: Path, named: str, *, is_made: bool = False) -> None:
    """Enter the folder of jobs of a target, so that nothing is read or written behind a link.

    Raises:
        LocalError: A link is on the way, or the folder cannot be made.
    """
    try:
        with closing(Tree(str(target))) as tree:
            if is_made:
                Path(tree.target).mkdir(parents=True, exist_ok=True)
            tree.folder(DOWNLOADS, is_made=is_made)
    except OSError as error:
        if is_made or isinstance(error, EscapeError):
            raise unusable(named, error) from error


def _as_asked(job: Job, options: Options) -> Job:
    """Return a job of which a file only says what the caller says, too, or does not care about.

    Whoever may write to the target may have left that file there: one that replaces or removes
    files of others, or that lets the caller pay.
    """
    pays, signs = options.requester_pays, not options.unsigned_host
    return replace(
        job,
        source=replace(job.source, requester_pays=pays, sign_host=signs),
        target=Target(_ABOVE_JOBS),
    )


def _missing(job: Job, summary: Summary) -> MissingError:
    """Return the error that says how many objects are missing, and why."""
    counts = summary.counts
    causes = ", ".join(f"{number:,} {cause}" for cause, number, _advice in summary.by_cause)
    message = _("{missing:,} of {count:,} objects are not in '{folder}': {causes}").format(
        missing=counts.missing,
        count=counts.total,
        folder=printable(str(job.directory)),
        causes=causes,
    )
    return MissingError(message, hint=_("'{file}' lists them").format(file=summary.failed_csv))


def _ended_by_itself(job: Job) -> bool:
    """Return whether the last run of a job took up every object."""
    if not job.manifest_path.exists():
        return False
    runs = ManifestReader(job.manifest_path).runs()
    return bool(runs) and runs[-1].outcome in {"done", "failed"}
