"""A manifest as files: which belong to it, whether they can be one, creating and renaming them."""

import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from ossh import patient, regular_files
from ossh.errors import LocalError, ManifestError
from ossh.language import _
from ossh.manifest import schema
from ossh.manifest.database import logs, size_of_log, translated, unusable
from ossh.run_lock import lock_path

_ASIDE = r".+\.sqlite\.old\d*"
_MAGIC = b"SQLite format 3\0"
_HEADER = 100  # bytes, see https://www.sqlite.org/fileformat2.html#the_database_header
# Ends a journal that names a file for SQLite to remove; only a transaction over several files
# has one. See https://www.sqlite.org/fileformat2.html#the_rollback_journal
_NAMES_A_FILE = bytes.fromhex("d9d505f920a163d7")


def companions(path: Path) -> tuple[Path, ...]:
    """Return the files a manifest may consist of: itself, those of SQLite, the lock."""
    return (path, *logs(path), lock_path(path))


def is_manifest(path: Path) -> bool:
    """Tell by its first bytes whether a file is a manifest, of whatever format."""
    try:
        with regular_files.open_for_reading(path) as file:
            header = file.read(_HEADER)
    except OSError:
        return False
    return header.startswith(_MAGIC) and _id_in(header) == schema.APPLICATION_ID


def set_aside(path: Path) -> Path:
    """Rename a manifest, with its log, and return its new path.

    Nothing is deleted, and the first free one of `NAME.sqlite.old`, `NAME.sqlite.old2` … is taken.

    Raises:
        LocalError: The folder cannot be written.
    """
    names = (path.with_name(f"{path.name}.old{n if n > 1 else ''}") for n in count(1))
    try:
        aside = next(name for name in names if not any(map(os.path.lexists, (name, *logs(name)))))
        for old, new in zip((path, *logs(path)), (aside, *logs(aside)), strict=True):
            if os.path.lexists(old):
                patient.replace(old, new)
    except OSError as error:
        raise _unwritable(error) from error
    return aside


def all_set_aside(folder: Path) -> list[Path]:
    """Return the manifests of a folder that were set aside; none if it cannot be read."""
    with suppress(OSError):
        return [path for path in folder.iterdir() if re.fullmatch(_ASIDE, path.name)]
    return []


def make_folder(path: Path) -> None:
    """Make the folder of a manifest or of a job's file, unless it is there.

    Raises:
        LocalError: It cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(error) from error


def create_file(path: Path, meta: Mapping[str, str]) -> None:
    """Write an empty manifest under another name and give it its own when it is whole.

    So a process that is killed halfway leaves no half manifest.

    Raises:
        LocalError: The folder cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with regular_files.errors_naming(path, fresh):
            for left_over in (fresh, *logs(fresh)):
                regular_files.check(left_over)
                patient.unlink(left_over)
            if any(map(os.path.lexists, logs(path))):
                set_aside(path)  # the log of a manifest that is not here any more
            fresh.touch(exist_ok=False)  # so that no link is followed
            with translated(path), closing(sqlite3.connect(fresh, isolation_level=None)) as made:
                schema.build(made, meta)
            patient.replace(fresh, path)
    except OSError as error:
        raise _unwritable(error) from error


def check_file(path: Path) -> None:
    """Look at the first bytes of a file, without SQLite, which would create what is missing.

    Raises:
        ManifestError: It is missing, empty, truncated, no SQLite file, or another program's.
        LocalError: It cannot be read; or it, or a file that SQLite would open with it, is no
            regular file or has other names, too.
    """
    try:
        for one in logs(path):
            regular_files.check(one, sole=True)
        is_foreign = _names_a_file(logs(path)[-1])
        header, size, is_cut = _looked_at(path)
    except FileNotFoundError as error:
        raise ManifestError(
            _("there is no manifest '{path}'").format(path=path),
            hint=_("'get' lists the source and writes it"),
        ) from error
    except OSError as error:
        raise regular_files.cannot_read(error.filename or path, error) from error
    if is_foreign:
        raise unusable(_("'{path}' has a journal beside it that ossh did not write"), path=path)
    if not header.startswith(_MAGIC[: len(header)]):
        raise unusable(_("'{path}' is not a manifest: it is not an SQLite file"), path=path)
    if len(header) < _HEADER:
        raise unusable(_("'{path}' is truncated: only {size} bytes are left"), path=path, size=size)
    if _id_in(header) != schema.APPLICATION_ID:
        raise ManifestError(
            _("'{path}' is not a manifest: it is another program's SQLite file").format(path=path),
            hint=_("move it away, or give the job another name: --name"),
        )
    if is_cut:
        text = _("'{path}' is truncated: {size} of {whole} bytes are left")
        raise unusable(text, path=path, size=size, whole=_size_in(header))


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that a database has the present format.

    Raises:
        ManifestError: It is of another format, or incomplete.
    """
    version = schema.version_of(connection)
    if version > schema.VERSION:
        raise ManifestError(
            _("'{path}' has format {version}; this ossh reads formats up to {known}").format(
                path=path, version=version, known=schema.VERSION
            ),
            hint=_("use the newer ossh that wrote it; nothing was changed"),
        )
    if version < schema.VERSION:
        text = _("'{path}' has format {version}; this ossh reads format {known}")
        raise unusable(text, path=path, version=version, known=schema.VERSION)
    if not schema.is_complete(connection):
        raise unusable(_("'{path}' is damaged: its tables are missing or changed"), path=path)


def _names_a_file(journal: Path) -> bool:
    """Return whether SQLite would remove another file as it rolls a journal back."""
    try:
        with regular_files.open_for_reading(journal, sole=True) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - len(_NAMES_A_FILE)))
            return file.read() == _NAMES_A_FILE
    except FileNotFoundError:
        return False


def _looked_at(path: Path) -> tuple[bytes, int, bool]:
    """Return the first bytes and the size of a file, and whether it lacks its end.

    With a log, it may rightly lag behind its header. Whoever folds the log into it and removes that
    meanwhile changes what a second look sees.
    """
    found: tuple[bytes, int] | None = None
    while True:
        with regular_files.open_for_reading(path, sole=True) as file:
            header, size = now = file.read(_HEADER), os.fstat(file.fileno()).st_size
        if size >= _size_in(header) or size_of_log(path):
            return header, size, False
        if now == found:
            return header, size, True
        found = now


def _size_in(header: bytes) -> int:
    """Return how many bytes a file should have."""
    page_size = int.from_bytes(header[16:18], "big")
    return int.from_bytes(header[28:32], "big") * (65536 if page_size == 1 else page_size)


def _id_in(header: bytes) -> int:
    """Return which program's SQLite file that is."""
    return int.from_bytes(header[68:72], "big")


def _unwritable(error: OSError) -> LocalError:
    """Return the error for what was renamed, made or removed; these always name it."""
    hint = _("the jobs folder must be writable; choose another: --jobs-dir")
    return regular_files.cannot_write(error.filename, error, hint)
