"""Saved jobs beside new ones: which one does the same, which one fills the same folder."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from ossh import job as job_files
from ossh.errors import JobFileError, UsageError
from ossh.job import Job, fingerprint


def same_or_new(job: Job, first: Path, *, is_given: bool) -> Job:
    """Return the saved job that does the same as a new one, else the new one.

    Args:
        job: With the first free name.
        first: The name it would have if that were free; those with its successors are looked at.
        is_given: Whether a person chose the name, so that no other will do.

    Raises:
        UsageError: The name was given, and is taken by a job that does something else.
        JobFileError: One of the files cannot be read.
    """
    for path in _numbered(first):
        if path == job.path or not path.exists():
            break
        saved = job_files.load(path)
        # Another endpoint of the same bucket is the same work, done over another road.
        if (fingerprint(saved), saved.directory) == (fingerprint(job), job.directory):
            return replace(saved, source=job.source)
        if is_given:
            raise UsageError(
                f"there is a job '{first.stem}' already, and it does something else",
                hint=f"choose another --name, or go on with it: open {first.stem}",
            )
    return job


def with_target(directory: Path, files: Iterable[Path]) -> tuple[str, ...]:
    """Return the names of the saved jobs that fill a folder."""
    names: list[str] = []
    for path in files:
        with suppress(JobFileError):  # a broken one fills nothing
            if job_files.load(path).directory == directory:
                names.append(path.stem)
    return tuple(names)


def present(job: Job) -> Job:
    """Return a job as its file has it now, for it may have been edited since it was read.

    How its bucket is reached stays as it is.
    """
    saved = job_files.load(job.path)
    source = replace(job.source, bucket=saved.source.bucket, prefix=saved.source.prefix)
    return replace(saved, source=source)


def remove_unbegun(job: Job) -> bool:
    """Remove a job whose listing has never begun; return whether it was one."""
    from ossh.manifest import ManifestReader, companions  # noqa: PLC0415 - brings SQLite

    if job.manifest_path.exists() and ManifestReader(job.manifest_path).listing():
        return False
    for path in (*companions(job.manifest_path), job.path):
        path.unlink(missing_ok=True)
    return True


def _numbered(first: Path) -> Iterator[Path]:
    """Yield a path and its successors: logs, logs-2 and so on."""
    yield first
    for number in count(2):
        yield first.with_stem(f"{first.stem}-{number}")
