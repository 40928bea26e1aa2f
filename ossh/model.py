"""The nouns of ossh: plain, frozen values that every layer shares."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class")

KIB = 1024
MIB = 1024 * KIB
NO_PROXY = "none"  # in the place of a proxy's URL: go without one, whatever the environment says
# Variables that name a file of certificates to trust instead of our own, the first one first.
CA_BUNDLE_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


def short_repr(self: Any) -> str:  # noqa: ANN401 - any dataclass
    """Return the repr of a dataclass without the fields that have their default value."""
    shown = []
    for one in fields(self):
        made = one.default if one.default_factory is NO_DEFAULT else one.default_factory()
        if one.repr and (own := getattr(self, one.name)) != made:
            shown.append(f"{one.name}={own!r}")
    return f"{type(self).__name__}({', '.join(shown)})"


def _equal(self: Any, other: Any) -> Any:  # noqa: ANN401 - any two values; or NotImplemented
    if type(other) is not type(self):
        return NotImplemented
    return self._facts(self) == self._facts(other)


def _hash(self: Any) -> int:  # noqa: ANN401 - any value
    return hash(self._facts(self))


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[_Class]) -> type[_Class]:
    """Make a class a slotted dataclass whose fields never change.

    Several are made for each object, so it is the type checker that refuses to change one: if
    Python itself did, making a value would cost four times as much. And there are a hundred such
    classes, made at each start: of each only `__init__` is compiled, the other methods are shared.
    """
    shared = {"__repr__": short_repr, "__eq__": _equal, "__hash__": _hash}
    for name in shared.keys() - vars(cls).keys():
        setattr(cls, name, shared[name])
    cls.__doc__ = cls.__doc__ or cls.__name__  # else a signature, which takes as long to find out
    made: Any = dataclass(slots=True, repr=False, eq=False)(cls)
    made._facts = attrgetter(*made.__dataclass_fields__)  # noqa: SLF001 - ours
    return made  # type: ignore[no-any-return] # what `attrgetter` reads is no field


class Status(StrEnum):
    """Where an entry stands. No status says "running": to resume is to run again."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # was at the target already, and the same
    ARCHIVED = "archived"  # must be restored before it can be read
    GONE = "gone"  # listed, or named by a list, but not in the bucket

    @property
    def is_at_target(self) -> bool:
        return self in AT_TARGET

    @property
    def is_resumable(self) -> bool:
        """Return whether what is on disk of an unfinished object is of use to a later attempt."""
        return self is Status.PENDING or self is Status.FAILED


AT_TARGET = (Status.DONE, Status.SKIPPED)
MISSING = (Status.FAILED, Status.ARCHIVED, Status.GONE)  # and not to be had by resuming alone


class Cause(StrEnum):
    """Why a request or an object failed. Closed: `retry_policy` has one decision for each."""

    # charged, tried again
    TIMEOUT = "timeout"
    RESET = "reset"
    SERVER = "server-error"  # 500, 502, 504 and other 5xx that are not throttling
    SHORT_BODY = "short-body"
    CORRUPT = "corrupt"  # CRC64, MD5 or length differs from what the service says
    STALL = "stall"
    BLOCKED = "blocked"  # something other than OSS answers, for this object only
    TLS = "tls"
    IN_USE = "in-use"  # another program has the local file open
    WORKER_LOST = "worker-lost"  # the process of this machine that fetched it was killed, or hung
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


# Types and classes of objects, as the service names them; others go by their names alone.
NORMAL, SYMLINK, STANDARD = "Normal", "Symlink", "Standard"
# What must be restored before it is read; but for Archive where it can be read in real time.
ARCHIVE_CLASSES = frozenset({"Archive", "ColdArchive", "DeepColdArchive"})


@value
class ObjectInfo:
    """One object as a listing or a HEAD shows it."""

    key: str
    size: int  # bytes
    etag: str  # without quotes; compared, never read as MD5 unless the type is Normal
    last_modified: datetime  # aware, UTC
    type: str = NORMAL  # or SYMLINK, Multipart, Appendable
    storage_class: str = STANDARD
    thaw: Thaw = Thaw.NONE
    version_id: str = ""  # "" for whichever is current

    @property
    def is_symlink(self) -> bool:
        return self.type == SYMLINK

    @property
    def is_frozen(self) -> bool:
        """Return whether it is archived and not restored."""
        return self.storage_class in ARCHIVE_CLASSES and self.thaw is not Thaw.DONE


@value
class ObjectVersion:
    """One version of an object, or a delete marker: the record that the object was deleted."""

    info: ObjectInfo  # of a delete marker only key, time and version id count
    is_latest: bool
    is_marker: bool = False


@value
class ObjectStat:
    """What a HEAD says of one object."""

    info: ObjectInfo
    headers: Mapping[str, str]  # all of them, by lower-case name, in order of arrival


