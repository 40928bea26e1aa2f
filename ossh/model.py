"""The nouns of ossh: plain, frozen values that every layer shares."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")

KIB = 1024
MIB = 1024 * KIB
NO_PROXY = "none"  # in the place of a proxy's URL: go without one, whatever the environment says


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[_Class]) -> type[_Class]:
    """Make a class a slotted dataclass whose fields never change.

    For values of which each object takes several on its way: the type checker refuses to change
    one. Python itself would refuse as well, but then makes each at four times the cost.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


class Status(StrEnum):
    """Where an entry stands. No status says "running": to resume is to run again."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # was at the target already, and the same
    ARCHIVED = "archived"  # must be restored before it can be read
    GONE = "gone"  # listed, but deleted since


class Cause(StrEnum):
    """Why a request or an object failed; closed, so that each has one answer (see scheduler)."""

    # charged, tried again
    TIMEOUT = "timeout"
    RESET = "reset"
    SERVER = "server-error"  # 500, 502, 504 and other 5xx that are not throttling
    SHORT_BODY = "short-body"
    CORRUPT = "corrupt"  # CRC64, MD5 or length differs from what the service says
    STALL = "stall"
    BLOCKED = "blocked"  # something else than OSS answers, for this object only
    TLS = "tls"
    # charged, not tried again
    DENIED = "denied"
    KMS = "kms-refused"  # the key service does not give the key that an object is encrypted with
    GONE = "gone"
    REFUSED = "refused"  # any other 4xx
    LOCAL_CONFLICT = "local-conflict"
    CANNOT_WRITE = "cannot-write"
    # waited out, uncharged
    THROTTLED = "throttled"
    NETWORK = "network"  # the service cannot be reached at all
    NOT_OSS = "not-oss"  # a proxy's or portal's answer
    EXPIRED = "credentials-expired"
    CLOCK = "clock-skew"
    NO_WORKER = "no-worker"  # no other machine is there that would fetch
    # planned again, uncharged
    CHANGED = "changed"
    ARCHIVED = "archived"
    # the run stops
    BAD_CREDENTIALS = "bad-credentials"
    NO_BUCKET = "no-such-bucket"
    WRONG_ENDPOINT = "wrong-endpoint"
    DISK_FULL = "disk-full"
    READ_ONLY = "read-only"  # the target's file system
    TARGET_GONE = "target-gone"  # unplugged, unmounted, moved
    TOO_MANY_FILES = "too-many-files"  # open at once, says the system


class Proof(StrEnum):
    """How the bytes of a finished file were proved."""

    CRC64 = "crc64"
    MD5 = "md5"  # the ETag of an object of type Normal
    LENGTH = "length"  # nothing better was offered by the service
    LINK = "link"  # recorded as a local link, which leads where it should


class Thaw(StrEnum):
    """How far an archived object is on its way to being readable for a while."""

    NONE = ""  # nobody asked for that, or its time is over
    ONGOING = "thawing"
    DONE = "thawed"


# What must be restored before it is read; but for Archive where it can be read in real time.
ARCHIVE_CLASSES = frozenset({"Archive", "ColdArchive", "DeepColdArchive"})


@value
class ObjectInfo:
    """One object as a listing or a HEAD shows it."""

    key: str
    size: int  # bytes
    etag: str  # without quotes; compared, never read as MD5 unless the type is Normal
    last_modified: datetime  # aware, UTC
    type: str = "Normal"  # Normal, Multipart, Appendable, Symlink
    storage_class: str = "Standard"
    thaw: Thaw = Thaw.NONE

    @property
    def is_frozen(self) -> bool:
        """Return whether it is archived and not restored."""
        return self.storage_class in ARCHIVE_CLASSES and self.thaw is not Thaw.DONE


@value
class Failure:
    """Why one request failed, as a value that can cross a thread."""

    cause: Cause
    code: str  # the service's error code, or a name of ours such as "timed out"
    message: str  # one line, safe to print, never a secret
    request_id: str = ""
    wait_seconds: float = 0.0  # what the service asked for (Retry-After, x-oss-qos-delay-time)
    endpoint: str = ""  # host that the service names instead of a wrong one


@value
class ByteRange:
    """Bytes `start` up to, not including, `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Return the number of bytes."""
        return self.stop - self.start


@value
class Part:
    """A finished piece of a large object in its partial file, with the CRC64 of its bytes."""

    start: int
    stop: int
    crc64: int

    @property
    def length(self) -> int:
        """Return the number of bytes."""
        return self.stop - self.start


@value
class Entry:
    """One object of a job: a row of its manifest."""

    row: int
    key: str
    path: str  # below the target, segments joined by "/"
    size: int  # bytes
    etag: str
    last_modified: datetime  # aware, UTC
    type: str = "Normal"
    storage_class: str = "Standard"
    status: Status = Status.PENDING
    attempts: int = 0  # charged attempts of the present or last run
    failure: Failure | None = None
    proof: Proof | None = None
    crc64: int | None = None
    finished: datetime | None = None  # aware, UTC
    parts: tuple[Part, ...] = ()  # finished parts, filled in for pending entries only

    @property
    def finished_seconds(self) -> float | None:
        """Return when it was finished, in epoch seconds."""
        return None if self.finished is None else self.finished.timestamp()


@value
class Source:
    """Where objects come from; never holds a credential."""

    endpoint: str  # with scheme: https://oss-cn-hangzhou.aliyuncs.com
    region: str  # cn-hangzhou, or "" when not known (V1 signatures then)
    bucket: str
    prefix: str = ""
    profile: str = ""  # names a source of credentials; "" takes the first found
    addressing: str = "auto"  # auto (virtual host; path style for an IP or localhost) or cname
    anonymous: bool = False
    requester_pays: bool = False
    sign_host: bool = True  # false: for a gateway on the way that rewrites the Host header


@value
class Route:
    """By which way requests travel; of this machine, so that no job file keeps it."""

    proxy: str = field(default="", repr=False)  # with its password; "": of the environment
    ca_bundle: str = ""  # file of trusted certificates; "": of the environment, else our own
    is_verified: bool = True  # whether a server must prove by a certificate who it is


@value
class Target:
    """Where files go."""

    directory: str  # relative ones count from the job file's folder
    names: str = "native"  # native, or portable: names that every system accepts
    existing: str = "keep"  # keep a file that changed since it was downloaded, or replace it
    links: str = "follow"  # fetch what a symlink leads to, or record: make it a local link
    file: str = ""  # what the job's one object is called there; "": the end of its key


@value
class TransferSettings:
    """How a job moves bytes."""

    connections: int = 512  # at most; how many help is found out
    part_size: int = 16 * MIB  # bytes
    max_attempts: int = 3  # in a run, the first included
    rate: int = 0  # bytes per second, 0 = no limit
    patience_seconds: float = 3600.0  # longest wait for a service or network that was there before


@value
class Counts:
    """How many entries of a manifest stand where, and their bytes."""

    objects: dict[Status, int]
    size: dict[Status, int]  # bytes

    @property
    def total(self) -> int:
        """Return the number of entries of any status."""
        return sum(self.objects.values())

    @property
    def total_size(self) -> int:
        """Return the bytes of entries of any status."""
        return sum(self.size.values())
