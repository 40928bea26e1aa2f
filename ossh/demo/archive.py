"""Archived objects and their thawing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ossh.demo.bucket import StoredObject
from ossh.demo.refusal import Refusal, invalid
from ossh.demo.respond import http_date

COLD = frozenset({"ColdArchive", "DeepColdArchive"})
CLASSES = COLD | {"Archive"}
_DAYS = re.compile(rb"<Days>\s*(\d{1,4})\s*</Days>")
_TIER = re.compile(rb"<Tier>\s*(\w*)\s*</Tier>")
_TIERS = {b"Expedited", b"Standard", b"Bulk"}
_MOST_DAYS = 365
_DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class Thaw:
    """A restore that was asked for; both times are epoch seconds."""

    ready: float
    expires: float


class Archive:
    """Which archived objects are being restored, or are restored for a while."""

    def __init__(self, thaw_seconds: float = 2.0) -> None:
        """Let nothing be restored yet; each restore will take `thaw_seconds`."""
        self.thaw_seconds = thaw_seconds
        self._thaws: dict[tuple[str, str, str], Thaw] = {}

    def _thaw(self, bucket: str, stored: StoredObject, now: float) -> Thaw | None:
        thaw = self._thaws.get((bucket, stored.key, stored.etag))
        return thaw if thaw is not None and now < thaw.expires else None

    def is_readable(self, bucket: str, stored: StoredObject, now: float) -> bool:
        """Tell whether GET gives the object's bytes."""
        if stored.storage_class not in CLASSES:
            return True
        thaw = self._thaw(bucket, stored, now)
        return thaw is not None and now >= thaw.ready

    def header(self, bucket: str, stored: StoredObject, now: float) -> str | None:
        """Return the value of x-oss-restore and RestoreInfo; None if never restored."""
        if stored.storage_class not in CLASSES:
            return None
        thaw = self._thaw(bucket, stored, now)
        if thaw is None:
            return None
        if now < thaw.ready:
            return 'ongoing-request="true"'
        return f'ongoing-request="false", expiry-date="{http_date(thaw.expires)}"'

    def restore(self, bucket: str, stored: StoredObject, body: bytes, now: float) -> int:
        """Begin to restore an object, or prolong its restored time; return the status.

        Args:
            bucket: The bucket's name.
            stored: The object.
            body: A RestoreRequest document, or nothing for one day.
            now: Epoch seconds.

        Raises:
            Refusal: Not archived, running already, or a request that makes no sense.
        """
        if stored.storage_class not in CLASSES:
            message = "The operation is not supported for this resource"
            raise Refusal(400, "OperationNotSupported", message, {"ObjectName": stored.key})
        days = self._days(stored, body)
        thaw = self._thaw(bucket, stored, now)
        if thaw is not None and now < thaw.ready:
            message = "The restore operation is in progress."
            raise Refusal(409, "RestoreAlreadyInProgress", message, {"ObjectName": stored.key})
        ready = now + self.thaw_seconds if thaw is None else thaw.ready
        expires = max(now, ready) + days * _DAY_SECONDS
        self._thaws[bucket, stored.key, stored.etag] = Thaw(ready, expires)
        return 202 if thaw is None else 200

    def _days(self, stored: StoredObject, body: bytes) -> int:
        if not body.strip():
            return 1
        days = _DAYS.search(body)
        if days is None or b"<RestoreRequest" not in body:
            message = "The XML you provided was not well-formed or did not validate."
            raise Refusal(400, "MalformedXML", message)
        if not 1 <= int(days[1]) <= _MOST_DAYS:
            raise invalid("Days", days[1].decode(), "Days must be between 1 and 365.")
        tier = _TIER.search(body)
        if tier is not None and (tier[1] not in _TIERS or stored.storage_class not in COLD):
            raise invalid("Tier", tier[1].decode(), "This tier is not for this storage class.")
        return int(days[1])
