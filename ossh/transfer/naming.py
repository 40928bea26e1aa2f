"""By which rules a job names its files: those of its first run, for a path must not change.

Another disk may take names for one that were told apart when the job was planned, or understand by
them something else. Then two objects would share a file, and the last one would win; so the job is
refused there.
"""

import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.manifest import Manifest
from ossh.manifest.questions import Questions
from ossh.paths import NameRules
from ossh.transfer.preflight import nearest_folder
from ossh.transfer.workspace import WORK_FOLDER

_META = "names"  # where the manifest keeps the rules, as JSON
_CASES = ("oSSh", "OssH")
_FORMS = ("\u00e9", "e\u0301")
_TYPES = {
    "windows": bool,
    "fold_case": bool,
    "fold_form": bool,
    "max_component": int,
    "utf16": bool,
}
_SHORTEST, _LONGEST = 64, 1024  # characters of a name, see `NameRules`
_STRICTER = ("windows", "fold_case", "fold_form")


def rules_for(job: Job, manifest: Manifest) -> NameRules:
    """Return the rules that a job's names follow; the first run decides on them.

    Raises:
        UsageError: The target's disk, or the job file, wants stricter ones now.
    """
    wanted = _wanted(job)
    if (rules := recorded_rules(manifest)) is None:
        manifest.set_meta(_META, _dumped(wanted or careful()))
        return wanted or careful()
    if wanted and any(getattr(wanted, name) > getattr(rules, name) for name in _STRICTER):
        message = _(
            "the file names of job '{name}' were chosen for another kind of disk than '{directory}'"
        ).format(name=job.name, directory=job.directory)
        raise UsageError(
            message,
            hint=_(
                "get --to DIR --name NAME makes a separate job for this disk; files already "
                "here are not fetched again"
            ),
        )
    return rules


def recorded_rules(manifest: Questions) -> NameRules | None:
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


def _wanted(job: Job) -> NameRules | None:
    if job.target.names == "portable":
        return NameRules.portable()
    return probe(nearest_folder(job.directory))


def probe(folder: Path, platform: str = sys.platform) -> NameRules | None:
    """Return what the disk under a folder makes of names, None when it cannot be asked.

    Asked of the disk itself: neither Linux nor macOS says by its name whether a disk folds case
    or Unicode forms.
    """
    work = folder / WORK_FOLDER
    own = work / "names"  # what a killed process left of it will do
    try:
        for one in (work, own):
            one.mkdir(exist_ok=True)
            if one.is_symlink():  # planted
                return None
        try:
            return replace(
                NameRules.native(platform),
                fold_case=_is_seen(own, *_CASES),
                fold_form=_is_seen(own, *_FORMS),
            )
        finally:
            _remove(own)
    except OSError:
        return None


def careful(platform: str = sys.platform) -> NameRules:
    """Return rules for a disk that cannot be asked: more names count as equal."""
    return replace(NameRules.native(platform), fold_case=True, fold_form=True)


def _is_seen(folder: Path, name: str, other: str) -> bool:
    """Return whether a file is found under another spelling of its name.

    Raises:
        OSError: Another process that tries the same has just removed the file.
    """
    with suppress(FileExistsError):  # or planted: a link must not be followed
        (folder / name).touch(exist_ok=False)
    is_seen = (folder / other).exists()
    (folder / name).stat()
    return is_seen


def _remove(own: Path) -> None:
    """Remove the files and folders that were needed to ask; others that are there stay."""
    for name, _other in (_CASES, _FORMS):
        (own / name).unlink(missing_ok=True)
    with suppress(OSError):
        own.rmdir()
        own.parent.rmdir()


def _dumped(rules: NameRules) -> str:
    return json.dumps(
        {
            "windows": rules.windows,
            "fold_case": rules.fold_case,
            "fold_form": rules.fold_form,
            "max_component": rules.max_component,
            "utf16": rules.utf16,
        }
    )
