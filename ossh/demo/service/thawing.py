"""Archived objects and their restores.

Source: OSS developer guide, "Restore objects" (classes, tiers, days).
"""

import re
from dataclasses import dataclass

from ossh.demo.content.buckets import StoredObject
from ossh.demo.http.answers import http_date
from ossh.demo.refusal import Refusal, invalid

_DAYS = re.compile(rb"<Days>\s*(\d{1,4})\s*</Days>")
_TIER = re.compile(rb"<Tier>\s*(\w*)\s*</Tier>")
# By class, the most days, and the tiers it has.
CLASSES: dict[str, tuple[int, tuple[bytes, ...]]] = {
    "Archive": (7, ()),
    "ColdArchive": (365, (b"Expedited", b"Standard", b"Bulk")),
    "DeepColdArchive": (365, (b"Expedited", b"Standard")),
}
_DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class Restore:
    """A requested restore; both times are epoch seconds."""

    ready: float
    expires: float


class Restores:
    """Which archived objects are being restored, or are restored."""

    def __init__(self, thaw_seconds: float = 2.0) -> None:
        self.thaw_seconds = thaw_seconds
        self.real_time: set[str] = set()  # buckets whose class Archive needs no restore
        self._thaws: dict[tuple[str, str, str], Restore] = {}

    def _thaw(self, bucket: str, stored: StoredObject, now: float) -> Restore | None:
        thaw = self._thaws.get((bucket, stored.key, stored.etag))
        return thaw if thaw is not None and now < thaw.expires else None

    def is_readable(self, bucket: str, stored: StoredObject, now: float) -> bool:
        """Return whether GET returns the object's bytes."""
        if stored.storage_class not in CLASSES:
            return True
        if stored.storage_class == "Archive" and bucket in self.real_time:
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

        `body` is a RestoreRequest document, or nothing for one day.

        Raises:
            Refusal: Not archived, running already, or a request that makes no sense.
        """
        if stored.storage_class not in CLASSES:
            message = "The operation is not supported for this resource"
            raise Refusal(400, "OperationNotSupported", message, {"ObjectName": stored.key})
        days = self._requested(stored, body)
        thaw = self._thaw(bucket, stored, now)
        if thaw is not None and now < thaw.ready:
            message = "The restore operation is in progress."
            raise Refusal(409, "RestoreAlreadyInProgress", message, {"ObjectName": stored.key})
        ready = now + self.thaw_seconds if thaw is None else thaw.ready
        expires = max(now, ready) + days * _DAY_SECONDS
        self._thaws[bucket, stored.key, stored.etag] = Restore(ready, expires)
        return 202 if thaw is None else 200

    def thaw_now(self) -> None:
        """Finish all restores at once."""
        for one, thaw in self._thaws.items():
            self._thaws[one] = Restore(0.0, thaw.expires)

    def freeze_now(self) -> None:
        """Let all restored objects be archived again, and forget restores under way."""
        self._thaws.clear()

    def _requested(self, stored: StoredObject, body: bytes) -> int:
        """Return the days."""
        if not body.strip():
            return 1
        days = _DAYS.search(body)
        if days is None or b"<RestoreRequest" not in body:
            message = "The XML you provided was not well-formed or did not validate."
            raise Refusal(400, "MalformedXML", message)
        most, tiers = CLASSES[stored.storage_class]
        if not 1 <= int(days[1]) <= most:
            raise invalid("Days", days[1].decode(), f"Days must be between 1 and {most}.")
        tier = _TIER.search(body)
        if tier is not None and tier[1] not in tiers:
            raise invalid("Tier", tier[1].decode(), "This tier is not for this storage class.")
        return int(days[1])
