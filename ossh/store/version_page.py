"""A page of the versions of objects, and which of them were current at a moment. Pure.

Source: OSS API reference, "ListObjectVersions", "GetBucketVersioning".
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from ossh.model import ObjectInfo, ObjectVersion, value
from ossh.store import listing_xml
from ossh.store.list_page import ListPage
from ossh.store.listing_xml import Fields, disorder, moment_of, object_of, refuse_disorder

MAX_VERSIONS = 999  # in a page, delete markers and prefixes included
UNVERSIONED = "null"  # the id of what was written while the bucket kept no versions
_ROOT = "ListVersionsResult"
_VERSION, _MARKER = "Version", "DeleteMarker"
_PARTS = frozenset({_VERSION, _MARKER, "CommonPrefixes"})


@value
class Position:
    """Where a listing of versions goes on: behind a version, or behind all of a key.

    `is_settled` tells whether the version of that key is known already, so that those which
    follow do not count.
    """

    key: str = ""
    version_id: str = ""
    is_settled: bool = True

    @classmethod
    def parse(cls, token: str) -> "Position":
        return cls(*json.loads(token))

    def __str__(self) -> str:
        return json.dumps([self.key, self.version_id, self.is_settled])


FIRST = Position()


@value
class VersionPage:
    """One page: keys in order, of each the newest version first."""

    versions: tuple[ObjectVersion, ...]
    prefixes: tuple[str, ...]  # what a delimiter cut off, the delimiter included
    following: Position | None  # asks for the next page; None after the last

    @property
    def shows_versions(self) -> bool:
        """Return whether only a bucket that keeps versions has such a page."""
        return any(one.is_marker or one.info.version_id != UNVERSIONED for one in self.versions)

    def as_of(self, moment: datetime, at: Position) -> ListPage:
        """Return what the page tells of a moment; its token is a `Position`.

        Of each key the last version until then counts; a delete marker is no object. A page, which
        began `at` some place, may end in the middle of a key's versions: the next one continues
        with them.
        """
        found: list[ObjectInfo] = []
        settled = at.key if at.is_settled else None
        keys = [settled or ""]
        for key, versions in groupby(self.versions, attrgetter("info.key")):
            if key == settled:
                continue
            keys.append(key)
            latest = next((one for one in versions if one.info.last_modified <= moment), None)
            if latest is None:
                continue
            settled = key
            if not latest.is_marker:
                found.append(latest.info)
        following = self.following
        if following is None:
            return ListPage(tuple(found), self.prefixes, "")
        following = replace(following, is_settled=following.key == settled)
        is_open = not following.is_settled and keys[-1] == following.key
        last = max(keys[:-1] if is_open else keys, default="")
        return ListPage(tuple(found), self.prefixes, str(following), last)


def parse_versions(body: bytes, asked: Fields | None = None) -> VersionPage:
    """Return the page in the body of an answer; arguments and errors are those of `parse_page`."""
    listing = listing_xml.read(body, _ROOT, _PARTS)
    decode = listing.decode
    versions = [
        _version(name, entry, decode) for name, entry in listing.parts if name != "CommonPrefixes"
    ]
    prefixes = listing.prefixes
    listing.refuse_contradictions(asked, len(versions) + len(prefixes))
    for is_marker in (False, True):  # delete markers may stand apart
        keys = [one.info.key for one in versions if one.is_marker is is_marker]
        refuse_disorder(keys, repeats=True)
    refuse_disorder(prefixes)
    versions.sort(key=_order)
    key = listing.next("NextKeyMarker")
    if key and key < (last := max([*(one.info.key for one in versions[-1:]), *prefixes[-1:], ""])):
        raise ValueError(disorder(last, key))
    marker = listing.page.get("NextVersionIdMarker", "")
    return VersionPage(
        tuple(versions), prefixes, Position(key, marker, is_settled=False) if key else None
    )


def _version(name: str, entry: Fields, decode: Callable[[str], str]) -> ObjectVersion:
    """Return the version, or the delete marker, of an entry; errors are those of `object_of`."""
    version_id, is_latest = entry["VersionId"], entry["IsLatest"].lower() == "true"
    if name == _MARKER:
        key, moment = decode(entry["Key"]), moment_of(entry)
        info = ObjectInfo(key, 0, "", moment, version_id=version_id)
        return ObjectVersion(info, is_latest, is_marker=True)
    return ObjectVersion(object_of(entry, decode, version_id), is_latest)


def _order(one: ObjectVersion) -> tuple[str, bool, float]:
    return one.info.key, not one.is_latest, -one.info.last_modified.timestamp()


def keeps_versions(body: bytes) -> bool:
    """Return whether a bucket keeps versions, or once did; raise a `ValueError` if it is untold."""
    return bool(listing_xml.read(body, "VersioningConfiguration", frozenset()).page.get("Status"))
