"""The names OSS gives to headers and parameters, and how dates in headers are read."""

import re
from collections.abc import Mapping
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from typing import Final

from ossh.model import Thaw

REASON: Final = "x-oss-ec"  # the service's finer code for an error
REQUEST_ID: Final = "x-oss-request-id"
CRC64: Final = "x-oss-hash-crc64ecma"
OBJECT_TYPE: Final = "x-oss-object-type"
STORAGE_CLASS: Final = "x-oss-storage-class"
RESTORE: Final = "x-oss-restore"
DELETE_MARKER: Final = "x-oss-delete-marker"
SYMLINK_TARGET: Final = "x-oss-symlink-target"
BUCKET_REGION: Final = "x-oss-bucket-region"
# Either says that the bytes were encrypted before they were uploaded, by an official SDK now or of
# old.
CLIENT_ENCRYPTION: Final = ("x-oss-meta-client-side-encryption-key", "x-oss-meta-oss-crypto-key")
ERROR_BODY: Final = "x-oss-err"  # base64 of the error XML, where an answer has no body (HEAD)
QOS_DELAY: Final = "x-oss-qos-delay-time"  # milliseconds
RANGE_BEHAVIOR: Final = "x-oss-range-behavior"
REQUEST_PAYER: Final = "x-oss-request-payer"
SECURITY_TOKEN: Final = "x-oss-security-token"  # noqa: S105 - a header's name
CONTENT_SHA256: Final = "x-oss-content-sha256"
DATE: Final = "x-oss-date"
ADDITIONAL_HEADERS: Final = "x-oss-additional-headers"
V4_ALGORITHM: Final = "OSS4-HMAC-SHA256"
UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"

# Query parameters that are part of a V1 signature; of the service's list, those a reader sends.
# fmt: off
SIGNED_SUBRESOURCES: Final = frozenset(
    {
        "acl", "bucketInfo", "cname", "continuation-token", "encryption", "endTime",
        "lifecycle", "live", "location", "logging", "objectInfo", "objectMeta", "policy",
        "position", "qos", "referer", "regionList", "replication", "requestPayment",
        "response-cache-control", "response-content-disposition",
        "response-content-encoding", "response-content-language", "response-content-type",
        "response-expires", "restore", "security-token", "sequential", "startTime", "stat",
        "status", "style", "styleName", "symlink", "tagging", "transferAcceleration",
        "versionId", "versioning", "versions", "website", "worm", "x-oss-process",
        "x-oss-request-payer", "x-oss-traffic-limit",
    }
)
# fmt: on

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)


def is_client_encrypted(headers: Mapping[str, str]) -> bool:
    """Tell whether headers (lower-case names) are of an object that is stored as ciphertext."""
    return CLIENT_ENCRYPTION[0] in headers or CLIENT_ENCRYPTION[1] in headers


def parse_http_date(text: str) -> float:
    """Return an HTTP date as seconds since the epoch.

    The usual form is read without the standard library's detours, for every download has one;
    the older forms are accepted too.

    Raises:
        ValueError: The text is no date.

    Source: RFC 9110, section 5.6.7.
    """
    match = _HTTP_DATE.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        try:
            moment = parsedate_to_datetime(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except OverflowError as error:  # a zone of years
            raise ValueError(str(error)) from None
    day, month, year, hour, minute, second = match.groups()
    days = date(int(year), _MONTHS[month], int(day)).toordinal() - _EPOCH_DAY
    return float(((days * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second))


def thaw_of(restore: str) -> Thaw:
    """Return how far an archived object is, from `x-oss-restore` or a listing's RestoreInfo.

    Args:
        restore: `ongoing-request="true"`, or `ongoing-request="false", expiry-date="…"`; "" when
            it was never restored, or its time is over.

    Source: OSS API reference, "HeadObject" and "ListObjectsV2".
    """
    if not restore.strip():
        return Thaw.NONE
    return Thaw.ONGOING if 'ongoing-request="true"' in restore else Thaw.DONE
