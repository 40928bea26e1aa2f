"""Asks OSS to thaw archived objects: the only request ossh makes that changes anything.

It costs money, so nothing is asked without a person's consent. Signed and sent as listings
are, for there may be thousands.

Source: OSS API reference, "RestoreObject".
"""

import time
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING

from ossh import protocol
from ossh.model import Failure
from ossh.store.signer import Signer

if TYPE_CHECKING:
    from ossh.network import Http

TIERS = ("Expedited", "Standard", "Bulk")
REAL_TIME_CLASS = "Archive"  # the only one whose buckets may allow it to be read as it is
MOST_DAYS = {REAL_TIME_CLASS: 7, "ColdArchive": 365, "DeepColdArchive": 365}


class Restored(StrEnum):
    """What OSS says of a restore that it does not refuse."""

    ACCEPTED = "accepted"
    THAWING = "thawing"  # somebody asked before
    READABLE = "readable"  # it had thawed already; its copy is kept longer now


class Restorer:
    """Asks for objects of one bucket; several threads may share it.

    Args:
        signer_of: Returns the present signer; credentials may change between two requests.
        http: Sends requests.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        signer_of: Callable[[], Signer],
        http: "Http",
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._signer_of = signer_of
        self._http = http
        self._clock = clock

    def ask(self, key: str, storage_class: str, *, days: int, tier: str = "") -> Restored | Failure:
        """Ask for one object, and return how far it is, or why OSS does not do it.

        Args:
            key: The object.
            storage_class: Of the object; it decides what the request may say.
            days: How long the object stays readable.
            tier: One of `TIERS`, for the cold classes; "" leaves it to OSS.

        Raises:
            StoreError, UsageError: There are no usable credentials (from `signer_of`).
        """
        headers = {"Content-Type": "application/xml"}
        signed = self._signer_of().sign(
            "POST", key, self._clock(), query={"restore": ""}, headers=headers
        )
        wish = request_body(storage_class, days, tier)
        answer = self._http.request(signed.url, signed.headers, method="POST", body=wish)
        if isinstance(answer, Failure):
            return answer
        is_ours = protocol.REQUEST_ID in answer.headers
        if is_ours and answer.status == HTTPStatus.ACCEPTED:
            return Restored.ACCEPTED
        if is_ours and answer.status == HTTPStatus.OK:
            return Restored.READABLE
        failure = protocol.failure(answer.status, answer.headers, answer.body)
        return Restored.THAWING if failure.code == protocol.THAWING_CODE else failure


def request_body(storage_class: str, days: int, tier: str) -> bytes:
    """Return what a request says; class Archive knows no tiers, and keeps no copy beyond a week."""
    days = days_of(storage_class, days)
    job = f"<JobParameters><Tier>{tier}</Tier></JobParameters>"
    job = job if tier and storage_class != REAL_TIME_CLASS else ""
    return f"<RestoreRequest><Days>{days}</Days>{job}</RestoreRequest>".encode()


def days_of(storage_class: str, days: int) -> int:
    """Return for how many of the wished days OSS keeps an object of a class readable."""
    return min(days, MOST_DAYS.get(storage_class, days))
