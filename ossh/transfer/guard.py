"""The last look before an object gets its name: what people put there since must stay.

Hours may lie between the plan and the rename. What the plan saw is not trusted: the same rules are
asked once more. Between this look and the rename are a few microseconds.
"""

import errno
import os
from datetime import UTC, datetime

from ossh.model import Entry
from ossh.transfer.disk import Disk
from ossh.transfer.messages import Fetch, Link, Seal
from ossh.transfer.standing import Standing
from ossh.transfer.workspace import KeptError, Workspace


def refuse_kept(task: Fetch | Seal | Link, final: str, workspace: Workspace) -> None:
    """Refuse to continue where the rename would replace what must be kept.

    Args:
        task: Whose object is to get its name.
        final: That name, as `Workspace.place` returns it.
        workspace: Where it is.

    Raises:
        KeptError: Something that must be kept is there.
    """
    if not os.path.lexists(final):
        return
    policy = workspace.policy
    disk = Disk(workspace.target, replace=policy.replace, is_doubtful=policy.is_doubtful)
    found = disk.standing(_entry(task), task.path)
    if found.standing is Standing.CONFLICT:
        raise KeptError(errno.EEXIST, found.why, final)


def _entry(task: Fetch | Seal | Link) -> Entry:
    """Return what a task and its job know of an object and of the file in its place."""
    before = task.before
    finished = None if before.finished is None else datetime.fromtimestamp(before.finished, UTC)
    return Entry(
        task.row,
        task.key,
        task.path,
        task.size,
        task.etag,
        datetime.fromtimestamp(task.modified, UTC),
        task.type,
        proof=before.proof,
        crc64=before.crc64,
        finished=finished,
    )
