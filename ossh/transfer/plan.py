"""A page of the listing becomes rows: what is selected, under which path, and what is on disk."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import ne
from pathlib import Path

from ossh import paths
from ossh.manifest import Manifest, NewEntry, Outcome, PartChange
from ossh.model import ARCHIVE_CLASSES, Cause, Entry, Failure, ObjectInfo, Proof, Status
from ossh.paths import NameRules
from ossh.protocol import archived
from ossh.selection import Selection
from ossh.transfer import links
from ossh.transfer.access import Access
from ossh.transfer.messages import Page
from ossh.transfer.preflight import Change, Changes, Preflight, Standing
from ossh.transfer.workspace import forget, located

MTIME_TOLERANCE_SECONDS = 2.0  # FAT keeps even seconds
_MD5_DIGITS = 32
_PAGE = 1000  # rows in memory while all are looked at
_HERE = frozenset({Status.DONE, Status.SKIPPED})
_ABSENT = (Standing.NEW, None)  # what is found where there is nothing
_NEVER = datetime.fromtimestamp(0, UTC)  # when an object was modified that is not there
_NO_OBJECT = Failure(Cause.GONE, "NoSuchKey", "no such object")


class Planner:
    """Plans the pages of one listing into one manifest.

    Args:
        manifest: Open for writing.
        target: Local root as the lanes use it; need not exist.
        prefix: The prefix that is listed.
        selection: What is wanted.
        rules: What the disk makes of names.
        now: The moment that relative filters count from.
        replace: Whether a file that would be kept is replaced.
        preflight: Filled in with what is planned, when somebody wants to see it.
        is_doubtful: Whether a file of the right size and mtime may hold other bytes all the same;
            see `doubt`.
        changes: Filled in with how the bucket differs from the manifest, when that is what is
            listed anew (`Manifest.relist`); the rows learn of it.
    """

    def __init__(  # noqa: PLR0913 - each is one fact of a job
        self,
        manifest: Manifest,
        target: str,
        prefix: str,
        selection: Selection,
        rules: NameRules,
        now: datetime,
        *,
        replace: bool,
        preflight: Preflight | None = None,
        is_doubtful: bool = False,
        changes: Changes | None = None,
    ) -> None:
        self._manifest = manifest
        self.target = target
        self._prefix = prefix
        self._matches = selection.matcher(prefix, now)
        self._rules = rules
        self._replace = replace
        self._preflight = preflight
        self.is_doubtful = is_doubtful
        self._changes = changes
        self.access = Access()  # of archived objects

    def add(self, page: Page) -> list[NewEntry] | None:
        """Plan a page and record it together with the listing's cursor.

        Returns:
            The new entries; None when the listing repeated itself, so that some were known.
        """
        chosen = [info for info in page.objects if self._matches(info)]
        chosen += [ObjectInfo(key, 0, "", _NEVER) for key in page.absent]
        if self._changes is not None:
            chosen = self._renew(chosen, self._changes)
        keys = [info.key for info in chosen]
        wanted = paths.local_paths(chosen, self._prefix, self._rules)
        taken = self._manifest.claim(list(zip(keys, wanted, strict=True)), self._rules)
        found = self._found(chosen, taken)
        if self._preflight is not None and self._changes is None:
            plain = paths.plain_paths(keys, self._prefix)
            there = len(chosen) - len(page.absent)  # these come last
            self._preflight.absent += len(page.absent)
            self._preflight.note(
                chosen[:there],
                [standing for standing, _ in found[:there]],
                mapped=sum(map(ne, taken, plain)),
                collisions=sum(map(ne, taken, wanted)),
            )
        entries = [
            NewEntry(info, path)
            if one is _ABSENT
            and info.last_modified is not _NEVER
            and info.storage_class not in ARCHIVE_CLASSES
            else self._entry(info, path, *one)
            for info, path, one in zip(chosen, taken, found, strict=True)
        ]
        added = self._manifest.add(
            entries, page_of=page.listing, cursor=page.cursor, finished=page.finished
        )
        return entries if added == len(entries) and self._changes is None else None

    def _renew(self, chosen: list[ObjectInfo], changes: Changes) -> list[ObjectInfo]:
        """Let rows learn what the bucket has now of their keys; return what has no row yet."""
        delta = self._manifest.compare(chosen)
        outcomes = [self._renewed(entry, info) for entry, info in delta.changed]
        self._manifest.record(outcomes, [PartChange(one.row, drop=True) for one in outcomes])
        for (entry, _), outcome in zip(delta.changed, outcomes, strict=True):
            if outcome.status is not Status.GONE:
                changes.note(Change.CHANGED, entry.key)
            elif entry.status is not Status.GONE:
                changes.note(Change.GONE, entry.key)
        for info in delta.new:
            changes.note(Change.GONE if info.last_modified is _NEVER else Change.NEW, info.key)
        return list(delta.new)

    def _renewed(self, entry: Entry, info: ObjectInfo) -> Outcome:
        """Return what becomes of an entry whose object is another one now.

        A file that was edited here is kept; whether it was, only the old facts can tell.
        """
        if info.last_modified is _NEVER:
            return Outcome(entry.row, Status.GONE, 0, _NO_OBJECT)
        if entry.finished is not None:
            standing, _ = self.standing(entry, entry.path, is_ours=True)
            if standing is Standing.CONFLICT:
                failure, ours = conflict(self.target, entry.path), entry.finished.timestamp()
                return Outcome(entry.row, Status.FAILED, 0, failure, finished=ours, facts=info)
        if not self.access.is_readable(info):
            return Outcome(entry.row, Status.ARCHIVED, 0, archived(info.thaw), facts=info)
        if entry.proof is Proof.LINK:  # what is there, if it is that link, may be replaced
            return Outcome(
                entry.row, Status.PENDING, 0, proof=entry.proof, crc64=entry.crc64, facts=info
            )
        return Outcome(entry.row, Status.PENDING, 0, facts=info)

    def drop_unlisted(self) -> None:
        """Remove the rows of what is not in the bucket any more, or not selected.

        Files stay, but what there is of unfinished ones goes.
        """
        if self._changes is None:
            return
        for page in self._manifest.unlisted():
            rows = [row for row, _ in page]
            self._manifest.remove(rows)
            forget(Path(self.target), self._manifest.job_id, rows)
            for _, key in page:
                self._changes.note(Change.GONE, key)

    def _entry(
        self, info: ObjectInfo, path: str, standing: Standing, proof: Proof | None
    ) -> NewEntry:
        if info.last_modified is _NEVER:
            return NewEntry(info, path, Status.GONE, failure=_NO_OBJECT)
        match standing:
            case Standing.HERE:
                return NewEntry(info, path, Status.SKIPPED, proof=proof)
            case Standing.CONFLICT:
                return NewEntry(info, path, Status.FAILED, failure=conflict(self.target, path))
            case _ if self.access.is_readable(info):
                return NewEntry(info, path)
            case _:
                return NewEntry(info, path, Status.ARCHIVED, failure=archived(info.thaw))

    def _found(
        self, infos: Sequence[ObjectInfo], taken: Sequence[str]
    ) -> Sequence[tuple[Standing, Proof | None]]:
        """Compare new objects with what is at their places.

        The disk is asked once a folder whether that exists, and only then for each file in it.
        """
        absent = [_ABSENT] * len(taken)
        if not os.path.isdir(self.target):
            return absent
        folders = [path.rstrip("/").rpartition("/")[0] for path in taken]
        exists = {one: os.path.isdir(located(self.target, one)) for one in set(folders)}
        if not any(exists.values()):
            return absent
        return [
            self.standing(info, path, is_ours=False) if exists[folder] else _ABSENT
            for info, path, folder in zip(infos, taken, folders, strict=True)
        ]

    def standing(
        self, info: ObjectInfo | Entry, path: str, *, is_ours: bool
    ) -> tuple[Standing, Proof | None]:
        """Compare an object with what is at its place.

        A file is the object when size and mtime agree and nothing casts doubt on that, or when
        its MD5 is the ETag. One that differs is kept when somebody changed it: after this job
        wrote it (`is_ours`), or else later than the object itself; and when somebody made it
        read-only. A link is one that a job recorded when it stands for a symlink and leads to
        another place of the target.
        """
        local = self.target if path == paths.TARGET_ITSELF else located(self.target, path)
        try:
            found = os.lstat(local)
        except OSError:  # what is more than an absent file, the lane meets again and names
            return Standing.NEW, None
        if path.endswith("/"):
            return (Standing.HERE if stat.S_ISDIR(found.st_mode) else Standing.CONFLICT), None
        if not stat.S_ISREG(found.st_mode):
            return self._standing_of_link(info, local), None
        later = found.st_mtime - info.last_modified.timestamp()
        looks_same = found.st_size == info.size and abs(later) <= MTIME_TOLERANCE_SECONDS
        if looks_same and not self.is_doubtful and not _went_bad(info):
            return Standing.HERE, None
        if found.st_size == info.size and _has_md5(local, info):
            return Standing.HERE, Proof.MD5
        is_short = is_ours and found.st_size < info.size
        is_long = found.st_size > info.size  # whatever its time: an edit may follow at once
        is_later = abs(later) > MTIME_TOLERANCE_SECONDS
        was_changed = (is_later or is_long) if is_ours else later > 0
        is_theirs = was_changed or _is_read_only(found)
        must_stay = is_theirs and not (looks_same or is_short or self._replace)
        return (Standing.CONFLICT if must_stay else Standing.CHANGED), None

    def _standing_of_link(self, info: ObjectInfo | Entry, local: str) -> Standing:
        """Compare an object with the local link at its place; whatever else is there must stay."""
        known, is_done, is_symlink = None, False, info.type == "Symlink"
        if isinstance(info, Entry) and info.proof is Proof.LINK:
            known, is_done = info.crc64, info.status in _HERE
        is_ours = os.path.islink(local) and links.is_inside(local, self.target)
        if not is_ours or (known is None and not is_symlink):
            return Standing.CONFLICT
        if known is not None and known != links.crc64_of(local):
            return Standing.CHANGED if self._replace else Standing.CONFLICT
        is_here = known is not None and is_done and is_symlink
        return Standing.HERE if is_here else Standing.CHANGED

    def review(self) -> None:
        """Note what stands in the manifest on the preflight sheet, as it stands on disk now."""
        if self._preflight is None:
            return
        entries = self._manifest.entries(frozenset(Status) - {Status.GONE})
        while page := list(islice(entries, _PAGE)):
            self._preflight.note(
                page,
                [self._reviewed(one, is_ours=one.status in _HERE) for one in page],
                mapped=sum(
                    map(
                        ne,
                        [one.path for one in page],
                        paths.plain_paths([one.key for one in page], self._prefix),
                    )
                ),
                collisions=0,
            )

    def _reviewed(self, entry: Entry, *, is_ours: bool) -> Standing:
        """Return how an entry stands, at a glance where its row says that it is here."""
        modified = entry.last_modified.timestamp()
        path = located(self.target, entry.path)
        if is_ours and is_as_recorded(path, entry.size, modified):
            return Standing.HERE
        return self.standing(entry, entry.path, is_ours=is_ours)[0]

    def recheck(self) -> Iterator[list[tuple[Entry, Outcome]]]:
        """Yield, page by page, the rows that claim a file which is not on disk as they say.

        A file that was deleted or shortened is to be fetched again; one that was edited is kept
        and reported. Pages on which all agrees are empty lists.
        """
        for page in self._manifest.files():
            yield [
                found
                for _, key, path, size, modified in page
                if not is_as_recorded(located(self.target, path), size, modified)
                and (found := self._differing(key)) is not None
            ]

    def _differing(self, key: str) -> tuple[Entry, Outcome] | None:
        """Return an entry and what becomes of it; None when its file is the object all the same."""
        entry = self._manifest.entry(key)
        if entry is None:
            return None
        finished = entry.finished_seconds  # stays: what is at its place is, or was, ours
        match self.standing(entry, entry.path, is_ours=True)[0]:
            case Standing.HERE:
                return None
            case Standing.CONFLICT:
                failure = conflict(self.target, entry.path)
                return entry, Outcome(entry.row, Status.FAILED, 0, failure, finished=finished)
            case _:
                return entry, Outcome(entry.row, Status.PENDING, 0, finished=finished)


def is_as_recorded(path: str, size: int, modified: float) -> bool:
    """Return whether a regular file has just this size and mtime; a folder need only be one."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    if path.endswith(("/", os.sep)):
        return stat.S_ISDIR(found.st_mode)
    is_same = found.st_size == size and abs(found.st_mtime - modified) <= MTIME_TOLERANCE_SECONDS
    return is_same and stat.S_ISREG(found.st_mode)


