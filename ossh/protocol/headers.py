"""The names of OSS's headers, and what two of their values mean. Pure."""

from collections.abc import Mapping
from typing import Final

from ossh.model import ByteRange, Thaw

REASON: Final = "x-oss-ec"  # the service's finer code for an error
REQUEST_ID: Final = "x-oss-request-id"
CRC64: Final = "x-oss-hash-crc64ecma"
OBJECT_TYPE: Final = "x-oss-object-type"
STORAGE_CLASS: Final = "x-oss-storage-class"
RESTORE: Final = "x-oss-restore"
DELETE_MARKER: Final = "x-oss-delete-marker"
SYMLINK_TARGET: Final = "x-oss-symlink-target"
# Either says that the bytes were encrypted before they were uploaded, by an official SDK now or of
# old.
CLIENT_ENCRYPTION: Final = ("x-oss-meta-client-side-encryption-key", "x-oss-meta-oss-crypto-key")
ERROR_BODY: Final = "x-oss-err"  # base64 of the error XML, where an answer has no body (HEAD)
QOS_DELAY: Final = "x-oss-qos-delay-time"  # milliseconds
RANGE_BEHAVIOR: Final = "x-oss-range-behavior"
REQUEST_PAYER: Final = "x-oss-request-payer"


def version_query(version_id: str) -> dict[str, str]:
    """Return the parameter that names a version of an object; none for the current one."""
    return {"versionId": version_id} if version_id else {}


def conditions(etag: str, wanted: ByteRange | None) -> dict[str, str]:
    """Return the headers that say which content of an object, if one, and which of its bytes.

    No signature covers them.
    """
    headers = {}
    if etag:
        headers["If-Match"] = f'"{etag}"'
    if wanted is not None:
        headers["Range"] = f"bytes={wanted.start}-{wanted.stop - 1}"
    return headers


def is_client_encrypted(headers: Mapping[str, str]) -> bool:
    """Return whether headers (lower-case names) are of an object that is stored as ciphertext."""
    return CLIENT_ENCRYPTION[0] in headers or CLIENT_ENCRYPTION[1] in headers


def thaw_of(restore: str) -> Thaw:
    """Return how far an archived object is, from `x-oss-restore` or a listing's RestoreInfo.

    That is `ongoing-request="true"`, or `ongoing-request="false", expiry-date="…"`; "" when it was
    never restored, or its time is over.

    Source: OSS API reference, "HeadObject" and "ListObjectsV2".
    """
    if not restore.strip():
        return Thaw.NONE
    return Thaw.ONGOING if 'ongoing-request="true"' in restore else Thaw.DONE
