r"""The text of a job file, both ways.

    version = 1                      # of this format; the job's name is the file's
    created = 2026-11-25T08:00:00Z   # may be missing
    once = false                     # true: the job is removed once its one object is here

    [source]
    endpoint = "https://oss-cn-hangzhou.aliyuncs.com"
    region = "cn-hangzhou"           # may be missing: signatures of version 1 then
    bucket = "my-bucket"
    prefix = "logs/2026/"            # may be missing: the whole bucket
    keys = "keys-3f2a9c1d05.csv"     # may be missing; else only these keys, from any prefix; the
                                     # list lies beside this file or below
    key = "logs/2026/a.gz"           # instead of `prefix`: this object alone
    version_id = "CAEQNhiBgMDJgZ…"   # may be missing; else this version of `key`
    inventory = "oss://reports/my-bucket/weekly/2026-01-01T00-00Z/manifest.json"
                                     # may be missing; else read instead of listing the bucket
    profile = "work"                 # where credentials come from; never the credentials
    addressing = "auto"              # or "cname": the endpoint is a domain of the bucket's own
    anonymous = false
    requester_pays = false
    sign_host = true                 # false: for a gateway that rewrites the Host header

    [filter]                         # all may be missing
    suffix = [".gz"]                 # ends of keys
    glob = ["2026-0?/*.csv"]         # whole names as in a file shell, relative to the prefix
    include = ["2026-*/**"]          # globs as in .gitignore, relative to the prefix
    exclude = ["**/tmp/**"]
    min_size = "1KiB"                # or a number of bytes
    max_size = "1GiB"
    newer = 2026-01-01T00:00:00Z     # or "7d"
    older = "365d"
    regex = ['/\d{4}-\d\d-']          # found anywhere in the whole key
    class = ["Standard", "IA"]       # storage classes
    shard = "3/16"                   # the third of 16 shares, by a hash of the key

    [target]
    directory = "../logs"            # counts from this file's folder
    file = "a.gz"                    # may be missing; what the one object is called there
    names = "native"                 # or "portable": names that every system accepts
    existing = "keep"                # or "replace" files that changed since they were fetched
    links = "follow"                 # or "record": make symlinks local links, where possible

    [transfer]                       # all may be missing
    connections = 512
    part_size = "16MiB"
    max_attempts = 3
    rate = "0"                       # bytes per second; 0 = no limit
    patience = "1h"                  # longest wait for a service that was there before

Other names are errors, and so is anything that looks like a secret.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import tomli_w

from ossh import shard
from ossh.errors import JobFileError, UsageError
from ossh.job.keys import lies_below
from ossh.job.privacy import line_with_access_key, secret_fields
from ossh.job.table import Table
from ossh.job.wish import Job
from ossh.language import _
from ossh.model import Source, Target, TransferSettings
from ossh.paths import printable
from ossh.selection import Selection
from ossh.units import format_moment, format_setting_duration, format_setting_size

VERSION = 1
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # when a file does not say when it was created
_DEFAULT = TransferSettings()
_MOST_CONNECTIONS = 1024
_MOST_ATTEMPTS = 100
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_INVENTORY = re.compile(rf"oss://{_BUCKET.pattern}/.*\.json", re.DOTALL)

Value = str | int | bool | datetime | tuple[str, ...]


def loads(text: str, path: Path) -> Job:
    """Return the job that a text describes.

    Args:
        text: TOML.
        path: Of the job file: it names the job, and relative targets count from its folder.

    Raises:
        JobFileError: Names the file, the line or field, the reason, and what is accepted.
    """
    if line := line_with_access_key(text):
        raise _secret(path, _("line {line} contains an access key or token").format(line=line))
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
        f"version = {VERSION}                      # the job's name is the file's",
        f"created = {_toml(job.created)}",
    ]
    if job.once:
        lines.append(f"{'once = true':<32} # removed once its object is here")
    for name, fields in _tables(job):
        lines += ["", f"[{name}]"]
        for field, value in fields:
            comment = _COMMENTS.get(field, "")
            line = f"{field} = {_toml(value)}"
            lines.append(f"{line:<32} # {comment}" if comment else line)
    text = "\n".join(lines) + "\n"
    if not _is_unicode(text):
        raise JobFileError(
            _("'{path}': it contains a name that is not valid Unicode").format(
                path=printable(str(job.path))
            ),
            hint=_("choose a target whose path is valid Unicode"),
        )
    loads(text, job.path)
    return text


def _is_unicode(text: str) -> bool:
    """Tell whether a text can be written; names of POSIX files need not be."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_COMMENTS = {
    "keys": "only these",
    "key": "this object alone",
    "version_id": "of the key above",
    "profile": "where credentials come from; never the credentials",
    "names": 'or "portable": names that every system accepts',
    "rate": "bytes/s, 0 = no limit",
}


