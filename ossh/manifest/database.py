"""Opens SQLite files, runs transactions, and translates sqlite3's exceptions."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from ossh import regular_files
from ossh.errors import LocalError, ManifestError, OsshError
from ossh.language import Words, _
from ossh.manifest.rows import BadRowError

ENGINE = f"SQLite {sqlite3.sqlite_version}"
OLDEST_SQLITE = (3, 33)  # of 2020: UPDATE FROM
_CACHE_KIB = 32 * 1024  # holds the upper levels of all indexes of ten million rows
_PAGE_BYTES = 4096  # SQLite's default
_LOG_PAGES = 4000  # 16 MiB of log before it is folded into the file
_LONGEST = 64 * 1024 * 1024  # bytes of a text, such as that of a few thousand rows as JSON
_ATTEMPTS, _PAUSE_SECONDS = 6, 0.02  # of a reader, while a writer comes or goes
_BUSY_SECONDS = 30.0  # a person with an SQLite client may hold a write lock for a while
# What a look at the bytes shows; all else says that SQLite could not look.
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_ERROR", "SQLITE_TOOBIG")
REBUILD = Words("'refresh' sets it aside and rebuilds it from the job file and the files on disk")


def connect_writer(
    path: Path, version: tuple[int, ...] = sqlite3.sqlite_version_info
) -> sqlite3.Connection:
    """Open an existing database for writing; transactions are begun by hand.

    Raises:
        LocalError: This Python's SQLite is too old.
    """
    if version < OLDEST_SQLITE:
        has, needs = (".".join(map(str, one)) for one in (version, OLDEST_SQLITE))
        message = _("this Python has SQLite {has}; manifests need {needs}").format(
            has=has, needs=needs
        )
        raise LocalError(message, hint=_("use Python from python.org, or a newer system"))
    uri = f"{_uri(path)}?mode=rw"
    return _bounded(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS))


def _bounded(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Have SQLite refuse what would fill the memory: a file may come from somebody else."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    return connection


def tune(connection: sqlite3.Connection) -> None:
    """Make a writer's connection safe and fast: readers never wait, a killed writer harms nothing.

    With `synchronous = NORMAL` a power cut may undo the last transactions, never parts of one; what
    must outlast it is `durable`.
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA fullfsync = ON")  # of macOS, whose fsync a power cut may undo
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_PAGES * _PAGE_BYTES}")


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open an existing database for reading; it must be closed soon.

    Nothing in its folder is created or changed, except that an index of the log is made again where
    somebody removed it.
    """
    for _attempt in range(_ATTEMPTS - 1):
        with suppress(sqlite3.OperationalError):  # a writer just began, or closed its files
            return _connected(path)
        time.sleep(_PAUSE_SECONDS)
    return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    """Return a connection that can only read.

    Whoever writes keeps a log beside the file, and an index of the log. Where neither is there,
    nobody writes, and the file is read as it is: SQLite would create both.
    """
    has_log, has_index = size_of_log(path), logs(path)[1].exists()
    how = "&readonly_shm=1" if has_index else "" if has_log else "&immutable=1"
    uri = f"{_uri(path)}?mode=ro{how}"
    connection = _bounded(sqlite3.connect(uri, uri=True))
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master")  # only now the file is read
    except BaseException:
        connection.close()
        raise
    return connection


def _uri(path: Path) -> str:
    r"""Return a path as SQLite takes it; in a URI of pathlib, `\\server` is an authority."""
    return f"file:{quote(os.fsencode(path.absolute()))}"


def logs(path: Path) -> tuple[Path, Path, Path]:
    """Return what SQLite may keep beside a file: its log, the log's index, the older journal."""
    wal, shm, journal = (path.with_name(f"{path.name}-{end}") for end in ("wal", "shm", "journal"))
    return wal, shm, journal


def size_of_log(path: Path) -> int:
    """Return the bytes of a file's log, 0 when it has no log."""
    try:
        return logs(path)[0].lstat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Make all that is written inside happen as a whole, or not at all."""
    with translated(path), connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def durable(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """Make a transaction that survives a power cut, as do all transactions before it."""
    with translated(path):
        connection.execute("PRAGMA synchronous = FULL")
        try:
            with transaction(connection, path) as db:
                yield db
        finally:
            connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 raises about the file inside the block into our errors.

    Raises:
        ManifestError: The file is damaged, or not what it should be.
        LocalError: The disk is full or cannot be written.
    """
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.NotSupportedError):
        raise  # misuse, hence a bug: it keeps its trace
    except (BadRowError, UnicodeDecodeError) as error:  # what SQLite says may quote what is there
        raise damaged(path, error) from error
    except sqlite3.DatabaseError as error:
        raise _meaning(path, error) from error


def _meaning(path: Path, error: sqlite3.DatabaseError) -> OsshError:
    name: str = getattr(error, "sqlite_errorname", "")  # missing when Python itself complains
    if name.startswith("SQLITE_FULL"):
        return LocalError(
            _("cannot write '{path}': the disk is full").format(path=path),
            hint=_("free some space there, then resume with 'get'"),
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LocalError(
            _("cannot write '{path}': another program has it locked").format(path=path),
            hint=_("close other SQLite clients that have it open"),
        )
    if name.startswith(_DAMAGE) or not name:
        return damaged(path, error)
    if name.startswith("SQLITE_CANTOPEN") and (used_up := regular_files.used_up()):
        return regular_files.cannot_read(path, used_up)
    return LocalError(
        _("cannot use '{path}': {error}").format(path=path, error=error),
        hint=_("the jobs folder must be writable; choose another: --jobs-dir"),
    )


def damaged(path: Path, what: object) -> ManifestError:
    """Return the error for a manifest that holds what no ossh wrote."""
    return unusable(_("'{path}' is damaged: {error}"), path=path, error=what)


def unusable(text: str, **fields: object) -> ManifestError:
    """Return the error for a manifest that can only be made anew."""
    return ManifestError(text.format(**fields), hint=REBUILD)
