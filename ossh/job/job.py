"""A job as a value."""

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ossh import paths
from ossh.job import key_list
from ossh.model import Source, Target, TransferSettings, short_repr
from ossh.selection import Selection


@dataclass(frozen=True, slots=True)
class Job:
    """What to fetch, and where to."""

    path: Path  # of the job file
    created: datetime  # aware
    source: Source
    selection: Selection
    target: Target
    transfer: TransferSettings = field(default_factory=TransferSettings)
    keys: str = ""  # file that lists the keys that are wanted; relative to the job's folder
    is_key: bool = False  # the prefix is the key of the one object that is wanted
    version_id: str = ""  # of that object; "": what is there now
    inventory: str = ""  # oss://BUCKET/KEY of a manifest.json, read instead of listing the bucket
    once: bool = False  # nobody named it: it is removed when its one object is at the target

    __repr__ = short_repr

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def manifest_path(self) -> Path:
        """Return where the manifest is: beside the job file."""
        return self.path.with_suffix(".sqlite")

    @property
    def keys_path(self) -> Path | None:
        """Return the file that lists the keys; None when any key below the prefix may be wanted."""
        return self.path.parent / self.keys if self.keys else None

    @property
    def is_of_versions(self) -> bool:
        """Return whether it wants what may not be current any more."""
        return bool(self.version_id or self.source.as_of)

    @property
    def may_grow(self) -> bool:
        """Return whether the bucket may get objects, some day, that it wants as well."""
        return not (self.is_key or self.keys or self.inventory or self.is_of_versions)

    @property
    def inventory_bucket(self) -> str:
        return self.inventory.removeprefix("oss://").partition("/")[0]

    @property
    def inventory_key(self) -> str:
        return self.inventory.removeprefix("oss://").partition("/")[2]

    @property
    def directory(self) -> Path:
        """Return the target as an absolute path; a relative one counts from the job's folder.

        A leading `~` is the user's home. `..` is taken literally, as `cd` does, whatever is a link
        on the way.
        """
        wanted = paths.expanded(self.target.directory)
        parent = paths.plain(str(self.path.parent))
        return Path(os.path.abspath(Path(parent, wanted)))  # noqa: PTH100 - no links, as said

    @property
    def real_directory(self) -> Path:
        """Return the target with links followed: where files really land."""
        return paths.real(self.directory)


def fingerprint(job: Job) -> str:
    """Return a text of source and filter that changes when other objects are wanted.

    Kept in the manifest, it shows that a job file, or its list of keys, was edited since. It makes
    no difference which credentials are used, how the bucket is addressed, or in which time zone a
    moment was written.
    """
    listed = key_list.fingerprint(job.keys_path) if job.keys_path else ""
    source = {"bucket": job.source.bucket, "prefix": job.source.prefix, "keys": listed}
    if job.is_key:
        source["is_key"] = "yes"
    if job.version_id:
        source["version_id"] = job.version_id
    if job.source.as_of is not None:
        source["as_of"] = _text(job.source.as_of)
    if job.inventory:
        source["inventory"] = job.inventory
    # Only the rules in use, so that a kind of rule that is new to ossh changes no older job.
    rules = {
        name: value for name, value in asdict(job.selection).items() if value not in ((), None)
    }
    return json.dumps({"source": source, "filter": rules}, default=_text, ensure_ascii=False)


def _text(value: object) -> str:
    """Return the same text for the same moment, whatever time zone it was written in."""
    return str(value.astimezone(UTC) if isinstance(value, datetime) else value)


def recorded_target(job: Job) -> str:
    return str(job.real_directory).encode(errors="backslashreplace").decode()


def wished_bucket(text: str) -> str:
    """Return the bucket of a fingerprint; "" if it does not say."""
    try:
        return str(json.loads(text)["source"]["bucket"])
    except (ValueError, TypeError, KeyError):
        return ""


def same_source(one: str, other: str) -> bool:
    """Return whether two fingerprints are of one bucket, prefix and list of keys."""
    try:
        sources = [json.loads(text)["source"] for text in (one, other)]
    except (ValueError, TypeError, KeyError):
        return False
    return bool(sources[0] == sources[1])
