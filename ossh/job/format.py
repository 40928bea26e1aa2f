"""The text of a job file, both ways.

What each field means is in `docs/job-file.md`, how it is read and written in `fields`. Other names
are errors, and so is anything that looks like a secret.
"""

import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w

from ossh.errors import JobFileError, UsageError
from ossh.job.fields import FILTER, SOURCE, TARGET, TRANSFER, Value, past, read, written
from ossh.job.job import Job
from ossh.job.key_list import lies_below
from ossh.job.secrets import line_with_access_key, secret_fields
from ossh.job.toml_table import Table
from ossh.language import _
from ossh.model import Source, Target, TransferSettings
from ossh.printable import printable
from ossh.selection import Selection

VERSION = 1
# Strings and comments, as TOML has them; one that does not end goes on to the end.
_NO_NAME = r'''(?sx)
    """ (?: \\. | [^\\] )*? (?: """ | \Z )
    | \'{3} .*? (?: \'{3} | \Z )
    | " (?: \\. | [^"\\\n] )* "?
    | \' [^\'\n]* \'?
    | \# [^\n]*
'''
# A name with more parts than the format has, which tomllib would read for minutes.
_DEEP_NAME = r"""[\w"-](?:[ \t]*+\.[ \t]*+[\w"-]++){4}"""
# Of these fields of the source, only one.
_ONE_OF = (
    *(("key", other) for other in ("prefix", "keys")),
    *(("as_of", other) for other in ("version_id", "inventory")),
    *(("inventory", other) for other in ("keys", "key")),
)
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # when a file does not say when it was created


def loads(text: str, path: Path) -> Job:
    """Return the job that a text describes.

    The path of the job file names the job, and relative targets count from its folder.

    Raises:
        JobFileError: Names the file, the line or field, the reason, and what is accepted.
    """
    if line := line_with_access_key(text):
        raise _secret(path, _("line {line} contains an access key or token").format(line=line))
    if re.search(_DEEP_NAME, re.sub(_NO_NAME, '""', text)):
        raise _not_toml(path, _("lists or tables are nested too deeply"))
    try:
        values = tomllib.loads(text)
        secrets = list(secret_fields(values))
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, str(error)) from None  # it would quote from the text
    except RecursionError:
        raise _not_toml(path, _("lists or tables are nested too deeply")) from None
    except ValueError:  # Python reads numbers of a few thousand digits at most
        raise _not_toml(path, _("a number has too many digits")) from None
    for table, field in secrets:
        where = " ".join(part for part in (table and f"[{table}]", field) if part)
        raise _secret(
            path,
            _("'{field}' looks like a secret").format(field=where)
            if where
            else _("it contains a secret"),
        )
    return _job(Table(path, text, "", values), path)


def dumps(job: Job) -> str:
    """Return the text of a job; what has its usual value is left out, if it would only distract.

    Raises:
        JobFileError: The job holds what `loads` would refuse, such as a secret.
    """
    lines = [
        _line("version", VERSION, "the job's name is the file's"),
        _line("created", job.created),
    ]
    if job.once:
        lines.append(_line("once", value=True, comment="removed once its object is here"))
    for name, known, values in (
        ("source", SOURCE, _source_values(job)),
        ("filter", FILTER, _values(job.selection)),
        ("target", TARGET, _values(job.target)),
        ("transfer", TRANSFER, _values(job.transfer)),
    ):
        some = [_line(field.name, value, field.comment) for field, value in written(known, values)]
        if some:
            lines += ["", f"[{name}]", *some]
    text = "\n".join(lines) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError as error:  # names of POSIX files need not be
        raise JobFileError(
            _("'{path}': it contains a name that is not valid Unicode").format(
                path=printable(str(job.path))
            ),
            hint=_("choose a target whose path is valid Unicode"),
        ) from error
    loads(text, job.path)
    return text


def _values(one: Source | Selection | Target | TransferSettings) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}


def _source_values(job: Job) -> dict[str, Any]:
    """Return what the table of the source holds; a few of its fields are the job's own."""
    values = _values(job.source) | {
        "key": None,
        "keys": job.keys,
        "version_id": job.version_id,
        "inventory": job.inventory,
    }
    return values | {"key": job.source.prefix, "prefix": None} if job.is_key else values


