"""What the answer to a look at one object says of it. Pure.

Source: OSS API reference, "HeadObject".
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from ossh import protocol
from ossh.language import Words
from ossh.model import ObjectInfo

# By error code, where a version was asked for.
_VERSION_HINTS: Mapping[str, str] = {
    "NoSuchVersion": Words(
        "'ossutil ls --all-versions' and the console list the versions of an object"
    ),
    "MethodNotAllowed": Words("the version before it is the object that was deleted"),
}


def info_of(key: str, headers: Mapping[str, str]) -> ObjectInfo:
    """Return an object as a HEAD shows it.

    Args:
        key: That was asked for.
        headers: Of the answer, by lower-case name.

    Raises:
        KeyError, ValueError: They are not those of an object.
    """
    return ObjectInfo(
        key,
        int(headers["content-length"]),
        headers.get("etag", "").strip('"'),
        datetime.fromtimestamp(protocol.parse_http_date(headers["last-modified"]), UTC),
        headers.get(protocol.OBJECT_TYPE, "Normal"),
        headers.get(protocol.STORAGE_CLASS, "Standard"),
        protocol.thaw_of(headers.get(protocol.RESTORE, "")),
    )


def missing_hint(code: str) -> str:
    """Return what to do about an object, or a version of one, that is not there.

    Args:
        code: The service's error code.
    """
    usual = Words("keys are case-sensitive; 'ls' lists them")
    return _VERSION_HINTS.get(code, usual)
