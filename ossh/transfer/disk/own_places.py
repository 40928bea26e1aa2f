"""Which places below a target are ossh's own: no object gets them, whatever its key.

A file that ossh reads as its own would be believed: a job file, a manifest, above all the journal
of a manifest, which SQLite plays back into it. So a key that would be one is given another name.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from ossh import regular_files
from ossh.job import own_folder
from ossh.language import Words
from ossh.paths import NameRules, ancestors, as_above, folded, path_in, real

WHY = Words("its name here would be that of one of ossh's own files")
WORK_FOLDER = ".ossh"  # below a target
# At the top of every target; the last is the short name of the first on a disk that gives those.
_AT_TOP = (WORK_FOLDER, ".oss-failed.csv", "ossh~1")
# In a folder of jobs: job files, manifests and what SQLite keeps beside them, locks, copies of
# lists of keys, drafts.
_OF_JOBS = re.compile(
    r".+\.(?:toml|lock|sqlite(?:\.new|\.old[0-9]*)?(?:-wal|-shm|-journal)?)"
    r"|keys-[0-9a-f]{10}\.csv|\..+\.new",
    re.DOTALL,
)
_MANIFEST, _JOB = ".sqlite", ".toml"
_FOLDERS = 5000  # of which it is remembered whether they hold jobs; more would take memory
_START = 64 * 1024  # bytes of a job file that are looked at
# In ossh's own folders of the user's home.
_OF_USER = ("osshrc", "trusted-jobs", "single-gets", "history")
_ENDINGS = (".toml", ".lock", ".csv", ".new", *_OF_USER)
_DROPPED = re.compile(r"[. ]+(?=/|\Z)")  # FAT does on any system: `x.toml.` is `x.toml` there


class OwnPlaces:
    """The places below one target that are ossh's own.

    A folder of other jobs is recognized by a manifest or a job file in it, when a key would first
    be one of the files of jobs there.

    Args:
        jobs: The folder of this job, or of the session's jobs. Where it or the user's own folder of
            jobs lies below the target, all of it is ossh's own.
    """

    def __init__(
        self, target: Path, rules: NameRules, jobs: Path, keys: Path | None = None
    ) -> None:
        self._target = target
        self._rules = rules
        found = set(_below(target, filter(None, (jobs, own_folder(), keys))))
        whole = {self._compared(one) for one in found - {"."}}
        self._whole = (*_AT_TOP, *sorted(whole))
        self._is_of_jobs = "." in found
        self._holds_jobs: dict[str, bool] = {}  # of the folders that were looked at last
        self._other_folder = ""  # the last that `has` found to be none of ours

    def has(self, path: str) -> bool:
        """Return whether a place is ossh's own, or lies in one; `path` is below the target."""
        folder = path.rpartition("/")[0]
        if folder != self._other_folder:  # files of one folder come one after the other
            if self.have_any((folder, *ancestors(folder))):
                return True
            self._other_folder = folder
        return self.have_any((path,))

    def have_any(self, paths: Sequence[str]) -> bool:
        """Return whether any of some places is ossh's own; their folders are not asked."""
        folds = self._rules.fold_case or self._rules.fold_form
        bare = [path.rstrip("/") for path in paths]
        names = [folded(one, self._rules) for one in bare] if folds else bare
        all_of_them = "/".join((*names, ""))
        if "./" in all_of_them or " /" in all_of_them:  # which is asked much faster
            names = [_DROPPED.sub("", one) for one in names]
        return any(
            self._is_own(path, name)
            for path, name in zip(bare, names, strict=True)
            if name.startswith(self._whole) or name.endswith(_ENDINGS) or _MANIFEST in name
        )

    def _is_own(self, path: str, name: str) -> bool:
        if any(name == one or name.startswith(f"{one}/") for one in self._whole):
            return True
        last = name.rpartition("/")[2]
        if _OF_JOBS.fullmatch(last):
            return self._is_for_jobs(path.rpartition("/")[0])
        return last in _OF_USER and name in self._of_user

    def _is_for_jobs(self, folder: str) -> bool:
        if self._is_of_jobs and not folder:
            return True
        if (known := self._holds_jobs.get(folder)) is None:
            if len(self._holds_jobs) >= _FOLDERS:
                self._holds_jobs.clear()
            known = self._holds_jobs[folder] = _holds_jobs(path_in(str(self._target), folder))
        return known

    @cached_property
    def _of_user(self) -> frozenset[str]:
        from platformdirs import user_config_path, user_state_path  # noqa: PLC0415 - rarely needed

        folders: list[Path] = []
        with suppress(RuntimeError):  # the user has no home
            folders = [user_config_path("ossh"), user_state_path("ossh")]
        files = [folder / name for folder in folders for name in _OF_USER]
        return frozenset(self._compared(one) for one in _below(self._target, files))

    def _compared(self, path: str) -> str:
        """Return a path as any disk of these rules compares it."""
        return _DROPPED.sub("", folded(path, self._rules))


def _below(target: Path, places: Iterable[Path]) -> Iterator[str]:
    """Yield the paths below a target that some places have, "." for the target itself.

    Each place is looked for as it is written, and where its links lead.
    """
    for place in places:
        for one in {Path(os.path.abspath(place)), real(place)}:
            if (folder := as_above(one, target)) is not None:
                yield one.relative_to(folder).as_posix()


def _holds_jobs(folder: str) -> bool:
    """Return whether jobs are kept in a folder, whether they have run or not."""
    from ossh.manifest import is_manifest  # noqa: PLC0415 - brings SQLite

    with suppress(OSError), os.scandir(folder) as entries:
        for one in entries:
            path = Path(one.path)
            if one.name.endswith(_MANIFEST) and is_manifest(path):
                return True
            if one.name.endswith(_JOB) and _is_job_file(path):
                return True
    return False


def _is_job_file(path: Path) -> bool:
    """Tell by a heading that each has; whether it can be read as a job does not matter."""
    with suppress(OSError), regular_files.open_for_reading(path, follow=True) as file:
        return b"[source]" in file.read(_START)
    return False
