"""A page of the listing becomes rows: what is selected, and under which path."""

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
from ossh.transfer.access import Access
from ossh.transfer.disk import ABSENT, Disk
from ossh.transfer.earlier import Earlier
from ossh.transfer.messages import Page
from ossh.transfer.preflight import Change, Changes, Preflight
from ossh.transfer.standing import Found, Standing
from ossh.transfer.workspace import forget

_PAGE = 1000  # rows in memory while all are looked at
_NEVER = datetime.fromtimestamp(0, UTC)  # when an object was modified that is not there
_NO_OBJECT = Failure(Cause.GONE, "NoSuchKey", "no such object")


class Planner:
    """Plans the pages of one listing into one manifest.

    Args:
        manifest: Open for writing.
        disk: The target.
        prefix: The prefix that is listed.
        selection: What is wanted.
        rules: What the disk makes of names.
        now: The moment that relative filters count from.
        preflight: Filled in with what is planned, when somebody wants to see it.
        changes: Filled in with how the bucket differs from the manifest, when that is what is
            listed again (`Manifest.relist`); the rows learn of it.
        earlier: What runs with another manifest know of the target.
        file: What the one object is called at the target; "": as its key says.
    """

    def __init__(  # noqa: PLR0913 - each is one fact of a job
        self,
        manifest: Manifest,
        disk: Disk,
        prefix: str,
        selection: Selection,
        rules: NameRules,
        now: datetime,
        *,
        preflight: Preflight | None = None,
        changes: Changes | None = None,
        earlier: Earlier | None = None,
        file: str = "",
    ) -> None:
        self._manifest = manifest
        self.disk = disk
        self._prefix = prefix
        self._matches = selection.matcher(prefix, now)
        self._rules = rules
        self._preflight = preflight
        self._changes = changes
        self._earlier = earlier
        self._file = file
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
        wanted = self._wanted(chosen)
        taken = self._manifest.claim(list(zip(keys, wanted, strict=True)), self._rules)
        found = self.disk.found(chosen, taken)
        if self._earlier is not None:
            found = self._earlier.corrected(chosen, taken, found)
        if self._preflight is not None and self._changes is None:
            plain = self._plain(keys)
            there = len(chosen) - len(page.absent)  # these come last
            self._preflight.absent += len(page.absent)
            self._preflight.note(
                chosen[:there],
                [one.standing for one in found[:there]],
                mapped=sum(map(ne, taken, plain)),
                collisions=sum(map(ne, taken, wanted)),
            )
        entries = [
            NewEntry(info, path)
            if one is ABSENT
            and info.last_modified is not _NEVER
            and info.storage_class not in ARCHIVE_CLASSES
            else self._entry(info, path, one)
            for info, path, one in zip(chosen, taken, found, strict=True)
        ]
        added = self._manifest.add(
            entries, page_of=page.listing, cursor=page.cursor, finished=page.finished
        )
        return entries if added == len(entries) and self._changes is None else None

    def _wanted(self, chosen: list[ObjectInfo]) -> list[str]:
        """Return the local paths of some objects, if nothing else takes them."""
        if self._file:
            return [paths.local_path(self._file, "", self._rules) for _ in chosen]
        return paths.local_paths(chosen, self._prefix, self._rules)

    def _plain(self, keys: list[str]) -> list[str]:
        """Return what the paths would be if every disk held every name."""
        return [self._file for _ in keys] if self._file else paths.plain_paths(keys, self._prefix)

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
            found, ours = self.disk.standing(entry, entry.path), entry.finished_seconds
            if found.standing is Standing.CONFLICT:
                return Outcome(
                    entry.row, Status.FAILED, 0, found.failure, finished=ours, facts=info
                )
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
            forget(Path(self.disk.target), self._manifest.job_id, rows)
            for _, key in page:
                self._changes.note(Change.GONE, key)

    def _entry(self, info: ObjectInfo, path: str, found: Found) -> NewEntry:
        if info.last_modified is _NEVER:
            return NewEntry(info, path, Status.GONE, failure=_NO_OBJECT)
        match found.standing:
            case Standing.HERE:
                return NewEntry(info, path, Status.SKIPPED, proof=found.proof)
            case Standing.CONFLICT:
                return NewEntry(info, path, Status.FAILED, failure=found.failure)
            case _ if self.access.is_readable(info):
                return NewEntry(info, path)
            case _:
                return NewEntry(info, path, Status.ARCHIVED, failure=archived(info.thaw))

    def review(self) -> None:
        """Note what is in the manifest on the preflight sheet, as it is on disk now."""
        if self._preflight is None:
            return
        entries = self._manifest.entries(frozenset(Status) - {Status.GONE})
        while page := list(islice(entries, _PAGE)):
            self.disk.heed()
            self._preflight.note(
                page,
                [self.disk.reviewed(one).standing for one in page],
                mapped=sum(
                    map(
                        ne,
                        [one.path for one in page],
                        self._plain([one.key for one in page]),
                    )
                ),
                collisions=0,
            )
