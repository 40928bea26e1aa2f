"""What the service says of one object, in a reader's words and order. Pure.

Source: OSS API reference, "HeadObject".
"""

import re
from collections.abc import Iterator, Mapping

from ossh import protocol
from ossh.language import N_, Words
from ossh.model import ARCHIVE_CLASSES, ObjectStat, Thaw
from ossh.units import moment_at, told_moment, told_size

_META = "x-oss-meta-"
_EXPIRY = re.compile(r'expiry-date="([^"]*)"')

# By what is said of an object, the header that says it, in the order in which it is read.
_NAMES: Mapping[str, str] = {
    "crc64": protocol.CRC64,
    "md5": "content-md5",
    N_("link-to"): protocol.SYMLINK_TARGET,
    "content-type": "content-type",
    "content-encoding": "content-encoding",
    "content-language": "content-language",
    "content-disposition": "content-disposition",
    "cache-control": "cache-control",
    N_("expires"): "expires",
    N_("version"): "x-oss-version-id",
    N_("tags"): "x-oss-tagging-count",
    N_("rule"): "x-oss-expiration",
}
# Said in other words, or of the answer and not of the object.
_NOT_SAID = frozenset(
    {
        protocol.OBJECT_TYPE,
        protocol.STORAGE_CLASS,
        protocol.REQUEST_ID,
        "x-oss-server-time",
        "x-oss-ec",
    }
)


def object_facts(stat: ObjectStat) -> Iterator[tuple[str, str]]:
    """Yield names and values: what every object has, what this one has, and its metadata.

    A header of OSS's own that has no name here is shown under the name it has there.
    """
    info, headers = stat.info, dict(stat.headers)  # what is said of these is taken away
    yield N_("key"), info.key
    yield N_("size"), told_size(info.size)
    yield N_("modified"), told_moment(info.last_modified)
    yield N_("type"), info.type
    yield N_("class"), info.storage_class
    if restore := restore_state(info.storage_class, headers.pop(protocol.RESTORE, "")):
        yield N_("restore"), restore
    yield "etag", info.etag
    if algorithm := headers.pop("x-oss-server-side-encryption", ""):
        yield N_("encryption"), f"{algorithm} ({'SSE-KMS' if algorithm == 'KMS' else 'SSE-OSS'})"
    if key := headers.pop("x-oss-server-side-encryption-key-id", ""):
        yield N_("kms-key"), key
    if protocol.is_client_encrypted(headers):
        yield N_("client-encryption"), Words("yes: downloaded as stored, still encrypted")
    for name, header in _NAMES.items():
        if (text := headers.pop(header, None)) is not None:
            yield name, _moment(text) if header == "expires" else text
    others = [name for name in headers if name.startswith("x-oss-") and name not in _NOT_SAID]
    for name in sorted(others, key=lambda name: (name.startswith(_META), name)):
        yield name, headers[name]


def restore_state(storage_class: str, header: str) -> str:
    """Return how far an archived object is from being readable; "" for one that always is."""
    thaw = protocol.thaw_of(header)
    if thaw is Thaw.ONGOING:
        return Words("in progress")
    if thaw is Thaw.DONE:
        if expiry := _EXPIRY.search(header):
            return Words("readable until {time}", time=_moment(expiry[1]))
        return Words("readable")
    return Words("needed before it can be read") if storage_class in ARCHIVE_CLASSES else ""


def _moment(http_date: str) -> str:
    try:
        return told_moment(moment_at(protocol.parse_http_date(http_date)))
    except ValueError:
        return http_date
