"""Asks OSS to restore archived objects: the only request of ossh that changes anything.

It costs money, so callers need a person's consent.

Source: OSS API reference, "RestoreObject".
"""

from enum import StrEnum
from http import HTTPStatus

from ossh import protocol
from ossh.model import Failure
from ossh.store.listing import Lister

TIERS = ("Expedited", "Standard", "Bulk")
REAL_TIME_CLASS = "Archive"  # a bucket may allow reads of this class without a restore
MOST_DAYS = {REAL_TIME_CLASS: 7, "ColdArchive": 365, "DeepColdArchive": 365}


class Restored(StrEnum):
    """What OSS answers to a restore that it does not refuse."""

    ACCEPTED = "accepted"
    THAWING = "thawing"  # by an earlier request
    READABLE = "readable"  # by an earlier request; the copy is now kept longer


def ask_restore(
    lister: Lister, key: str, storage_class: str, *, days: int, tier: str = ""
) -> Restored | Failure:
    """Ask for one object; return its state, or why OSS refuses.

    Threads may share a lister. The object stays readable for so many days; its storage class
    decides what the request may contain. The tier is one of `TIERS`, for the cold classes; ""
    leaves it to OSS.

    Raises:
        StoreError, UsageError: There are no usable credentials.
    """
    headers, body = {"Content-Type": "application/xml"}, request_body(storage_class, days, tier)
    answer = lister.send("POST", key, query={"restore": ""}, headers=headers, body=body)
    if isinstance(answer, Failure):
        return answer
    why = protocol.refusal(answer.status, answer.headers, answer.body, HTTPStatus.ACCEPTED)
    if why is None:
        return Restored.ACCEPTED if answer.status == HTTPStatus.ACCEPTED else Restored.READABLE
    return Restored.THAWING if why.code == protocol.THAWING_CODE else why


def request_body(storage_class: str, days: int, tier: str) -> bytes:
    """Return the body of a request; class Archive has no tiers."""
    days = days_of(storage_class, days)
    job = f"<JobParameters><Tier>{tier}</Tier></JobParameters>"
    job = job if tier and storage_class != REAL_TIME_CLASS else ""
    return f"<RestoreRequest><Days>{days}</Days>{job}</RestoreRequest>".encode()


def days_of(storage_class: str, days: int) -> int:
    """Return how many of the requested days OSS keeps an object of a class readable."""
    return min(days, MOST_DAYS.get(storage_class, days))
