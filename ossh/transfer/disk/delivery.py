"""How an object gets its final name: its bytes are proved, its place is looked at once more.

Nothing is ever written under a final name. Hours may lie between the plan and the rename, so what
the plan saw is not trusted: the same judge is asked again. Between that look and the rename are a
few microseconds.

A symlink may become a local link. It points from one file of the target to another, by a relative
path, through no other link of a folder, and nothing is ever written through it: a rename replaces
a link.
"""

import errno
import os
import posixpath
import stat
from collections.abc import Callable

from ossh.language import Words
from ossh.model import Entry, OwnFile, Proof
from ossh.transfer.disk import file_io
from ossh.transfer.disk.disk_errors import ConflictError, CorruptError, EscapeError
from ossh.transfer.disk.file_io import checksums, crc64_of_link, md5_in
from ossh.transfer.disk.folder import Place
from ossh.transfer.disk.occupant import Wanted
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.messages import Done, Fetch, Link, Seal, Served

_PROTECTED = Words("the file in its place cannot be replaced: it is in use, or protected")
_MOST_HOPS = 40  # as many links as Linux follows


def deliver(
    task: Fetch | Seal,
    served: Served,
    crc64: int,
    workspace: Workspace,
    written: os.stat_result | None = None,
) -> Done:
    """Prove a partial file, and give it its final name, atomically.

    It may be called again as long as a file is in use. The CRC64 is that of the bytes on disk; what
    was written is told where it took so long that its name may lead elsewhere by now.

    Raises:
        CorruptError: The bytes are not the object's.
        PlantedError: The name leads elsewhere.
        InUseError: Another program has one of the two files open.
        OSError: Its place must be kept, or cannot be written.
    """
    entry = task.entry
    draft = workspace.draft(entry.row)
    if not file_io.DATES_OPEN_FILES:
        draft.utime(entry.last_modified.timestamp())
    found = draft.stat()
    if found.st_nlink > 1 or not os.path.samestat(found, written or found):
        workspace.drop(entry.row)
        raise workspace.planted(entry.row)
    proof = prove(entry, served, found.st_size, crc64, lambda: _md5_of(entry.row, workspace))
    own = OwnFile(found.st_size, found.st_mtime_ns, crc64)
    one = Wanted(entry.path, own.size, crc64=crc64, own=entry.own)
    own, has_moved = put_in_place(draft, one, own, workspace)
    workspace.delivered(entry.row)
    received = found.st_size if isinstance(task, Fetch) else 0
    return Done(task, served=served, own=own, proof=proof, has_moved=has_moved, received=received)


def _md5_of(row: int, workspace: Workspace) -> str:
    with open(workspace.existing(row), "rb", buffering=0) as file:
        return checksums(file)[1]


def deliver_large(
    task: Fetch | Seal,
    served: Served,
    crc64: int,
    workspace: Workspace,
    written: os.stat_result | None,
) -> Done:
    """Deliver the partial file of a large object; arguments and errors are those of `deliver`.

    Unless what was written is told, it has no date yet, and maybe the tail of an earlier version.
    A worker that was lost may have done so: its answer is lost, too, and the task is another's now.
    """
    try:
        written = written or _dated(task.entry, served, workspace)
        return deliver(task, served, crc64, workspace, written)
    except FileNotFoundError:
        if (own := _delivered(task.entry.path, served, crc64, workspace)) is None:
            raise
        workspace.delivered(task.entry.row)
        proof = Proof.LENGTH if served.crc64 is None else Proof.CRC64
        received = served.size if isinstance(task, Fetch) else 0
        return Done(task, served=served, own=own, proof=proof, received=received)


def _dated(entry: Entry, served: Served, workspace: Workspace) -> os.stat_result | None:
    with open(workspace.existing(entry.row), "rb+", buffering=0) as file:
        if os.fstat(file.fileno()).st_size > served.size:
            file.truncate(served.size)  # the tail of an earlier, longer version
        return file_io.dated(file.fileno(), entry.last_modified.timestamp())


def _delivered(path: str, served: Served, crc64: int, workspace: Workspace) -> OwnFile | None:
    """Return what is in an object's place, if it is just what its partial file would bring."""
    if served.crc64 not in {None, crc64}:
        return None
    return workspace.local_files.examine(Wanted(path, served.size, crc64=crc64)).own


