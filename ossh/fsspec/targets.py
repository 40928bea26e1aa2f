"""Which files objects shall become: what cannot be is refused before anything is fetched."""

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from ossh.errors import LocalError, OsshError
from ossh.language import N_, _
from ossh.paths import NameRules, folded, local_path
from ossh.printable import printable
from ossh.python.errors import for_python
from ossh.transfer.disk.folder import is_junction

_OWN_NAMES: Final = N_("'ossh.download(address, folder)' gives each a name of its own")
NATIVE: Final = NameRules.native(sys.platform)
# Names that some disk takes for one.
_ALIKE: Final = replace(NATIVE, fold_case=True, fold_form=True)


def check_names(pairs: Iterable[tuple[str, str]], root: str, rules: NameRules = NATIVE) -> None:
    """Refuse, by an OSError, keys that lead out of a folder or mean something else on Windows."""
    base = _place(root)
    above = f"{base.rstrip(os.sep)}{os.sep}"
    for path, target in pairs:
        place = _place(target)
        if place == base:
            continue  # its name is the caller's own
        inside = place.removeprefix(above).replace(os.sep, "/")
        is_inside = place.startswith(above)
        if not is_inside or (rules.windows and local_path(inside, "", rules) != inside):
            text = _("'{key}' cannot be a file of that name in '{folder}'")
            shown = text.format(key=printable(path), folder=printable(root))
            raise _refused(shown, _(_OWN_NAMES), target)


def check_links(pairs: Iterable[tuple[str, str]], root: str) -> None:
    """Refuse, by an OSError, files whose paths below a folder lead through a link.

    The folder itself may be one, or lie behind some: that is what the caller wished.
    """
    base = Path(root).absolute()
    known = {str(one) for one in (base, *base.parents)}
    for path, target in pairs:
        place = str(
            Path(target).absolute()
        )  # with its `..`: that leads out of what a link leads to
        while place not in known:
            if _is_link(place):
                text = _("'{key}' would go through '{file}', which is a link")
                raise _in_the_way(text, path, place)
            known.add(place)
            place = os.path.dirname(place)  # noqa: PTH120 - many


def _is_link(place: str) -> bool:
    try:
        found = os.lstat(place)
    except OSError:
        return False  # nothing is there, or whoever writes there learns why it cannot be
    return stat.S_ISLNK(found.st_mode) or is_junction(found)


def _rules_of_disk(folder: Path) -> NameRules:
    from ossh.transfer.planning.name_rules import rules_of_disk  # noqa: PLC0415 - brings SQLite

    return rules_of_disk(folder)


def check_targets(
    pairs: Iterable[tuple[str, str]],
    is_folder: Callable[[str], bool],
    rules_of: Callable[[Path], NameRules] = _rules_of_disk,
) -> None:
    """Refuse objects that cannot all become files.

    Args:
        pairs: The path of each object or folder, and its file.
        is_folder: Returns whether a path is no object. Asked only where it matters.
        rules_of: Returns what the disk of a folder makes of names. Likewise.

    Raises:
        OSError: Two want the same file, the file of one is a folder of another, or something else
            is in the way.
    """
    known = _Known(rules_of)
    for path, target in pairs:
        place = _place(target)
        for before in known.at(place):
            if before != path and not is_folder(before) and not is_folder(path):
                raise _clash(before, path, target)
        known.add(place, path)
    folders = set[str]()
    for place, path in known:
        if os.path.isdir(place) and not is_folder(path):  # noqa: PTH112 - many
            text = _("'{key}' cannot become '{file}', which is a folder")
            raise _in_the_way(text, path, place)
        folder = os.path.dirname(place)  # noqa: PTH120 - many
        while folder not in folders:
            for other in known.at(folder):
                if not is_folder(other):
                    raise _clash(other, path, folder)
            if os.path.isfile(folder):  # noqa: PTH113 - many
                text = _("'{key}' cannot lie in '{file}', which is a file")
                raise _in_the_way(text, path, folder)
            folders.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120 - many


class _Known:
    """Objects by the files that they shall become; disks are asked only about names much alike."""

    def __init__(self, rules_of: Callable[[Path], NameRules]) -> None:
        self._rules_of = lru_cache(rules_of)
        self._alike: dict[str, dict[str, str]] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for alike in self._alike.values():
            yield from alike.items()

    def add(self, place: str, path: str) -> None:
        self._alike.setdefault(folded(place, _ALIKE), {})[place] = path

    def at(self, place: str) -> list[str]:
        """Return the objects of a file, however its name is spelled."""
        alike = self._alike.get(folded(place, _ALIKE), {})
        return [path for one, path in alike.items() if self._is_same(one, place)]

    def _is_same(self, one: str, other: str) -> bool:
        if one == other:
            return True
        above = Path(other).parents
        rules = self._rules_of(next(folder for folder in Path(one).parents if folder in above))
        return folded(one, rules) == folded(other, rules)


def _place(target: str) -> str:
    """Return the file that is meant, however it is written."""
    # not `abspath`: Windows drops final dots there
    return os.path.normpath(Path(target).absolute())


def _clash(one: str, other: str, target: str) -> OsshError:
    text = _("'{one}' and '{other}' cannot both be fetched: '{file}' would stand for both")
    return _refused(
        text.format(one=printable(one), other=printable(other), file=printable(target)),
        _(_OWN_NAMES),
        target,
    )


def _in_the_way(text: str, key: str, file: str) -> OsshError:
    shown = text.format(key=printable(key), file=printable(file))
    return _refused(shown, _("move or rename it, or choose another folder"), file)


def _refused(text: str, hint: str, target: str) -> OsshError:
    error = LocalError(text, hint=hint)
    error.__cause__ = OSError(errno.EEXIST, "")
    return for_python(error, filename=target)