def _tables(job: Job) -> Iterator[tuple[str, list[tuple[str, Value]]]]:
    yield "source", list(_source_fields(job))
    if not job.selection.is_empty:
        yield "filter", list(_filter_fields(job.selection))
    yield "target", list(_target_fields(job.target))
    yield "transfer", list(_transfer_fields(job.transfer))


def _source_fields(job: Job) -> Iterator[tuple[str, Value]]:
    source = job.source
    yield "endpoint", source.endpoint
    if source.region:
        yield "region", source.region
    yield "bucket", source.bucket
    yield "key" if job.is_key else "prefix", source.prefix
    if job.keys:
        yield "keys", job.keys
    if job.version_id:
        yield "version_id", job.version_id
    if job.inventory:
        yield "inventory", job.inventory
    if source.profile:
        yield "profile", source.profile
    if source.addressing != "auto":
        yield "addressing", source.addressing
    if source.anonymous:
        yield "anonymous", True
    if source.requester_pays:
        yield "requester_pays", True
    if not source.sign_host:
        yield "sign_host", False


def _filter_fields(selection: Selection) -> Iterator[tuple[str, Value]]:
    lists = {
        "suffix": selection.suffix,
        "glob": selection.glob,
        "include": selection.include,
        "exclude": selection.exclude,
    }
    yield from ((name, values) for name, values in lists.items() if values)
    sizes = {"min_size": selection.min_size, "max_size": selection.max_size}
    yield from ((n, format_setting_size(size)) for n, size in sizes.items() if size is not None)
    moments = {"newer": selection.newer, "older": selection.older}
    for name, moment in moments.items():
        if moment is not None:
            yield name, format_moment(moment) if isinstance(moment, timedelta) else moment
    if selection.regex:
        yield "regex", selection.regex
    if selection.storage_class:
        yield "class", selection.storage_class
    if selection.shard is not None:
        yield "shard", str(selection.shard)


def _target_fields(target: Target) -> Iterator[tuple[str, Value]]:
    yield "directory", target.directory
    if target.file:
        yield "file", target.file
    yield "names", target.names
    if target.existing != "keep":
        yield "existing", target.existing
    if target.links != "follow":
        yield "links", target.links


def _transfer_fields(transfer: TransferSettings) -> Iterator[tuple[str, Value]]:
    yield "connections", transfer.connections
    yield "part_size", format_setting_size(transfer.part_size)
    yield "max_attempts", transfer.max_attempts
    yield "rate", format_setting_size(transfer.rate)
    if transfer.patience_seconds != _DEFAULT.patience_seconds:
        yield "patience", format_setting_duration(transfer.patience_seconds)


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
    version = table.number("version", None, 0, 1 << 31)
    if version > VERSION:
        raise JobFileError(
            _("'{path}' has format {version}, this ossh knows formats up to {known}").format(
                path=path, version=version, known=VERSION
            ),
            hint=_("use the newer ossh that wrote it"),
        )
    if version < VERSION:
        table.refuse("version", _("is {what}").format(what=version), str(VERSION))
    created = table.moment("created")
    if isinstance(created, timedelta):
        table.refuse("created", _("is relative"), _("a date such as 2026-01-01T08:00:00Z"))
    once = table.flag("once", default=False)
    source, is_key, keys, version_id, inventory = _source(table.table("source"), path.parent)
    if once and not is_key:
        table.refuse("once", _("needs a key"), _("it together with [source] key"))
    job = Job(
        path=path,
        created=created or _UNKNOWN,
        source=source,
        selection=_selection(table.table("filter"), path),
        target=_target(table.table("target"), is_key=is_key),
        transfer=_transfer(table.table("transfer")),
        keys=keys,
        is_key=is_key,
        version_id=version_id,
        inventory=inventory,
        once=once,
    )
    table.finish()
    return job


