"""Which disk's rules a job names its files by: those of its first run, as no path may change.

`ossh.paths` applies them to a key, `ossh.manifest.local_names` to keys with one name.

Another disk may take names for one that were told apart when the job was planned, or understand by
them something else. Then two objects would share a file, and the last one would win; so the job is
refused there.
"""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path

from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.manifest import Manifest, ManifestQueries
from ossh.model import Target
from ossh.paths import NameRules
from ossh.transfer.disk.folder import Folder, Place
from ossh.transfer.disk.own_places import WORK_FOLDER
from ossh.transfer.disk.tree import Tree
from ossh.transfer.machine import nearest_folder

_META = "names"  # where the manifest keeps the rules, as JSON
_LAYOUT = "layout"  # where it keeps how paths are made of keys; nothing for the usual way
_CASES = ("oSSh", "OssH")
_FORMS = ("\u00e9", "e\u0301")
_FOREIGN = ('x"*:<>?\\|\x01.', 'x"*:<>?\\|\x01')  # to Windows, and to its disks elsewhere
_TYPES = {one.name: one.type for one in fields(NameRules)}
_SHORTEST, _LONGEST = 64, 1024  # characters of a name, see `NameRules`
_STRICTER = ("windows", "fold_case", "fold_form")


def rules_for(job: Job, manifest: Manifest) -> NameRules:
    """Return the rules that a job's names follow; the first run decides on them.

    Raises:
        UsageError: The target's disk, or the job file, wants other ones now.
    """
    is_portable = job.target.names == "portable"
    wanted = NameRules.portable() if is_portable else probe(nearest_folder(job.directory))
    layout = _layout_text(job.target)
    if (rules := recorded_rules(manifest)) is None:
        rules = wanted or careful()
        manifest.set_meta(_META, json.dumps(asdict(rules)))
        manifest.set_meta(_LAYOUT, layout)
        return rules
    if manifest.get_meta(_LAYOUT) != layout:
        text = _(
            "'file', 'flat' or 'strip_prefix' of job '{name}' changed since its files were named"
        )
        hint = _(
            "undo the edit in '{path}'; or get --to DIR --name NAME makes a separate job with "
            "other names"
        )
        raise UsageError(text.format(name=job.name), hint=hint.format(path=job.path))
    if wanted and any(getattr(wanted, name) > getattr(rules, name) for name in _STRICTER):
        text = _(
            "the file names of job '{name}' were chosen for a different kind of disk than "
            "'{directory}'"
        )
        hint = _(
            "get --to DIR --name NAME makes a separate job for this disk; files already "
            "here are not fetched again"
        )
        raise UsageError(text.format(name=job.name, directory=job.directory), hint=hint)
    return rules


def _layout_text(target: Target) -> str:
    if target.file:
        return f"file {target.file}"
    if target.flat:
        return "flat"
    return f"strip {target.strip_prefix}" if target.strip_prefix else ""


def recorded_rules(manifest: ManifestQueries) -> NameRules | None:
    """Return the rules that a job's names follow, None when they are not settled yet.

    Raises:
        ManifestError: What is recorded is not a set of rules.
    """
    if not (text := manifest.get_meta(_META)):
        return None
    try:
        found = json.loads(text)
        types = {name: type(one) for name, one in found.items()}
        if types != _TYPES or not _SHORTEST <= found["max_component"] <= _LONGEST:
            raise manifest.damaged(f"{_META}: {text:.80}")
        return NameRules(**found)
    except (ValueError, AttributeError) as error:
        raise manifest.damaged(f"{_META}: {error}") from error


def probe(folder: Path, platform: str = sys.platform) -> NameRules | None:
    """Return what the disk under a folder makes of names, None when it cannot be asked.

    Asked of the disk itself: neither Linux nor macOS says by its name whether a disk folds case
    or Unicode forms, or refuses what Windows does: an exFAT stick refuses "a:b", and FAT takes
    "end." for "end". Only how long a name may be is said by the system.
    """
    own = f"{WORK_FOLDER}/names"  # may be left over from a killed process
    tree, usual = Tree(str(folder)), NameRules.native(platform)
    with suppress(OSError):  # something else may be planted there, too
        here = tree.folder(own, is_made=True)
        try:
            case, form = _is_seen(here, *_CASES), _is_seen(here, *_FORMS)
            windows = usual.windows or _is_foreign(here)
            longest = min(usual.max_component, _longest(here))
            return replace(
                usual, windows=windows, fold_case=case, fold_form=form, max_component=longest
            )
        finally:
            for name, _other in (_CASES, _FORMS, _FOREIGN):
                Place(here, name).discard()
            with suppress(OSError):  # others that are there stay
                tree.place(own).rmdir()
                tree.place(WORK_FOLDER).rmdir()
    return None


def rules_of_disk(target: Path) -> NameRules:
    """Return the rules of the disk that a target is on, or will be."""
    return probe(nearest_folder(target)) or careful()


def careful(platform: str = sys.platform) -> NameRules:
    """Return rules for a disk that cannot be asked: more names count as equal."""
    return replace(NameRules.native(platform), fold_case=True, fold_form=True)


def _longest(folder: Folder) -> int:
    """Return how long a name may be; a disk that encrypts names may hold only 143 bytes."""
    if sys.platform == "win32" or folder.dir_fd is None:
        return _LONGEST
    said = os.statvfs(folder.dir_fd).f_namemax
    return max(_SHORTEST, said) if said else _LONGEST  # some disks of FUSE say 0: nothing


def _is_foreign(folder: Folder) -> bool:
    """Return whether a disk refuses a name that Windows cannot have, or changes it.

    Raises:
        OSError: It takes no other name, either; or as `_is_seen`.
    """
    try:
        _make(folder, _FOREIGN[0])
    except OSError:  # of one kind or another
        Place(folder, _CASES[0]).discard()
        _make(folder, _CASES[0])
        return True
    return _is_seen(folder, *_FOREIGN)


def _is_seen(folder: Folder, name: str, other: str) -> bool:
    """Return whether a file is found under another spelling of its name.

    Raises:
        OSError: Another process that tries the same has just removed the file.
    """
    _make(folder, name)
    is_seen = Place(folder, other).exists()
    folder.stat(name)
    return is_seen


def _make(folder: Folder, name: str) -> None:
    with suppress(FileExistsError):  # or planted: a link must not be followed
        os.close(Place(folder, name).create())
