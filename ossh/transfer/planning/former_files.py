"""What a manifest remembers of files whose objects left the job: as long as that says anything."""

import os
from contextlib import suppress

from ossh.job import Job, recorded_target
from ossh.manifest import Manifest
from ossh.model import Entry
from ossh.paths import ancestors
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.tree import Tree

_PAGE = 250  # looked at each time: a hundredth of a second
_MOST_PAGES = 40


def forget_spent(job: Job, manifest: Manifest, local_files: LocalFiles) -> None:
    """Forget what was put aside and has no file any more, or one that another object replaced.

    Where the files are not where the job's target is now, nobody can tell.

    To look at all of them takes long where there are many, and a bucket may be listed every few
    minutes: each time some more are looked at, and further ones as long as most of these can go.

    Raises:
        Interrupted: Told to stop.
    """
    if manifest.get_meta("target") != recorded_target(job):
        return
    for _page in range(_MOST_PAGES):
        local_files.check_stopping()
        page = manifest.next_former(_PAGE)
        tree = local_files.tree
        spent = [one.row for one, by in page if is_replaced(one, by, tree) or _is_gone(one, tree)]
        manifest.forget_former(spent)
        if 2 * len(spent) <= len(page):
            return


def is_replaced(entry: Entry, by: Entry | None, tree: Tree) -> bool:
    """Return whether the file of an object has been replaced by that of the one in its place."""
    if by is None or not (by.status.is_at_target or by.own):
        return False
    with suppress(OSError):  # paths that differ may be one on this disk
        return entry.path == by.path or os.path.samestat(tree.stat(entry.path), tree.stat(by.path))
    return False


def _is_gone(entry: Entry, tree: Tree) -> bool:
    try:
        tree.folder("".join(ancestors(entry.path)[-1:]))
        return not tree.exists(entry.path)
    except OSError:
        return False  # nobody can tell: its folder may be away for a while