@value
class BucketInfo:
    """One bucket of the account."""

    name: str
    region: str  # cn-hangzhou
    endpoint: str  # of the kind that was asked: public or internal
    created: datetime  # aware, UTC


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
        return self.stop - self.start


@value
class Part(ByteRange):
    """A finished piece of a large object in its partial file, with the CRC64 of its bytes."""

    crc64: int


@value
class OwnFile:
    """A file that ossh wrote, or proved byte for byte, as it was then."""

    size: int  # bytes; of a link 0
    modified: int  # nanoseconds since 1970, as read back from the disk; of a link 0
    crc64: int  # of its bytes; of a link, of the path that it points to
    is_link: bool = False  # made by ossh; its size and time do not matter


@value
class Entry:
    """One object of a job: a row of its manifest."""

    row: int
    key: str
    path: str  # below the target, segments joined by "/"
    size: int  # bytes
    etag: str
    last_modified: datetime  # aware, UTC
    type: str = NORMAL
    storage_class: str = STANDARD
    status: Status = Status.PENDING
    attempts: int = 0  # charged attempts of the present or last run
    failure: Failure | None = None
    own: OwnFile | None = None  # what ossh left in its place; maybe of an earlier version
    proof: Proof | None = None  # that `own` is the object; without `own` see `is_refuted`
    finished: datetime | None = None  # aware, UTC
    version_id: str = ""  # "" for whichever is current
    parts: tuple[Part, ...] = ()  # finished parts, filled in for pending entries only

    def __hash__(self) -> int:
        return self.row  # of one job

    @property
    def is_symlink(self) -> bool:
        return self.type == SYMLINK

    @property
    def info(self) -> ObjectInfo:
        """Return its object, as far as it is known."""
        return ObjectInfo(
            self.key,
            self.size,
            self.etag,
            self.last_modified,
            self.type,
            self.storage_class,
            version_id=self.version_id,
        )

    @property
    def finished_seconds(self) -> float | None:
        """Return when it was finished, in epoch seconds."""
        return None if self.finished is None else self.finished.timestamp()

    @property
    def is_current(self) -> bool:
        """Return whether what ossh left in its place is this version of the object."""
        return self.own is not None and self.proof is not None

    def is_disproved_by(self, info: ObjectInfo) -> bool:
        """Return whether the file in its place cannot be its object as `info` describes it."""
        moments = (info.last_modified.timestamp(), self.last_modified.timestamp())
        is_same = int(moments[0]) == int(moments[1])  # HTTP knows whole seconds alone
        if not info.is_symlink:  # whose row has size and ETag of what it leads to
            is_same = is_same and (info.size, info.etag) == (self.size, self.etag)
        # a file that has the size of both versions is that of the former one
        return not is_same and (self.own is not None or info.size == self.size)

    @property
    def is_refuted(self) -> bool:
        """Return whether a file that is not ours was found not to be the object.

        Its size and date prove nothing then.
        """
        return self.own is None and self.proof is not None and not self.status.is_at_target


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
    as_of: datetime | None = None  # aware; the bucket as it was then, None: as it is


@value
class Signed:
    """A request ready to be sent."""

    url: str
    headers: tuple[str, ...] = field(repr=False)  # "Name: value"; may carry a security token


@value
class Route:
    """How requests travel: a matter of this machine, so no job file holds it."""

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
    flat: bool = False  # all files lie in the directory itself, named by the last part of their key
    strip_prefix: int = 0  # folders at the start of a key's name that its path leaves out
    mirror: bool = False  # files whose objects are gone are moved to the target's trash
    max_gone: str = "50%"  # how many of the objects may be gone at once, for that; or "500"


MOST_CONNECTIONS = 1024
MOST_PROCESSES = 64


@value
class TransferSettings:
    """How a job moves bytes."""

    connections: int = 512  # at most; how many help is found out
    part_size: int = 16 * MIB  # bytes
    max_attempts: int = 3  # in a run, the first included
    rate: int = 0  # bytes per second, 0 = no limit
    patience_seconds: float = 3600.0  # longest wait for a service or network that was there before
    processes: int = 0  # of a run; 0: as many as help
    durable: bool = False  # a row says that a file is here once that outlasts a power cut


@value
class Counts:
    """How many entries of a manifest stand where, and their bytes."""

    objects: Counter[Status] = field(default_factory=Counter)
    size: Counter[Status] = field(default_factory=Counter)  # bytes

    @property
    def total(self) -> int:
        return self.objects.total()

    @property
    def total_size(self) -> int:
        return self.size.total()

    @property
    def at_target(self) -> int:
        return sum(self.objects[status] for status in AT_TARGET)

    @property
    def size_at_target(self) -> int:
        return sum(self.size[status] for status in AT_TARGET)

    @property
    def missing(self) -> int:
        """Return the number of entries that failed, are archived or gone."""
        return sum(self.objects[status] for status in MISSING)
