"""How an object gets its final name: its bytes are proved, its place is looked at once more.

Nothing is ever written under a final name. Hours may lie between the plan and the rename, so what
the plan saw is not trusted: the same rules are asked again. Between that look and the rename are a
few microseconds.
"""

import errno
import os
import stat
from collections.abc import Callable

from ossh.language import Words
from ossh.model import Entry, Proof
from ossh.transfer.disk import links, local_links
from ossh.transfer.disk.disk_errors import ConflictError, CorruptError
from ossh.transfer.disk.file_io import crc64_of, md5_in, md5_in_file, md5_of
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import LocalState, is_own_time
from ossh.transfer.disk.tree import Place
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.messages import Fetch, Link, Seal, Served
from ossh.units import moment_at

_PROTECTED = Words("the file in its place cannot be replaced: it is in use, or protected")


def deliver(
    task: Fetch | Seal, served: Served, size: int, crc64: int, workspace: Workspace
) -> Proof:
    """Prove a partial file that has its mtime, and give it its final name, atomically.

    Size and CRC64 are those of the bytes on disk. It may be called again as long as a file is in
    use.

    Raises:
        CorruptError: The bytes are not the object's.
        InUseError: Another program has one of the two files open.
        OSError: Its place must be kept, or cannot be written.
    """
    proof = prove(task, served, size, crc64, lambda: _md5_of_partial(task.row, workspace))
    final = workspace.place(task.path)
    if final.exists():
        refuse_conflict(task, final.path, workspace)
    rename(workspace.draft(task.row), final)
    workspace.delivered(task.row)
    return proof


def _md5_of_partial(row: int, workspace: Workspace) -> str:
    with open(workspace.existing(row), "rb", buffering=0) as file:
        return md5_in_file(file)


def deliver_parts(task: Fetch | Seal, served: Served, crc64: int, workspace: Workspace) -> Proof:
    """Deliver the partial file of a large object; arguments and errors are those of `deliver`.

    A worker that was lost may have done so: its answer is lost, too, and the task is another's now.
    """
    try:
        descriptor = workspace.existing(task.row)
    except FileNotFoundError:
        if _is_delivered(task, served, crc64, workspace):
            workspace.delivered(task.row)
            final = workspace.place(task.path).path
            return prove(task, served, served.size, crc64, lambda: md5_of(final))
        raise
    with open(descriptor, "rb+", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if size > served.size:
            file.truncate(served.size)  # the tail of an earlier, longer version
            size = served.size
    draft = workspace.draft(task.row)
    draft.folder.utime(draft.name, task.modified)
    return deliver(task, served, size, crc64, workspace)


def _is_delivered(task: Fetch | Seal, served: Served, crc64: int, workspace: Workspace) -> bool:
    """Return whether an object's place holds just what its partial file would bring there."""
    final = workspace.place(task.path).path
    try:
        found = os.lstat(final)
        is_same = found.st_size == served.size and is_own_time(found.st_mtime, task.modified)
        return is_same and crc64_of(final, served.size) == crc64
    except OSError:
        return False


def deliver_link(task: Link, workspace: Workspace) -> int | None:
    """Make a local link, and return its checksum; None where none can be made, see `links.make`.

    Raises:
        InUseError: Another program has what is in its place open.
        OSError: Its place must be kept, or cannot be written.
    """
    final = workspace.place(task.path)
    refuse_conflict(task, final.path, workspace)
    workspace.drop(task.row)
    draft = workspace.draft(task.row)
    if not local_links.make(draft, task.path, task.to, workspace.tree):
        return None
    way = draft.folder.readlink(draft.name)  # as the system has it
    rename(draft, final)
    return links.crc64_of_way(way)


def prove(
    task: Fetch | Seal, served: Served, size: int, crc64: int, md5: Callable[[], str]
) -> Proof:
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
    etag = served.etag or task.etag
    if not (expected := md5_in(etag, task.type)):
        return Proof.LENGTH
    if (found := md5()) != expected:
        message = f"MD5 is {found}, the ETag says {etag}"
        raise CorruptError(message)
    return Proof.MD5


def refuse_conflict(task: Fetch | Seal | Link, final: str, workspace: Workspace) -> None:
    """Refuse to continue where the rename to `final` would replace what must be kept.

    Raises:
        ConflictError: Something that must be kept is there.
    """
    if not os.path.lexists(final):
        return
    found = LocalFiles(workspace.target, workspace.policy).compare(_entry(task), task.path)
    if found.state is LocalState.CONFLICT:
        raise ConflictError(errno.EEXIST, found.why, final)


def _entry(task: Fetch | Seal | Link) -> Entry:
    """Return what a task and its job know of an object and of the file in its place."""
    before = task.before
    finished = None if before.finished is None else moment_at(before.finished)
    return Entry(
        task.row,
        task.key,
        task.path,
        task.size,
        task.etag,
        moment_at(task.modified),
        task.type,
        proof=before.proof,
        crc64=before.crc64,
        finished=finished,
    )


def rename(draft: Place, final: Place) -> None:
    """Give a partial file its final name.

    Raises:
        InUseError: Another program has one of the two open.
        OSError: With EBUSY when a file at the final name is what stands in the way.
    """
    try:
        draft.folder.replace_now(draft.name, *final)
    except PermissionError:
        folder, name = final
        if folder.is_writable() and stat.S_ISREG(folder.stat(name).st_mode):
            raise OSError(errno.EBUSY, _PROTECTED, final.path) from None  # it takes another
        raise
