"""Which files objects shall become: what cannot be is refused before anything is fetched."""

import errno
import os
import sys
from collections.abc import Callable, Iterable
from typing import Final

from ossh.errors import LocalError, OsshError
from ossh.language import _
from ossh.paths import NameRules, local_path
from ossh.printable import printable
from ossh.python.errors import for_python

NATIVE: Final = NameRules.native(sys.platform)


def check_names(pairs: Iterable[tuple[str, str]], root: str, rules: NameRules = NATIVE) -> None:
    """Refuse objects whose names lead out of a folder, or mean something else on Windows.

    Raises:
        OSError: A name does.
    """
    above = _as_folder(_place(root))
    for path, target in pairs:
        place = _place(target)
        inside = place.removeprefix(above).replace(os.sep, "/")
        is_inside = _as_folder(place).startswith(above)
        if not is_inside or (rules.windows and local_path(inside, "", rules) != inside):
            text = _("'{key}' cannot be a file of that name in '{folder}'")
            shown = text.format(key=printable(path), folder=printable(root))
            raise _refused(shown, _own_names(), target)


def check_targets(pairs: Iterable[tuple[str, str]], is_folder: Callable[[str], bool]) -> None:
    """Refuse objects that cannot all become files.

    Args:
        pairs: The path of each object or folder, and its file.
        is_folder: Returns whether a path is no object. Asked only where it matters.

    Raises:
        OSError: Two want the same file, the file of one is a folder of another, or something else
            is in the way.
    """
    known: dict[str, str] = {}
    for path, target in pairs:
        place = _place(target)
        before = known.get(place, path)
        if before != path and not is_folder(before) and not is_folder(path):
            raise _clash(before, path, target)
        known[place] = path
    folders = set[str]()
    for place, path in known.items():
        if os.path.isdir(place) and not is_folder(path):  # noqa: PTH112 - many
            text = _("'{key}' cannot become '{file}', which is a folder")
            raise _in_the_way(text, path, place)
        folder = os.path.dirname(place)  # noqa: PTH120 - many
        while folder not in folders:
            if folder in known and not is_folder(known[folder]):
                raise _clash(known[folder], path, folder)
            if os.path.isfile(folder):  # noqa: PTH113 - many
                text = _("'{key}' cannot lie in '{file}', which is a file")
                raise _in_the_way(text, path, folder)
            folders.add(folder)
            folder = os.path.dirname(folder)  # noqa: PTH120 - many


def _as_folder(place: str) -> str:
    """Return what the paths in a folder begin with."""
    return f"{place.rstrip(os.sep)}{os.sep}"


def _place(target: str) -> str:
    """Return the file that is meant, however it is written."""
    return os.path.normcase(os.path.abspath(target))  # noqa: PTH100 - links stay


def _clash(one: str, other: str, target: str) -> OsshError:
    text = _("'{one}' and '{other}' cannot both be fetched: '{file}' would stand for both")
    return _refused(
        text.format(one=printable(one), other=printable(other), file=printable(target)),
        _own_names(),
        target,
    )


def _own_names() -> str:
    return _("'ossh.download(address, folder)' gives each a name of its own")


def _in_the_way(text: str, key: str, file: str) -> OsshError:
    shown = text.format(key=printable(key), file=printable(file))
    return _refused(shown, _("move or rename it, or choose another folder"), file)


def _refused(text: str, hint: str, target: str) -> OsshError:
    error = LocalError(text, hint=hint)
    error.__cause__ = OSError(errno.EEXIST, "")
    return for_python(error, filename=target)
