"""How a request becomes a job: its source, filters, target and name. Pure."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ossh.catalog import Found
from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Target
from ossh.paths import NameRules, local_path, printable
from ossh.selection import KeyList, Selection
from ossh.session.place import Place
from ossh.shard import Shard


@dataclass(frozen=True, slots=True)
class Wish:
    """What `get` and `save` were asked for.

    Args:
        names: Keys, prefixes and globs as typed; none means the place itself.
        directory: The target; "" takes the default.
        name: The job's name; "" takes the default.
        keys_from: A file that lists the keys; "" for none.
        shard: Of several machines, the share of this one; None for all, or as the filters say.
        version_id: Of the one object that is named; "" for the current version.
        links: Make symlinks local links.
        inventory: Where the report is that is read instead of listing the bucket; "" for none.
        file: Where the one object that is named goes, instead of a folder; "" takes the default.
        once: A new job of one object is removed as soon as that is at the target.
    """

    names: tuple[str, ...] = ()
    directory: str = ""
    name: str = ""
    keys_from: str = ""
    shard: Shard | None = None
    version_id: str = ""
    links: bool = False
    inventory: str = ""
    file: str = ""
    once: bool = False

    def target(self, folder: str) -> Path:
        """Return the local folder that is meant, by default one of this name in the current one."""
        here = Path.cwd()
        if self.file:
            return here / Path(self.file).expanduser().parent
        return here / Path(self.directory).expanduser() if self.directory else here / folder

    def versioned_key(self) -> str:
        """Return the one key whose version is meant, as typed.

        Raises:
            UsageError: There is not just one.
        """
        if len(self.names) != 1 or self.keys_from:
            raise UsageError(
                _("--version-id needs exactly one key"), hint=_("get KEY --version-id ID")
            )
        return self.names[0]

    def check_file(self, *, is_key: bool) -> None:
        """Refuse a file name for what is not one object, or one that no file can have here.

        Raises:
            UsageError: It is refused.
        """
        if not self.file:
            return
        shown = printable(self.file)
        if not is_key:
            raise UsageError(
                _("--as works for a single object only"), hint=_("use --to DIR for several")
            )
        if self.file.endswith(("/", os.sep)) or Path(self.file).expanduser().is_dir():
            raise UsageError(
                _("'{path}' is a folder").format(path=shown),
                hint=_("--to {path} puts the object in it, under its own name").format(path=shown),
            )
        name = Path(self.file).name
        if local_path(name, "", NameRules.native(sys.platform)) != name:
            raise UsageError(
                _("'{path}' cannot be a file name on this machine").format(path=shown),
                hint=_("choose another name"),
            )


def chosen(
    place: Place, found: Sequence[Found], selection: Selection
) -> tuple[Place, Selection, bool]:
    """Return place and filters of a job for the names that were found, and whether all are keys.

    The filters that are on apply to prefixes and globs, not to keys that are named in full. One
    key or prefix becomes the job's prefix; others share the folder they have in common.

    Raises:
        UsageError: Names and filters that one job cannot express together.
    """
    if not found:
        return place, selection, False
    are_keys = all(one.is_key for one in found)
    if any(one.is_key for one in found) and not are_keys and not selection.is_empty:
        raise UsageError(
            _("keys cannot be fetched together with prefixes or globs while filters are on"),
            hint=_("filters do not apply to keys: fetch the keys separately"),
        )
    if len(found) == 1 and not are_keys and not found[0].glob:
        at = replace(place, prefix=found[0].name)
        _check_globs(place, at, selection)
        return at, selection, False
    at = replace(place, prefix=_common_folder([one.name for one in found]))
    if are_keys:
        if len(found) == 1:
            return replace(at, prefix=found[0].name), Selection(), True
        listed = KeyList("", frozenset(one.name for one in found))
        return at, Selection(keys_from=(listed,)), True
    _check_globs(place, at, selection)
    if selection.glob:
        raise UsageError(
            _("a glob or several prefixes cannot be combined with a glob filter"),
            hint=_("'filter' shows its number, 'filter drop N' drops it"),
        )
    return at, _only(at.prefix, found, selection), False


def _only(folder: str, found: Sequence[Found], selection: Selection) -> Selection:
    """Return the filters with globs added that let only what was found pass."""
    return replace(selection, glob=tuple(one.below(folder) for one in found))


def _common_folder(names: Sequence[str]) -> str:
    common = os.path.commonprefix(list(names))  # noqa: RUF071 - of keys, which are not paths
    return common[: common.rfind("/") + 1]


def _check_globs(place: Place, at: Place, selection: Selection) -> None:
    """Refuse globs that mean something else at another place.

    Raises:
        UsageError: A glob is tied to the place where it was set.
    """
    if place.folder == at.folder:
        return
    free = (*selection.include, *selection.exclude)
    for glob in (*selection.glob, *(one for one in free if "/" in one.rstrip("/"))):
        here, there = printable(place.folder), printable(at.shown)
        raise UsageError(
            _("the filter '{glob}' is relative to '{here}'").format(
                glob=printable(glob), here=here
            ),
            hint=_("go there and set it again: cd {there}").format(there=there),
        )


def target(wish: Wish, directory: Path, jobs_directory: Path) -> Target:
    """Return a target as a job file has it: relative when it lies near the jobs folder."""
    links = "record" if wish.links else "follow"
    near = jobs_directory.parent
    if directory.is_relative_to(near):
        directory = Path(os.path.relpath(directory, jobs_directory))
    return Target(directory.as_posix(), links=links, file=Path(wish.file).name)
