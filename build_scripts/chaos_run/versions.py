"""Which bytes each key may hold: those of every version the bucket may have served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from fastcrc import crc64

from chaos_run.plan import Plan, PlannedObject
from ossh.demo.content.buckets import changed, make_object


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, as seen from its bytes."""

    size: int
    crc64: int


Versions = Mapping[str, Mapping[str, Version]]
"""The versions of every object of a bucket, by key and ETag."""


def version_of(data: bytes) -> Version:
    return Version(len(data), crc64.xz(data))


def versions_of(plan: Plan) -> Versions:
    """Work out the versions as the demo server does; a link's are those of what it points to."""
    sizes: defaultdict[str, list[int | None]] = defaultdict(list)
    for fault in plan.faults:
        if fault.kind == "changed-etag" and not plan.is_past:
            sizes[fault.key].append(fault.details["size"])
    own = {planned.key: _versions(planned, sizes[planned.key]) for planned in plan.objects}
    return {planned.key: own[planned.link_to or planned.key] for planned in plan.objects}


def _versions(planned: PlannedObject, sizes: list[int | None]) -> dict[str, Version]:
    """Return the versions that an object may go through, changed to these sizes in any order."""
    newest = [make_object(planned.key, size=planned.size)]
    found = list(newest)
    for _ in sizes:
        later = (changed(one, 0.0, size) for one in newest for size in sizes)
        newest = list({one.etag: one for one in later}.values())
        found += newest
    return {one.etag: version_of(one.content.read(0, one.size)) for one in found}
