"""Members of an archive become files: mapped names, partial files and renames, as everywhere."""

import os
import secrets
import stat
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import fastcrc

from ossh import patient
from ossh.errors import LocalError, UsageError
from ossh.language import Words, _, said
from ossh.manifest import distinct_paths
from ossh.model import ObjectInfo, OwnFile
from ossh.paths import TARGET_ITSELF, NameRules, folder_of, local_path, stands_for_folder
from ossh.printable import printable
from ossh.transfer.disk import work_folder
from ossh.transfer.disk.delivery import put_in_place
from ossh.transfer.disk.disk_errors import unusable
from ossh.transfer.disk.occupant import Wanted
from ossh.transfer.disk.overwrite_rules import NOT_OURS, Policy
from ossh.transfer.disk.own_places import OwnPlaces
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.machine import free_space
from ossh.transfer.planning.name_rules import rules_of_disk
from ossh.transfer.scheduling.retry_policy import DECISIONS, Decision
from ossh.units import format_size

_ROW = 1  # there is one partial file at a time
_BLOCK = 512 * 1024


@dataclass(slots=True)
class Unpacked:
    """What has become of members so far."""

    written: int = 0  # files
    kept: int = 0  # that were there already, and the same
    size: int = 0  # bytes written
    mapped: list[tuple[str, str]] = field(default_factory=list)  # key and path, if that differs
    missing: list[tuple[str, str]] = field(default_factory=list)  # key and reason


@dataclass(slots=True, eq=False)
class Unpacking:
    """Writes members of an archive below a folder."""

    members: Sequence[ObjectInfo]
    # Returns the bytes of a key, verified by its CRC32 when they have ended; raises a `UsageError`,
    # now or as they are taken, where something is wrong with that member alone.
    blocks: Callable[[str], Iterator[bytes]]
    prefix: str  # local names start behind its last "/"
    target: Path
    jobs: Path  # the folder of jobs, whose files no member gets
    file: str = ""  # name of the file of the only member; "" for the usual one
    rules: NameRules | None = None  # what the disk makes of names; None: it is asked
    _state: Unpacked = field(default_factory=Unpacked)

    def steps(self) -> Iterator[Unpacked]:
        """Write them, and yield how far that has come, after each; an early end leaves nothing.

        Raises:
            LocalError: There is too little space, or the target cannot be written.
            StoreError: The archive cannot be read any further.
        """
        work_folder.remove_abandoned(self.target)
        self._refuse_too_large()
        own_id = secrets.token_hex(8)
        workspace = Workspace(self.target, own_id, Policy(reads_bytes=False))
        lock = work_folder.UNPACKING_LOCK
        with (
            closing(workspace),
            work_folder.working(workspace.tree, own_id, lock=lock),
            ExitStack() as last,
        ):
            last.callback(workspace.drop, _ROW)
            for info, path in zip(self.members, self._paths(), strict=True):
                try:
                    self._unpack(info, path, workspace)
                except UsageError as error:
                    self._state.missing.append((info.key, str(error)))
                except OSError as error:
                    failure = workspace.failure(error)
                    if DECISIONS[failure.cause] is Decision.STOP:
                        raise unusable(str(self.target), error) from error
                    self._state.missing.append((info.key, said(failure.message)))
                else:
                    name = info.key.removeprefix(folder_of(self.prefix))
                    if path not in {name, self.file, TARGET_ITSELF}:
                        self._state.mapped.append((info.key, path))
                yield self._state

    def _refuse_too_large(self) -> None:
        size = sum(info.size for info in self.members)
        if size > (free := free_space(self.target)):
            raise LocalError(
                _("'{folder}' has {free} free, but the members need {size}").format(
                    folder=printable(str(self.target)),
                    free=format_size(free),
                    size=format_size(size),
                ),
                hint=_("free some space, or choose another folder with --to"),
            )

    def _paths(self) -> list[str]:
        """Return the path of each below the target; of those that clash, the later one yields."""
        rules = self.rules or rules_of_disk(self.target)
        candidates = []
        for one in self.members:
            path = local_path(one.key, self.prefix, rules, is_folder=stands_for_folder(one))
            candidates.append((one.key, self.file or path))
        are_own = OwnPlaces(self.target, rules, self.jobs).have_any
        return distinct_paths(candidates, rules, are_own)

    def _unpack(self, info: ObjectInfo, path: str, workspace: Workspace) -> None:
        state, blocks = self._state, self.blocks(info.key)
        if stands_for_folder(info):
            deque(blocks, maxlen=0)  # nothing, if what precedes it agrees
            if path != TARGET_ITSELF:
                workspace.make_folder(path)
            return
        if workspace.place(path).exists():
            if _is_here(info, path, workspace.tree):
                state.kept += 1
                return
            why = workspace.local_files.examine(Wanted(path, -1)).why
            why = Words("the local file differs from the member") if why == NOT_OURS else why
            text = _("{reason}; move it away, or choose another --to")
            raise UsageError(text.format(reason=said(why)))
        with open(workspace.open(_ROW), "wb") as partial:
            crc64 = 0
            for block in blocks:
                partial.write(block)
                crc64 = fastcrc.crc64.xz(block, crc64)
        draft = workspace.draft(_ROW)
        draft.utime(info.last_modified.timestamp())
        one, own = Wanted(path, info.size, crc64=crc64), OwnFile(0, 0, crc64)
        patient.retried(
            lambda: put_in_place(draft, one, own, workspace), seconds=patient.BODY_SECONDS
        )
        state.written += 1
        state.size += info.size


def _is_here(info: ObjectInfo, path: str, tree: Tree) -> bool:
    """Return whether the file of a member is there, by its size and CRC32."""
    found, crc = tree.stat(path), 0
    if not stat.S_ISREG(found.st_mode) or found.st_size != info.size:
        return False
    with open(tree.place(path).open_regular(os.O_RDONLY), "rb") as file:
        while block := file.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return f"{crc:08X}" == info.etag