def conflict(target: str, path: str) -> Failure:
    """Return the failure of an object whose place is taken by something that must be kept."""
    local = located(target, path)
    if os.path.islink(local):
        text = "a link stands in its place"
    elif os.path.isdir(local):
        text = "a folder stands in its place"
    elif path.endswith("/"):
        text = "a file stands in the place of the folder"
    elif os.path.isfile(local) and _is_read_only(os.lstat(local)):
        text = "the local file is read-only and differs from the object"
    else:
        text = "the local file is newer than the object, or was edited since it was downloaded"
    return Failure(Cause.LOCAL_CONFLICT, "local conflict", text)


def _went_bad(info: ObjectInfo | Entry) -> bool:
    """Return whether a file is known to lack the bytes that its size and date speak for.

    Its row has lost it, and still names the proof that no longer holds.
    """
    return isinstance(info, Entry) and info.proof is not None and info.status not in _HERE


def _is_read_only(found: os.stat_result) -> bool:
    """Return whether nobody may write a file: who made it so wants to keep it."""
    return not found.st_mode & 0o222


def _has_md5(path: str, info: ObjectInfo | Entry) -> bool:
    """Return whether a file's MD5 is the ETag, where the ETag is an MD5."""
    if info.type != "Normal" or len(info.etag) != _MD5_DIGITS:
        return False
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    except OSError:
        return False
    return digest.hexdigest().upper() == info.etag.upper()