def _source(table: Table, folder: Path) -> tuple[Source, bool, str, str, str]:
    """Return the source, and what of it.

    That is: whether the prefix is one key, a list of keys, a version of one, an inventory's rows.
    """
    key = table.text("key", "")
    source = Source(
        endpoint=_endpoint(table),
        region=table.text("region", ""),
        bucket=table.text("bucket"),
        prefix=table.text("prefix", "") or key,
        profile=table.text("profile", ""),
        addressing=table.choice("addressing", "auto", ("auto", "cname")),
        anonymous=table.flag("anonymous", default=False),
        requester_pays=table.flag("requester_pays", default=False),
        sign_host=table.flag("sign_host", default=True),
    )
    keys, version_id = table.text("keys", ""), table.text("version_id", "")
    inventory = table.text("inventory", "")
    table.finish()
    if not _BUCKET.fullmatch(source.bucket):
        table.refuse(
            "bucket", _("is not a bucket name"), _("only the name: letters, digits and '-'")
        )
    if "\0" in keys:
        table.refuse("keys", _("contains a NUL character"), _("a path that this system accepts"))
    if keys and not lies_below(keys, folder):
        table.refuse(
            "keys",
            _("lies outside the folder of the job file, or is hidden"),
            _(
                "a file in that folder or below it, as a relative path without '..', names that "
                "start with '.', or links that lead out"
            ),
        )
    if key and (keys or key != source.prefix):
        table.refuse("key", _("cannot be combined with 'prefix' or 'keys'"), _("only one of them"))
    if version_id and not key:
        table.refuse("version_id", _("needs a key"), _("it together with 'key'"))
    if inventory and not _INVENTORY.fullmatch(inventory):
        table.refuse(
            "inventory", _("is not the address of an inventory"), "oss://BUCKET/…/manifest.json"
        )
    if inventory and (keys or key):
        table.refuse(
            "inventory", _("cannot be combined with 'key' or 'keys'"), _("only one of them")
        )
    return source, bool(key), keys, version_id, inventory


def _endpoint(table: Table) -> str:
    """Return the endpoint with its scheme, https unless http is written."""
    text = table.text("endpoint")
    url = (text if "://" in text else f"https://{text}").rstrip("/")
    if not _is_address(url):
        table.refuse("endpoint", _("is not an address"), '"https://oss-cn-hangzhou.aliyuncs.com"')
    return url


def _is_address(url: str) -> bool:
    """Tell whether a URL is only a scheme and a host, perhaps with a port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_bare = url == f"{parts.scheme}://{parts.netloc}" and not re.search(r"[\s@]", url)
    return is_bare and parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0


def _selection(table: Table, path: Path) -> Selection:
    suffix, include, exclude = (table.texts(name) for name in ("suffix", "include", "exclude"))
    glob = table.texts("glob")
    smallest, largest = table.optional_size("min_size"), table.optional_size("max_size")
    newer, older = table.moment("newer"), table.moment("older")
    regex, classes = table.texts("regex"), table.texts("class")
    share = table.text("shard", "")
    table.finish()
    try:
        return Selection(
            suffix,
            include,
            exclude,
            smallest,
            largest,
            newer,
            older,
            regex,
            classes,
            shard=shard.parse(share) if share else None,
            glob=glob,
        )
    except UsageError as error:
        hint = error.hint or _("change or remove one of the filters")
        text = _("'{path}': [filter] {error}").format(path=path, error=printable(str(error)))
        raise JobFileError(text, hint=hint) from error


def _target(table: Table, *, is_key: bool) -> Target:
    target = Target(
        directory=table.text("directory"),
        file=table.text("file", ""),
        names=table.choice("names", "native", ("native", "portable")),
        existing=table.choice("existing", "keep", ("keep", "replace")),
        links=table.choice("links", "follow", ("follow", "record")),
    )
    table.finish()
    if "\0" in target.directory:
        table.refuse(
            "directory", _("contains a NUL character"), _("a path that this system accepts")
        )
    if target.file and not is_key:
        table.refuse("file", _("needs a key"), _("it together with [source] key"))
    if target.file in {".", ".."} or not set("/\0").isdisjoint(target.file):
        table.refuse("file", _("is not a file name"), _("a name without '/'"))
    return target


def _transfer(table: Table) -> TransferSettings:
    transfer = TransferSettings(
        connections=table.number("connections", _DEFAULT.connections, 1, _MOST_CONNECTIONS),
        part_size=table.size("part_size", _DEFAULT.part_size, smallest=1),
        max_attempts=table.number("max_attempts", _DEFAULT.max_attempts, 1, _MOST_ATTEMPTS),
        rate=table.size("rate", _DEFAULT.rate),
        patience_seconds=table.duration("patience", _DEFAULT.patience_seconds),
    )
    table.finish()
    return transfer


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
    found = re.fullmatch(r"(.*?) \(at (.*)\)", text, re.DOTALL)
    reason, place = (found[1], found[2]) if found else (text, "")
    where = f", {place}" if place else ""
    return JobFileError(
        f"'{path}'{where}: {printable(reason[:1].lower() + reason[1:])}",
        hint=_('accepted: TOML, with [table] lines and field = "text", 5, true, ["a", "b"]'),
    )
