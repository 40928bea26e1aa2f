"""A job as a value."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ossh.job import keys
from ossh.model import Source, Target, TransferSettings
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
    keys: str = ""  # a list of keys, which alone are wanted; counts from the job's folder
    is_key: bool = False  # the prefix is the key of the one object that is wanted
    version_id: str = ""  # of that object; "": what is there now
    inventory: str = ""  # oss://BUCKET/KEY of a manifest.json, read instead of listing the bucket
    once: bool = False  # nobody named it: it is removed when its one object is at the target

    @property
    def name(self) -> str:
        """Return the job's name, which is its file's."""
        return self.path.stem

    @property
    def manifest_path(self) -> Path:
        """Return where the manifest is: beside the job file."""
        return self.path.with_suffix(".sqlite")

    @property
    def keys_path(self) -> Path | None:
        """Return where the list of keys is; None when all that the prefix has may be wanted."""
        return self.path.parent / self.keys if self.keys else None

    @property
    def inventory_bucket(self) -> str:
        """Return the bucket that the inventory is in."""
        return self.inventory.removeprefix("oss://").partition("/")[0]

    @property
    def inventory_key(self) -> str:
        """Return the key of the inventory's manifest.json."""
        return self.inventory.removeprefix("oss://").partition("/")[2]

    @property
    def directory(self) -> Path:
        """Return the target as an absolute path; a relative one counts from the job's folder.

        A leading `~` is the user's home. `..` is taken literally, as `cd` does, so links on the way
        are not looked into.
        """
        wanted = os.path.expanduser(self.target.directory)  # noqa: PTH111 - pathlib's needs a home
        return Path(os.path.abspath(self.path.parent / wanted))  # noqa: PTH100 - no links, as said

    @property
    def real_directory(self) -> Path:
        """Return the target with links followed: where files really land."""
        return Path(
            os.path.realpath(self.directory)
        )  # unlike Path.resolve it takes circles of links


def same_work(one: Job, other: Job) -> bool:
    """Tell whether two jobs fetch the same objects to the same place."""
    return _work(one) == _work(other)


def _work(job: Job) -> tuple[object, ...]:
    return (
        job.source,
        job.keys,
        job.is_key,
        job.version_id,
        job.inventory,
        job.selection,
        _target(job),
    )


def _target(job: Job) -> Target:
    return replace(job.target, directory=str(job.directory))


def fingerprint(job: Job) -> str:
    """Return a text that changes when other objects are wanted: of source and filter.

    Kept in the manifest, it shows that a job file, or its list of keys, was edited since. Which
    credentials are used, how the bucket is addressed, or in which time zone a moment was written,
    makes no difference.
    """
    listed = keys.mark(job.keys_path) if job.keys_path else ""
    source = {"bucket": job.source.bucket, "prefix": job.source.prefix, "keys": listed}
    if job.is_key:
        source["is_key"] = "yes"
    if job.version_id:
        source["version_id"] = job.version_id
    if job.inventory:
        source["inventory"] = job.inventory
    # Only the rules in use: a kind of rule that is new to ossh leaves the jobs of before alone.
    rules = {
        name: value for name, value in asdict(job.selection).items() if value not in ((), None)
    }
    return json.dumps({"source": source, "filter": rules}, default=_text, ensure_ascii=False)


def _text(value: object) -> str:
    """Return the same text for the same moment, whatever time zone it was written in."""
    return str(value.astimezone(UTC) if isinstance(value, datetime) else value)


def place(job: Job) -> str:
    """Return the text by which a manifest remembers where its job has written."""
    return str(job.real_directory).encode(errors="backslashreplace").decode()


def same_source(one: str, other: str) -> bool:
    """Tell whether two fingerprints are of one bucket, prefix and list of keys."""
    try:
        sources = [json.loads(text)["source"] for text in (one, other)]
    except (ValueError, TypeError, KeyError):
        return False
    return bool(sources[0] == sources[1])
