"""Files below a target that belong to no object of the job."""

import os
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from itertools import islice

from ossh.job import Job
from ossh.language import Words
from ossh.manifest import ManifestQueries, companions
from ossh.paths import TARGET_ITSELF, NameRules, folded, is_reserved, long_path, path_in
from ossh.transfer.disk.folder import is_junction
from ossh.transfer.disk.tree import Tree

UNREAD = Words("a folder that cannot be read")
_AT_ONCE = 250  # each may have two spellings


def find_foreign(
    manifest: ManifestQueries, target: str, rules: NameRules, ours: Collection[str]
) -> Iterator[list[str]]:
    """Yield the files without a row, in batches; some are empty, so that the caller can stop.

    What ends in "/" is a folder that cannot be read. What is `ours`, absolute paths of files and
    folders, is left out.
    """
    files = files_below(target, ours)
    while some := list(islice(files, _AT_ONCE)):
        names = {path: {path, folded(path, rules)} for path in some}
        known = manifest.entries_named(sorted(set().union(*names.values())))
        yield [path for path in some if known.keys().isdisjoint(names[path])]


def own_paths(job: Job, target: str) -> frozenset[str]:
    """Return the absolute paths of a job's own files, and of their folder if it is not `target`."""
    own = {long_path(str(path)) for path in (job.path, *companions(job.manifest_path))}
    return frozenset(own | ({long_path(str(job.path.parent))} - {target}))


def files_below(target: str, ours: Collection[str]) -> Iterator[str]:
    """Yield the path of every file below a folder, segments joined by "/"; links are not followed.

    In the place of what is in a folder that cannot be read comes the folder, with a "/" at the end.
    What ossh keeps at the top of a target is left out. In memory is one open folder for each level.
    """
    with closing(Tree(target)) as tree:
        levels = [("", _scan(tree, ""))]
        while levels:
            start, entries = levels[-1]
            try:
                one = next(entries, None)
                is_folder = one is not None and one.is_dir(follow_symlinks=False)
            except OSError:
                yield start or TARGET_ITSELF
                one, is_folder = None, False
            if one is None:
                levels.pop()
                continue
            path = start + one.name
            if path_in(tree.target, path) in ours or (not start and is_reserved(one.name)):
                continue
            if is_folder:
                if os.sep == "/" or not is_junction(one):  # which looks: not everybody may
                    levels.append((f"{path}/", _scan(tree, path)))
            elif not _leads_to_folder(one):
                yield path


def _leads_to_folder(one: os.DirEntry[str]) -> bool:
    with suppress(OSError):  # it leads in a circle, or where nobody may look
        return one.is_symlink() and one.is_dir()
    return False


def _scan(tree: Tree, folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder; nothing if it has gone.

    Raises:
        OSError: It cannot be read, or not to its end.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        yield from tree.folder(folder).scan()
