"""Which bytes each key may hold: those of every version the bucket may have served."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fastcrc import crc64

from chaos_run.plan import Plan, PlannedObject
from ossh.demo.content.buckets import StoredObject, changed, make_object


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object, as seen from its bytes."""

    size: int
    crc64: int


class Versions:
    """The versions of every object of a plan, by ETag."""

    def __init__(self, plan: Plan) -> None:
        """Work them out as the demo server does; a link's are those of what it points to."""
        objects = {planned.key: planned for planned in plan.objects}
        sizes: defaultdict[str, list[int | None]] = defaultdict(list)
        for fault in plan.faults:
            if fault.kind == "changed-etag" and not plan.is_past:
                sizes[fault.key].append(fault.details["size"])
        own = {key: _versions(planned, sizes[key]) for key, planned in objects.items()}
        self._known = {key: own[planned.link_to or key] for key, planned in objects.items()}

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of the bucket."""
        return frozenset(self._known)

    def versions(self, key: str) -> set[Version]:
        """Return all versions of a key."""
        return set(self._known[key].values())

    def version(self, key: str, etag: str) -> Version | None:
        """Return the version that an ETag names; None if the key never had it."""
        return self._known[key].get(etag)


def _versions(planned: PlannedObject, sizes: list[int | None]) -> dict[str, Version]:
    """Return the versions that an object may go through, changed to these sizes in any order."""
    first = make_object(planned.key, size=planned.size)
    found = {first.etag: _version(first)}
    newest = [first]
    for _ in sizes:
        later = (changed(one, 0.0, size) for one in newest for size in sizes)
        newest = list({one.etag: one for one in later}.values())
        found |= {one.etag: _version(one) for one in newest}
    return found


def _version(stored: StoredObject) -> Version:
    return Version(stored.size, crc64.xz(stored.content.read(0, stored.size)))