def prove(entry: Entry, served: Served, size: int, crc64: int, md5: Callable[[], str]) -> Proof:
    """Return how bytes were proved to be the object; `md5` returns theirs if that is needed.

    Raises:
        CorruptError: They are something else.
    """
    if size != served.size:
        message = f"{size} of {served.size} bytes arrived"
        raise CorruptError(message)
    if served.crc64 is not None:
        if served.crc64 != crc64:
            message = f"CRC64 is {crc64}, the service says {served.crc64}"
            raise CorruptError(message)
        return Proof.CRC64
    etag = served.etag or entry.etag
    if not (expected := md5_in(etag, entry.type)):
        return Proof.LENGTH
    if (found := md5()) != expected:
        message = f"MD5 is {found}, the ETag says {etag}"
        raise CorruptError(message)
    return Proof.MD5


def put_in_place(
    draft: Place, one: Wanted, own: OwnFile, workspace: Workspace
) -> tuple[OwnFile, bool]:
    """Give a file its final name, unless the same is there already.

    Return what is there then, and whether something else made way for it, to the trash. `own` is
    what it is once it has its name.

    Raises:
        ConflictError: Something that must be kept is there.
        InUseError: Another program has one of the two files open.
        OSError: It cannot be written.
    """
    try:
        return _put_in_place(draft, one, own, workspace)
    except FileNotFoundError:  # its folder was removed just now: there may be another
        return _put_in_place(draft, one, own, workspace)


def _put_in_place(
    draft: Place, one: Wanted, own: OwnFile, workspace: Workspace
) -> tuple[OwnFile, bool]:
    final, has_moved = workspace.cleared_place(one.path)
    if final.exists():
        found = workspace.local_files.examine(one)
        match found.state:
            case LocalState.HERE if found.own is not None:
                draft.discard()
                return found.own, False
            case LocalState.HERE | LocalState.CONFLICT:
                raise ConflictError(errno.EEXIST, found.why, final.path)
            case LocalState.TRASHED:
                workspace.local_files.trash.take_now(one.path)
                has_moved = True
            case LocalState.NEW | LocalState.CHANGED:
                pass
    rename(draft, final)
    return own, has_moved


def rename(draft: Place, final: Place) -> None:
    """Give a partial file its final name.

    Raises:
        InUseError: Another program has one of the two open.
        OSError: With EBUSY when a file at the final name is what stands in the way.
    """
    try:
        draft.replace_now(final)
    except PermissionError:
        if final.folder.is_writable() and stat.S_ISREG(final.stat().st_mode):
            raise OSError(errno.EBUSY, _PROTECTED, final.path) from None  # it takes another
        raise


def deliver_link(task: Link, workspace: Workspace) -> Done:
    """Make a local link to what is, or will be, at another path below the target.

    The answer has no proof when this disk, system or user has no links, or when another one stands
    on the way and may lead out of the target.

    Raises:
        InUseError: Another program has what is in its place open.
        OSError: Its place must be kept, or cannot be written.
    """
    entry = task.entry
    workspace.drop(entry.row)
    draft = workspace.draft(entry.row)
    _, has_cleared = workspace.cleared_place(entry.path)
    if not _is_within(workspace.tree, task.to):
        return Done(task, has_moved=has_cleared)
    way = posixpath.relpath(f"/{task.to}", posixpath.dirname(f"/{entry.path}"))
    try:
        draft.symlink(way.replace("/", os.sep))
    except (OSError, NotImplementedError):
        return Done(task, has_moved=has_cleared)
    crc64 = crc64_of_link(draft.readlink())  # as the system has it
    one = Wanted(entry.path, crc64=crc64, is_link=True, own=entry.own)
    own, has_moved = put_in_place(draft, one, OwnFile(0, 0, crc64, is_link=True), workspace)
    return Done(task, own=own, proof=Proof.LINK, has_moved=has_moved or has_cleared)


def _is_within(tree: Tree, path: str) -> bool:
    """Return whether what is at a path, all links followed, is below the target, or missing.

    That is what the links say; no folder on the way may be one.
    """
    for _hop in range(_MOST_HOPS):
        try:
            way = tree.place(path).readlink()
        except EscapeError:
            return False
        except OSError as error:
            return error.errno != errno.EACCES  # it is none, or missing
        if (found := _destination(path, way)) is None:
            return False
        path = found
    return True  # a loop leads nowhere


def _destination(path: str, way: str) -> str | None:
    """Return the path below the target that a link leads to; None if that is none."""
    names = way.replace(os.sep, "/").split("/")
    ups = next((at for at, name in enumerate(names) if name != ".."), len(names))
    down, folder = names[ups:], path.split("/")[:-1]
    is_odd = not down or not {"", ".", ".."}.isdisjoint(down) or os.path.splitdrive(way)[0]
    if is_odd or ups > len(folder):  # "..", once below a name, need not lead back
        return None
    return "/".join(folder[: len(folder) - ups] + down)