def _line(name: str, value: Value, comment: str = "") -> str:
    line = f"{name} = {_toml(value)}"
    return f"{line:<32} # {comment}" if comment else line


def _toml(value: Value) -> str:
    """Return a value as TOML, on one line."""
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    text = tomli_w.dumps({"x": value}).removeprefix("x = ").removesuffix("\n")
    if text.isprintable():
        return text
    # TOML needs no escape for characters that reverse a line, but people who read the file do.
    # Surrogates have none, and are refused when the whole text is read again.
    return "".join(
        one if one.isprintable() or "\ud800" <= one <= "\udfff" else f"\\U{ord(one):08X}"
        for one in text
    )


def _job(table: Table, path: Path) -> Job:
    _check_version(table, path)
    created = table.read("created", past, _UNKNOWN)
    once = table.read("once", Table.flag, default=False)
    source = _source(table.table("source"), path.parent)
    if once and not source["is_key"]:
        table.refuse("once", _("needs a key"), _("only with [source] key"))
    return Job(
        path=path,
        created=created,
        selection=_selection(table.table("filter"), path),
        target=_target(table.table("target"), is_key=source["is_key"]),
        transfer=TransferSettings(**read(table.table("transfer"), TRANSFER)),
        once=once,
        **source,
    )


def _check_version(table: Table, path: Path) -> None:
    number = partial(Table.number, smallest=1, largest=1 << 31)
    version = table.read("version", number, None)
    if version is not None and version > VERSION:
        raise JobFileError(
            _("'{path}' has format {version}; this ossh reads formats up to {known}").format(
                path=path, version=version, known=VERSION
            ),
            hint=_("use the newer ossh that wrote it"),
        )
    table.expect(("version", "created", "once", "source", "filter", "target", "transfer"))
    table.read("version", number)  # now that nothing is misspelt, it is needed


def _source(table: Table, folder: Path) -> dict[str, Any]:
    """Return what a job has of its source: that, and which of its objects."""
    given = read(table, SOURCE)
    if given["keys"] and not lies_below(given["keys"], folder):
        table.refuse(
            "keys",
            _("is outside the folder of the job file, or hidden"),
            _(
                "a relative path to a file in that folder or below it, without '..', hidden "
                "names, or links that lead outside"
            ),
        )
    if given["version_id"] and not given["key"]:
        table.refuse("version_id", _("needs a key"), _("only with 'key'"))
    for field, other in _ONE_OF:
        if given[field] and given[other]:
            reason = _("cannot be combined with '{other}'").format(other=other)
            table.refuse(field, reason, _("only one of them"))
    of_job = {name: given.pop(name) for name in ("keys", "version_id", "inventory")}
    key = given.pop("key")
    source = Source(**given | {"prefix": given["prefix"] or key})
    return {"source": source, "is_key": bool(key), **of_job}


def _selection(table: Table, path: Path) -> Selection:
    values = read(table, FILTER)
    try:
        return Selection(**values | {"shard": values["shard"] or None})
    except UsageError as error:
        hint = error.hint or _("change or remove one of the filters")
        text = _("'{path}': [filter] {error}").format(path=path, error=printable(str(error)))
        raise JobFileError(text, hint=hint) from error


def _target(table: Table, *, is_key: bool) -> Target:
    target = Target(**read(table, TARGET))
    if target.file and not is_key:
        table.refuse("file", _("needs a key"), _("only with [source] key"))
    if target.flat and target.strip_prefix:
        reason = _("cannot be combined with '{other}'").format(other="flat")
        table.refuse("strip_prefix", reason, _("only one of them"))
    if target.mirror and is_key:
        table.refuse("mirror", _("cannot be combined with [source] key"), _("only with a prefix"))
    return target


def _secret(path: Path, reason: str) -> JobFileError:
    return JobFileError(
        _("'{path}': {reason}; secrets do not belong in job files").format(
            path=path, reason=reason
        ),
        hint=_(
            "keep it in the environment or ~/.ossutilconfig, refer to it with [source] "
            "profile, and remove it here; if the file was shared, replace the key"
        ),
    )


def _not_toml(path: Path, text: str) -> JobFileError:
    return JobFileError(
        f"'{path}': {printable(text[:1].lower() + text[1:])}",
        hint=_('accepted: TOML, with [table] lines and field = "text", 5, true, ["a", "b"]'),
    )
