"""What is in the place of an object: whose it is, and which conditions of the rules hold.

Its bytes are read only where nothing else tells: what has another time than ossh left it with, what
may lack its bytes after a power cut, and what is about to be replaced.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import replace

from ossh.language import N_, Words
from ossh.model import Entry, ObjectInfo, OwnFile, Proof, Status, value
from ossh.printable import printable
from ossh.transfer.disk.file_io import Meter, checksums, crc64_of_link, md5_in
from ossh.transfer.disk.folder import is_junction
from ossh.transfer.disk.overwrite_rules import (
    OF_ANOTHER,
    UNSAFE_SECONDS,
    Comparison,
    Condition,
    Policy,
    is_its_date,
    judge,
)
from ossh.transfer.disk.tree import Tree


@value
class Wanted:
    """An object as far as a file can be compared with it, and what is known of its place."""

    path: str  # below the target
    size: int = 0  # bytes
    modified: float = 0.0  # epoch seconds
    md5: str = ""  # as `md5_in` gives it
    crc64: int | None = None  # of an object that has arrived; or of the path that a link shall have
    is_link: bool = False  # it becomes a local link
    key: str = ""
    etag: str = ""
    own: OwnFile | None = None  # what ossh left there
    proof: Proof | None = None  # that this is the object; None: it is another version
    is_refuted: bool = False  # size and date prove nothing
    finished: float | None = None  # epoch seconds


def wanted(info: ObjectInfo | Entry, path: str = "") -> Wanted:
    """Return what a file is compared with; an entry tells what its job left there."""
    modified, md5 = info.last_modified.timestamp(), md5_in(info.etag, info.type)
    one = Wanted(path, info.size, modified, md5, key=info.key, etag=info.etag)
    if isinstance(info, ObjectInfo):
        return one
    return replace(
        one,
        path=path or info.path,
        own=info.own,
        proof=info.proof,
        is_refuted=info.is_refuted,
        finished=info.finished_seconds,
    )


_LOST = ".sqlite"  # how the name of a manifest ends, which stands for that of a lost job
_OF_LOST = N_(
    "a job whose job file is gone has a file there; if it is no longer wanted, delete '{name}' in "
    "the jobs folder"
)


def owned(text: str, name: str) -> Words:
    """Return that another job has a place, as a text says that has a field for its name."""
    return Words(_OF_LOST if name.endswith(_LOST) else text, name=printable(name))


@value
class Claim:
    """What a row says of a place, of another job or of what no job wants there any more."""

    # its name; of one whose job file is gone, that of the manifest; "" if no job has it any more
    job: str
    is_same_bucket: bool
    entry: Entry
    doubted_since: float | None = None  # as in the policy of that job

    def is_of_another(self, key: str) -> bool:
        """Return whether it is of a different object than the one of a key."""
        return not self.is_same_bucket or self.entry.key != key


@value
class Occupant:
    """What was found in the place of an object."""

    tree: Tree
    policy: Policy
    found: os.stat_result
    one: Wanted
    # the job that has a different object there; "" if no job has that any more
    owner: str | None = None

    @property
    def is_for_folder(self) -> bool:
        return self.one.path.endswith("/")

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.found.st_mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.found.st_mode) or is_junction(self.found)

    @property
    def is_as_left(self) -> bool:
        """Return whether it is what ossh left: by size and time, or by the path of a link."""
        own = self.one.own
        if own is None or own.is_link != self.is_link:
            return False
        if own.is_link:
            return self._link_crc64() == own.crc64
        return self.is_file and self._size_and_time == (own.size, own.modified)

    def claimed(self, claims: Sequence[Claim], meter: Meter) -> "Occupant":
        """Return this with what another job, or an earlier run, left there of the same object.

        If it is a different object's, as is each file where a folder belongs, this has an owner. If
        no job has that object any more, or it may be one that no row has yet, or nobody's bytes are
        in it, neither size and date nor what another row says make it this one.

        Raises:
            OSError: It cannot be read.
            Interrupted: By the meter.
        """
        same: list[Occupant] = []
        others: list[str] = []
        fitting, is_refuted = self._fitting(claims, meter)
        for claim, theirs in fitting:
            if self.is_for_folder or claim.is_of_another(self.one.key):
                others.append(claim.job)
            elif theirs.is_as_left:
                same.append(theirs)
        found = max(same, key=lambda one: one.one.proof is not None, default=self)
        if any(others):
            return replace(found, owner=max(others))
        if (others or is_refuted) and not same:
            refuted = replace(self.one, is_refuted=True)
            return replace(self, one=refuted, owner="" if others else None)
        return found

    def _fitting(
        self, claims: Sequence[Claim], meter: Meter
    ) -> tuple[Sequence[tuple[Claim, "Occupant"]], bool]:
        """Return the claims that the file is as they say, each with this as it has it.

        Where what ossh left there has one size and time, but other bytes, these tell. They also
        tell where a job may have put another object there that no row has yet. It is also returned
        whether they are none that a row has.
        """
        fitting = [(one, theirs) for one in claims if (theirs := self._as_in(one)) is not None]
        left = {one.entry.own.crc64 for one, _ in fitting if one.entry.own is not None}
        may_be_another = any(map(self._may_be_of, claims))
        if not left or (len(left) == 1 and not may_be_another):
            return fitting, may_be_another
        crc64, _md5 = self._contents(meter)
        told = [
            (one, theirs)
            for one, theirs in fitting
            if one.entry.own is None or one.entry.own.crc64 == crc64
        ]
        return told, crc64 not in left

    def _as_in(self, claim: Claim) -> "Occupant | None":
        """Return this as a claim has it; None if it is not as that says."""
        entry = claim.entry
        # size and ETag of a symlink do not tell where it leads
        is_same = (entry.size, entry.etag) == (self.one.size, self.one.etag)
        proof = entry.proof if is_same and not self.one.is_link else None
        known = replace(self.one, own=entry.own, proof=proof, finished=entry.finished_seconds)
        policy = replace(self.policy, doubted_since=claim.doubted_since)
        theirs = replace(self, one=known, policy=policy)
        is_found = entry.status.is_at_target and entry.own is None and self._has_date_of(entry)
        return theirs if theirs.is_as_left or is_found else None

    def _may_be_of(self, claim: Claim) -> bool:
        """Return whether it may be a different object, of a job that was killed before its row."""
        entry = claim.entry
        is_unrecorded = entry.status is Status.PENDING and not entry.is_refuted
        return claim.is_of_another(self.one.key) and is_unrecorded and self._has_date_of(entry)

    def _has_date_of(self, entry: Entry) -> bool:
        """Return whether it is a file that has size and date of an object."""
        is_dated = is_its_date(self.found.st_mtime, entry.last_modified.timestamp())
        return self.is_file and is_dated and self.found.st_size == entry.size

    def compared(self, meter: Meter, *, reads: bool) -> Comparison:
        """Return what the rules say of it; arguments are those of `LocalFiles.examine`.

        Raises:
            OSError: It cannot be read.
            Interrupted: By the meter.
        """
        conditions = {Condition.FOR_FOLDER} if self.is_for_folder else set()
        conditions |= {Condition.REPLACE} if self.policy.replace else set()
        conditions |= {Condition.CURRENT} if self.one.proof is not None else set()
        if self.owner is not None:
            conditions.add(Condition.OF_ANOTHER if self.owner else Condition.OF_NO_JOB)
        conditions |= self._file_conditions
        if self.is_file and self.is_for_folder:
            comparison = judge(conditions)  # whatever its bytes are
        elif self.is_file:
            comparison = self._file_compared(conditions, meter, reads=reads)
        elif self.is_link:
            comparison = self._link_compared(conditions)
        else:
            is_folder = stat.S_ISDIR(self.found.st_mode)
            comparison = judge(conditions | {Condition.FOLDER if is_folder else Condition.ODD})
        if comparison.why == OF_ANOTHER:
            text = N_("job '{name}' has a different object there")
            return replace(comparison, why=owned(text, self.owner or ""))
        return comparison

    # Files

    @property
    def _file_conditions(self) -> set[Condition]:
        if not self.is_file:
            return set()
        is_writable = self.found.st_mode & 0o222
        return {Condition.FILE} if is_writable else {Condition.FILE, Condition.READ_ONLY}

    def _file_compared(
        self, conditions: set[Condition], meter: Meter, *, reads: bool
    ) -> Comparison:
        one = self.one
        if is_in_doubt := self._is_in_doubt:
            conditions.add(Condition.IN_DOUBT)
        must_read, is_as_left = self._must_read(reads=reads), self.is_as_left
        crc64, md5 = self._contents(meter) if must_read else (self._own_crc64, "")
        if must_read and crc64 is not None and (proof := self._proof(crc64, md5)) is not None:
            own = OwnFile(*self._size_and_time, crc64)
            same = judge(conditions | {Condition.SAME_BYTES})
            return replace(same, own=own, proof=proof, is_read=True)
        if is_as_left and crc64 == self._own_crc64:
            as_left = judge(conditions | {Condition.AS_LEFT})
            return replace(as_left, own=one.own, proof=one.proof)
        if is_as_left and crc64 is not None:
            lost = judge(conditions | {Condition.OTHER_BYTES})
            return replace(lost, own=one.own, is_damaged=True)
        if one.own is not None:
            edited = judge(conditions | {Condition.EDITED})
            return replace(edited, is_damaged=is_in_doubt)
        if self._has_its_date and not must_read:
            return judge(conditions | {Condition.SIZE_AND_DATE})
        was_read = crc64 is not None
        is_damaged = was_read and self._has_its_date
        return replace(judge(conditions), is_read=was_read, is_damaged=is_damaged)

    @property
    def _size_and_time(self) -> tuple[int, int]:
        return self.found.st_size, self.found.st_mtime_ns

    @property
    def _own_crc64(self) -> int | None:
        return None if self.one.own is None else self.one.own.crc64

    @property
    def _is_in_doubt(self) -> bool:
        """Return whether it may lack its bytes after a power cut; what cannot is somebody's edit.

        What a cut leaves is whole, too short, or has zeros; it was dated as its object, or that is
        lost, too, and it still has the time at which it was written.
        """
        since, finished, one = self.policy.doubted_since, self.one.finished, self.one
        if since is None or finished is None or finished < since:
            return False
        size, modified = self.found.st_size, self.found.st_mtime
        is_as_written = abs(modified - finished) <= UNSAFE_SECONDS
        written = [(one.size, one.modified)]
        if one.own is not None:
            written.append((one.own.size, one.own.modified / 1e9))
        return any(
            size <= its_size and (is_as_written or is_its_date(modified, its_date))
            for its_size, its_date in written
        )

    @property
    def _has_its_size(self) -> bool:
        return self.found.st_size == self.one.size

    @property
    def _has_its_date(self) -> bool:
        """Return whether size and date say that it is an object which has not arrived just now."""
        one = self.one
        is_known = one.own is not None or one.is_refuted or one.crc64 is not None
        return (
            not is_known and self._has_its_size and is_its_date(self.found.st_mtime, one.modified)
        )

    def _must_read(self, *, reads: bool) -> bool:
        """Return whether only its bytes tell what it is."""
        one = self.one
        has_arrived = one.crc64 is not None
        if self.is_as_left:
            return reads or has_arrived or self._is_in_doubt
        if one.own is not None and one.proof is not None and self._size_and_time[0] == one.own.size:
            return True
        if has_arrived or not one.md5:
            return has_arrived and self._has_its_size and not one.is_link
        by_date = self._has_its_date or not self.policy.reads_bytes
        return self._has_its_size and (reads or not by_date)

    def _contents(self, meter: Meter) -> tuple[int | None, str]:
        """Return CRC64 and MD5 of a file; none if somebody changes it meanwhile.

        To read it may take minutes: it is also asked whether it still has its name, for most
        programs save a file as another one, to which they give the name.
        """
        descriptor = self.tree.place(self.one.path).open_regular(os.O_RDONLY)
        with open(descriptor, "rb", buffering=0) as file:
            if _version(os.fstat(descriptor)) != _version(self.found):
                return None, ""
            found = checksums(file, meter, with_md5=bool(self.one.md5))
            versions = _version(os.fstat(descriptor)), _version(self.tree.stat(self.one.path))
            return found if versions == (_version(self.found),) * 2 else (None, "")

    def _proof(self, crc64: int, md5: str) -> Proof | None:
        """Return what bytes that were read prove."""
        one = self.one
        if one.proof is not None and crc64 == self._own_crc64:
            return one.proof
        if one.crc64 is not None:
            return Proof.CRC64 if crc64 == one.crc64 and self._has_its_size else None
        return Proof.MD5 if one.md5 and md5 == one.md5 else None

    # Links

    def _link_compared(self, conditions: set[Condition]) -> Comparison:
        one = self.one
        conditions.add(Condition.LINK)
        if one.is_link and one.crc64 is not None and self._link_crc64() == one.crc64:
            own = OwnFile(0, 0, one.crc64, is_link=True)
            return replace(judge(conditions | {Condition.SAME_BYTES}), own=own, proof=Proof.LINK)
        if self.is_as_left:
            as_left = judge(conditions | {Condition.AS_LEFT})
            return replace(as_left, own=one.own, proof=one.proof, is_read=True)
        return judge(conditions)

    def _link_crc64(self) -> int:
        return crc64_of_link(self.tree.place(self.one.path).readlink())


def _version(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns
