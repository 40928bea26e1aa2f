"""Lists of keys: what `get --from` reads, and the copy that a job keeps.

A list is a table with a column `key`, such as `.oss-failed.csv` or what `failures --csv` writes, as
any spreadsheet saves it: with commas, semicolons or tabs, its columns in any order, in UTF-8,
UTF-16 or GBK, with or without a byte order mark. Or else it is plain, with one key a line. A line
`key` alone is the head of a table in a .csv file only, for an object may have that name.

A job keeps a copy beside its file, for it may itself replace the list that it came from. The copy
is named after its content, so that the same keys are the same job.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ossh import regular_files, text_files
from ossh.errors import UsageError
from ossh.job.secrets import line_with_access_key
from ossh.language import Words, _, said
from ossh.paths import is_shown_below, real
from ossh.printable import printable

COLUMN = "key"
_LARGEST = 1 << 28  # bytes; far beyond any list a person edits, and it is held in memory
_LONGEST_KEY = 1023  # bytes, the service's limit
_LONGEST_LINE = 64 * 1024  # characters that are parsed as fields: more than any key or head has
_DELIMITERS: tuple[str, ...] = (",", ";", "\t")
_OTHER_COLUMNS = frozenset({"last_error", "retry_count", "cause", "code", "request_id", "path"})
_STDIN = Path("-")
_KEPT = r"keys-[0-9a-f]{10}\.csv"
_ACCEPTED = Words("a table with a column 'key', or a plain list with one key a line")
_TABLE = Words("if this is a key, use a .csv file with a column 'key'")
# Lines of other files that people have, which nobody wants sent as keys: a section of settings, a
# private key, a script, markup, JSON, a named secret, binary data.
_NO_KEY = r"""(?ix)
    \s*(?:\[[^\]]*\]\s*$|-----BEGIN\ |\#!|<(?:!doctype|html|\?xml)|\{\s*(?:["']|$))
    |[^/]*(?:secret|passw|token|access_?key)[\w.-]*["']?\s*[=:]\s*[^/\s]+\s*$
    |.*[\x00-\x08\x0e-\x1f]
"""
_ENCODINGS = Words("save it as UTF-8 (in a spreadsheet: 'CSV UTF-8'); UTF-16 and GBK are read too")


class _BadLine(Exception):
    """The number of a line, what is wrong with it, and what is accepted."""


def read(path: Path, *, jobs: Path | None = None) -> tuple[str, ...]:
    """Return the keys that a file lists, each once, sorted.

    Given the jobs folder, the file was named by a person: outside of it a pipe may be read. "-" is
    stdin.

    Raises:
        UsageError: There is no such file, or it is not a list; names the line and what is wrong.
        LocalError: It cannot be read.
    """
    try:
        is_theirs = jobs is not None and real(path.parent) != real(jobs)
        with _named(path) if is_theirs or path == _STDIN else _opened(path) as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        hint = _(
            "a list is a file on this machine; a relative path starts at the current directory"
        )
        if jobs is not None:
            hint = _(
                "--from takes a job, or a file on this machine, relative to the current directory"
            )
        text = _("there is no list of keys '{path}'")
        raise UsageError(text.format(path=path), hint=hint) from error
    except OSError as error:
        raise regular_files.cannot_read(path, error) from error
    if len(data) > _LARGEST:
        raise UsageError(
            _("'{path}' is too large").format(path=path),
            hint=_("accepted: up to 256 MiB; split it in two"),
        )
    try:
        rows = _rows(_decoded(data), is_csv=path.suffix.lower() == ".csv")
        keys = {_checked(key, line) for line, key in rows}
    except _BadLine as error:
        line, reason, accepted = error.args
        raise UsageError(
            _("'{path}', line {line}: {reason}").format(path=path, line=line, reason=reason),
            hint=accepted,
        ) from error
    if not keys:
        raise UsageError(
            _("'{path}' contains no keys").format(path=path),
            hint=_("accepted: {accepted}").format(accepted=said(_ACCEPTED)),
        )
    return tuple(sorted(keys))


def keep(keys: tuple[str, ...], folder: Path) -> str:
    """Write a copy of some keys into a folder, unless it is there; return its name.

    Raises:
        LocalError: It cannot be written.
    """
    data = _text(keys)
    path = folder / _name_of(data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with regular_files.replacing(path) as file:  # whole, for others may keep it too
            file.write(data)
    except OSError as error:
        hint = _("choose another jobs folder: --jobs-dir")
        raise regular_files.cannot_write(path, error, hint) from error
    return path.name


def kept_name(keys: tuple[str, ...]) -> str:
    """Return the name that `keep` gives some keys; "" for none."""
    return _name_of(_text(keys)) if keys else ""


def lies_below(name: str, folder: Path) -> bool:
    """Return whether a list named in a job file lies in that file's folder, or below it.

    No absolute path, no `..`, nothing hidden, and no link that leads out or to what is hidden: a
    job file from somebody else would otherwise send the lines of any file as keys to its own
    endpoint, and hidden ones such as `.git-credentials` hold secrets.
    """
    relative, root = Path(name), real(folder)
    if relative.is_absolute():
        return False
    places = (root / relative, real(root / relative))  # `..` counts as hidden
    return all(is_shown_below(one, root) for one in places)


def is_kept(path: Path, folder: Path) -> bool:
    """Return whether a list is, by its name and its place, a copy that `keep` wrote."""
    return path.parent == folder and re.fullmatch(_KEPT, path.name) is not None


def fingerprint(path: Path) -> str:
    """Return a text that changes when a list is edited: the name that `keep` would give it.

    For a list that is gone, which perhaps nobody needs any more, that is its own name.

    Raises:
        LocalError: It is there, and cannot be read.
    """
    try:
        with _opened(path) as file:
            return _name_of(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return path.name
    except OSError as error:
        raise regular_files.cannot_read(path, error) from error


def _named(path: Path) -> BinaryIO:
    return open(0, "rb", closefd=False) if path == _STDIN else path.open("rb")


def _opened(path: Path) -> BinaryIO:
    """Open a list; one may be a link, but not where a copy of ours belongs."""
    return regular_files.open_for_reading(path, follow=re.fullmatch(_KEPT, path.name) is None)


def _text(keys: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow((COLUMN,))
    rows.writerows((key,) for key in keys)
    return text.getvalue().encode()


def _name_of(data: bytes) -> str:
    return f"keys-{hashlib.blake2b(data, digest_size=5).hexdigest()}.csv"


def _decoded(data: bytes) -> str:
    encodings = ["utf-8", "gb18030"]
    if b"\0" in data and not text_files.marked(data):  # no key has one: UTF-16 without its mark
        wide = ("utf-16-le", "utf-16-be")
        encodings = [one for one in wide if "\n" in data.decode(one, "replace")]
        if not encodings:
            raise _BadLine(1, _("contains a NUL character"), _ACCEPTED)
    try:
        return text_files.decoded(data, *encodings)
    except text_files.NotTextError as error:
        raise _BadLine(error.line, _("text in an unknown encoding"), _ENCODINGS) from error


def _rows(text: str, *, is_csv: bool) -> Iterator[tuple[int, str]]:
    """Yield the number of a line and the key on it."""
    lines, first = io.StringIO(text, newline=""), 1
    head, delimiters = lines.readline().rstrip("\r\n"), _DELIMITERS
    if head.lower().startswith("sep=") and head[4:] in _DELIMITERS:  # a note of Excel to itself
        delimiters = (head[4:],)
        head, first = lines.readline().rstrip("\r\n"), 2
    for delimiter in delimiters if len(head) <= _LONGEST_LINE else ():
        columns = [one.strip(" ").lower() for one in next(csv.reader([head], delimiter=delimiter))]
        if len(columns) == 1 and not is_csv:
            continue  # a key may be named like a column
        if COLUMN in columns:
            return _table(lines, delimiter, columns, first)
        if not _OTHER_COLUMNS.isdisjoint(columns):
            accepted = _("the columns are {names}").format(names=", ".join(columns))
            raise _BadLine(first, _("no column is named 'key'"), accepted)
    return _plain(text, is_csv=is_csv)


def _table(
    lines: io.StringIO, delimiter: str, columns: list[str], before: int
) -> Iterator[tuple[int, str]]:
    """Yield the keys of a table's rows; `lines` begin after its head, which is line `before`."""
    at, rows = columns.index(COLUMN), csv.reader(lines, delimiter=delimiter, strict=True)
    line = before
    try:
        for row in rows:
            begun, line = line + 1, before + rows.line_num
            if not any(row):
                continue
            if len(row) <= at or not row[at]:
                raise _BadLine(begun, _("it has no key"), _("remove the line, or add its key"))
            if any(row[len(columns) :]):
                fields = _("{number} fields, but the first line names {columns}").format(
                    number=len(row), columns=len(columns)
                )
                accepted = _('put a key that contains a delimiter in quotes: "a,b"')
                raise _BadLine(begun, fields, accepted)
            yield begun, row[at]
    except csv.Error as error:
        reason = _("not a table row ({reason})").format(reason=error)
        raise _BadLine(line + 1, reason, _("check for an unclosed quote")) from error


def _plain(text: str, *, is_csv: bool) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not empty; of a .csv file, what is between their quotes."""
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        key = line.rstrip("\r\n")
        if not key:
            continue
        if len(key) <= _LONGEST_KEY and (re.match(_NO_KEY, key) or line_with_access_key(key)):
            reason = _("this looks like another kind of file, not a list of keys")
            raise _BadLine(number, reason, _TABLE)
        if key.startswith("oss://"):
            reason = _("this is an address, not a key")
            raise _BadLine(
                number, reason, _("leave out 'oss://BUCKET/'; {table}").format(table=said(_TABLE))
            )
        if is_csv and len(key) <= _LONGEST_LINE:  # what is longer is refused as a key
            fields = next(csv.reader([key]))
            if len(fields) > 1:
                raise _BadLine(number, _("several columns, but none is named 'key'"), _ACCEPTED)
            [key] = fields
        yield number, key


def _checked(key: str, line: int) -> str:
    if len(key.encode()) > _LONGEST_KEY:
        reason = _("'{key}…' is too long for a key").format(key=printable(key[:40]))
        raise _BadLine(line, reason, _ACCEPTED)
    return key
