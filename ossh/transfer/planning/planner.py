"""A page of the listing becomes rows: what is selected, and under which path."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import KW_ONLY, InitVar, dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from operator import ne
from pathlib import Path

from ossh import paths
from ossh.job import Job
from ossh.manifest import Manifest, NewEntry, Outcome, PartChange, keeping
from ossh.model import Entry, ObjectInfo, Status, value
from ossh.paths import NameRules
from ossh.protocol import NO_OBJECT, archived
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Comparison, LocalState
from ossh.transfer.disk.work_folder import discard
from ossh.transfer.messages import Page
from ossh.transfer.planning import adoption, mirroring
from ossh.transfer.planning.preflight import Change, Changes, Preflight
from ossh.transfer.planning.real_time_access import RealTimeAccess
from ossh.transfer.watching import Removed

_PAGE = 1000  # rows in memory while all are looked at
_NEVER = datetime.fromtimestamp(0, UTC)  # for keys without an object


@value
class Layout:
    """How the paths of a job are made from its keys, before a disk has its say.

    A key keeps the last part of its name, whatever is left out. Where that gives two keys one path,
    the later one gets another, as for any names that clash.
    """

    prefix: str  # that is listed: paths start after its last "/"
    flat: bool = False  # only the last part of a key is left
    strip: int = 0  # this many folders are left out, if there are as many

    @property
    def is_usual(self) -> bool:
        """Return whether nothing but the prefix is left out."""
        return not (self.flat or self.strip)

    def left_out(self, key: str) -> str:
        """Return the start of a key that its path lacks, up to a "/"."""
        ends = self._folders(key)
        cut = ends if self.flat else ends[: self.strip + 1]
        return key[: cut[-1]]

    def is_short(self, key: str) -> bool:
        """Return whether a key has fewer folders than are to be left out."""
        return bool(self.strip) and len(self._folders(key)) <= self.strip

    def drops(self, info: ObjectInfo) -> bool:
        """Return whether an object only stands for a folder that is left out."""
        return paths.stands_for_folder(info) and (self.flat or self.is_short(info.key))

    def _folders(self, key: str) -> list[int]:
        """Return where the name of a key begins, and where each folder in that name ends."""
        start = len(key) - len(key.removeprefix(paths.folder_of(self.prefix)))
        return [start, *(one.end() for one in paths.STRUCTURE.finditer(key, start))]


@dataclass(eq=False)
class Planner:
    """Plans the pages of one listing into one manifest."""

    job: Job
    manifest: Manifest
    local_files: LocalFiles
    rules: NameRules  # what the disk makes of names
    now: InitVar[datetime]  # the moment that relative filters count from
    _: KW_ONLY
    preflight: Preflight | None = None  # filled in with what is planned, if anybody wants to see it
    # Filled in with how the bucket differs from the manifest, when that is what is listed again
    # (`Manifest.relist`); the rows learn of it.
    changes: Changes | None = None
    removed: Removed = field(default_factory=Removed)  # what a mirror leaves alone, or takes away
    access: RealTimeAccess = field(default_factory=RealTimeAccess)  # of archived objects

    def __post_init__(self, now: datetime) -> None:
        source, target = self.job.source, self.job.target
        self._layout = Layout(source.prefix, target.flat, target.strip_prefix)
        self._matches = self.job.selection.matcher(source.prefix, now)
        own = self.local_files.policy.own
        self._are_own = (lambda _paths: False) if own is None else own.have_any

    def add(self, page: Page) -> None:
        """Plan a page and record it together with the listing's cursor.

        A key is planned, and counted, as it becomes a row: once, however often it is listed.
        """
        chosen = [info for info in page.objects if self._matches(info)]
        if self.changes is not None and len(chosen) < len(page.objects):
            wanted_keys = {info.key for info in chosen}
            others = [one.key for one in page.objects if one.key not in wanted_keys]
            self.manifest.note_unwanted(others)
        if not self._layout.is_usual:  # what was a file and is a mere folder now counts as gone
            chosen = [info for info in chosen if not self._layout.drops(info)]
        chosen += [ObjectInfo(key, 0, "", _NEVER) for key in page.absent]
        if self.changes is None:
            chosen = self.manifest.without_row(chosen)
        else:
            chosen = self._update_rows(chosen, self.changes)
        keys = [info.key for info in chosen]
        wanted = self._wanted(chosen)
        candidates = list(zip(keys, wanted, strict=True))
        places = self.manifest.claim(candidates, self.rules, self._are_own)
        comparisons = self.local_files.compare_all(chosen, places)
        if self.preflight is not None and self.changes is None:
            there = sum(info.last_modified is not _NEVER for info in chosen)  # absent ones are last
            self.preflight.absent += len(chosen) - there
            self.preflight.short += sum(map(self._layout.is_short, keys))
            self.preflight.collisions += sum(map(ne, places, wanted))
            self.preflight.note(chosen[:there], [one.state for one in comparisons[:there]])
        entries = list(map(self._entry, chosen, places, comparisons))
        self.manifest.add(entries, page_of=page.listing, cursor=page.cursor, finished=page.finished)

    def _wanted(self, chosen: list[ObjectInfo]) -> list[str]:
        """Return the local paths of some objects, if nothing else takes them."""
        if file := self.job.target.file:  # what the one object is called there
            return [paths.local_path(file, "", self.rules) for _ in chosen]
        if self._layout.is_usual:
            return paths.local_paths(chosen, self.job.source.prefix, self.rules)
        return [
            paths.local_path(
                info.key,
                self._layout.left_out(info.key),
                self.rules,
                is_folder=paths.stands_for_folder(info),
            )
            for info in chosen
        ]

    def _update_rows(self, chosen: list[ObjectInfo], changes: Changes) -> list[ObjectInfo]:
        """Update rows with what the bucket has now; return what has no row yet, or none any more.

        The path of a folder's marker is no place for content: that is planned anew.
        """
        new, changed = self.manifest.compare(chosen)
        outcomes = [self._updated(entry, info) for entry, info in changed]
        self.manifest.record(outcomes, [PartChange(one.row) for one in outcomes])
        for (entry, _), outcome in zip(changed, outcomes, strict=True):
            if outcome.status is not Status.GONE:
                changes.note(Change.CHANGED, entry.key)
            elif entry.status is not Status.GONE:
                changes.note(Change.GONE, entry.key)
        for info in new:
            changes.note(Change.GONE if info.last_modified is _NEVER else Change.NEW, info.key)
        filled = {
            entry.row: info
            for entry, info in changed
            if entry.path.endswith("/") and not paths.stands_for_folder(info)
        }
        self.manifest.remove(list(filled))
        return [*new, *filled.values()]

    def settle_dates(self, checksums: adoption.Checksums, changes: Changes) -> Iterator[None]:
        """Update rows of which only the date differs, as `adoption` finds; yield on the way.

        Raises:
            StoreError: The service does not tell; what was found out is recorded.
            Interrupted: Told to stop; likewise.
        """
        calls = (
            partial(adoption.settled, entry, modified, checksums)
            for entry, modified in self.manifest.redated()
        )
        for found in checksums.each(calls):
            for entry, _info, outcome in found:
                if outcome is None:
                    changes.note(Change.CHANGED, entry.key)
            self.manifest.record(
                [outcome or self._updated(entry, info) for entry, info, outcome in found]
            )
            yield

    def _updated(self, entry: Entry, info: ObjectInfo) -> Outcome:
        """Return what becomes of an entry whose object is another one now."""
        if info.last_modified is _NEVER:
            gone = keeping(entry, Status.GONE, NO_OBJECT)
            return mirroring.left(entry) if mirroring.is_own(entry) else gone
        if (back := mirroring.back(entry, info)) is not None:
            return back
        if not self.access.is_readable(info):
            return keeping(entry, Status.ARCHIVED, archived(info.thaw), facts=info)
        return keeping(entry, Status.PENDING, facts=info)

    def drop_unlisted(self, changes: Changes) -> None:
        """Remove the rows of what is not in the bucket any more, or not selected.

        Files stay, but what there is of unfinished ones goes. What ossh left in their places is
        put aside: it is still ossh's, and a mirror may take it away once its object is gone.
        """
        for page in self.manifest.unlisted():
            own: list[int] = []
            rows: list[int] = []
            for entry, is_there in page:
                is_own = mirroring.is_own(entry)
                (own if is_own or entry.own is not None else rows).append(entry.row)
                if is_there or not is_own:
                    self._note_kept(entry, is_there=is_there)
                if not mirroring.is_left(entry):
                    changes.note(Change.UNSELECTED if is_there else Change.GONE, entry.key)
            self.manifest.put_aside(own)
            self.manifest.remove(rows)
            discard(Path(self.local_files.tree.target), self.manifest.job_id, own + rows)
        self.manifest.note_former()
        mirroring.forget_spent(self.job, self.manifest, self.local_files)

    def _note_kept(self, entry: Entry, *, is_there: bool) -> None:
        """Note a file that a mirror leaves alone, though its row goes."""
        if not self.job.target.mirror or entry.path.endswith("/"):
            return
        with suppress(OSError):
            if self.local_files.tree.exists(entry.path):
                why = mirroring.UNSELECTED if is_there else mirroring.NOT_PROVED
                self.removed.keep(entry.path, why)

    def _entry(self, info: ObjectInfo, path: str, comparison: Comparison) -> NewEntry:
        if info.last_modified is _NEVER:
            return NewEntry(info, path, Status.GONE, failure=NO_OBJECT)
        match comparison.state:
            case LocalState.HERE:
                own, proof = comparison.own, comparison.proof
                return NewEntry(info, path, Status.SKIPPED, own=own, proof=proof)
            case LocalState.CONFLICT:
                failure, own = comparison.failure, comparison.own
                return NewEntry(info, path, Status.FAILED, failure, own)
            case _ if self.access.is_readable(info):
                return NewEntry(info, path, own=comparison.own)
            case _:
                self.access.consider(info)
                failure = archived(info.thaw)
                return NewEntry(info, path, Status.ARCHIVED, failure, comparison.own)

    def review(self) -> None:
        """Count what is in the manifest for the preflight sheet, as it is on disk now."""
        if self.preflight is None:
            return
        mirroring.foresee(self.job, self.manifest, self.local_files, self.removed)
        entries = self.manifest.entries(frozenset(Status) - {Status.GONE})
        while page := list(islice(entries, _PAGE)):
            self.local_files.check_stopping()
            states = [self.local_files.compare(one).state for one in page]
            self.preflight.short += sum(self._layout.is_short(one.key) for one in page)
            self.preflight.note(page, states)
