"""TARGET/.oss-failed.csv: every selected object that is not at the target when a run ends."""

import csv
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from ossh.errors import LocalError, reason
from ossh.language import _
from ossh.model import Entry
from ossh.shard import Shard

NAME = ".oss-failed.csv"
HEADER = ("key", "last_error", "retry_count")


def write(target: Path, entries: Iterable[Entry], shard: Shard | None = None) -> Path | None:
    """Write the file again and return its path; None when there is nothing to report.

    `retry_count` is the number of attempts in all. The file is replaced as a whole, so that nobody
    reads half of it.

    Args:
        target: Local root.
        entries: What failed, is gone or archived; walked once, never held.
        shard: Of the job: jobs that share the work of one have a file each.

    Raises:
        LocalError: It cannot be written.
    """
    path = _path(target, shard)
    draft = path.with_name(
        f"{path.name}.{secrets.token_hex(4)}"
    )  # another job may share the target
    try:
        try:
            count = _write(draft, entries)
            if count:
                os.replace(draft, path)
                return path
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        message = _("cannot write '{path}': {reason}").format(path=path, reason=reason(error))
        raise LocalError(message, hint=_("'failures' shows the same from the manifest")) from error
    return None


def remove(target: Path, shard: Shard | None = None) -> None:
    """Remove the file that an earlier run left.

    Raises:
        LocalError: It cannot be removed.
    """
    path = _path(target, shard)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        message = _("cannot remove '{path}': {reason}").format(path=path, reason=reason(error))
        raise LocalError(
            message, hint=_("remove it yourself: it is left over from an earlier run")
        ) from error


def _path(target: Path, shard: Shard | None) -> Path:
    return target / (NAME if shard is None else f".oss-failed{shard.mark}.csv")


def _write(path: Path, entries: Iterable[Entry]) -> int:
    """Write header and rows; return the number of rows."""
    count = 0
    with path.open("x", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for count, entry in enumerate(entries, 1):  # noqa: B007 - counted for the end
            rows.writerow((entry.key, _last_error(entry), entry.attempts))
    return count


def _last_error(entry: Entry) -> str:
    failure = entry.failure
    if failure is None:
        return entry.status.value
    request = f" (request {failure.request_id})" if failure.request_id else ""
    return f"{failure.cause.value}: {failure.message}{request}"
