"""Local names: from a key to a path that is safe, visible and the same every time.

An ordinary key is its own path. What a file system cannot hold, or would take for something else,
is written as `%` and two hexadecimal digits, so that the key can be read back from the path:

    /etc/x      %2Fetc/x          a//b        a/%2Fb           NUL.txt    %4EUL.txt   (Windows)
    ../x        .%2E/x            dir/ + data dir%2F           a:b        a%3Ab       (Windows)
    .ossh/x     %2Eossh/x         100%2F      100%252F         end.       end%2E      (Windows)

A `%` stays itself unless it starts such a code. A component that is too long keeps its start and
its extension; between them stands `%~` and a hash, which no other component contains. Mapping one
key is pure and injective; two keys that one disk cannot tell apart are settled by whoever sees
both, with `folded` and `alternative`. `path_in` turns the result into a path of this system.

Source of the rules for Windows: Microsoft, "Naming Files, Paths, and Namespaces".
"""

import hashlib
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Self

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import ObjectInfo, value
from ossh.printable import printable

TARGET_ITSELF = "./"
"""The path of the folder marker of the prefix itself: the target, which exists already."""

_OURS = r"\.ossh|\.oss-failed(?:-[0-9]+-of-[0-9]+)?\.csv"
_RESERVED = re.compile(rf"(?:{_OURS})[. ]*", re.DOTALL)  # some disks drop dots and blanks there
_RESERVED_BELOW = re.compile(r"\.ossh[. ]*")  # a folder below a target may be a target, too

_ADDRESS = "(?i)[a-z0-9]+://"  # of something elsewhere

_DATA_OF_PREFIX = "%2E%2F"  # for data under the name of the prefix itself; no other key maps to it

_EXTENSION = re.compile(r"(?<=.)(?:\.tar)?\.[A-Za-z0-9_]{1,16}\Z", re.DOTALL)

STRUCTURE = re.compile(r"(?<=[^/])/(?!\Z)")
"""The slashes of a key that separate components; the others are characters of a name."""

_ESCAPED = r"%(?=(?:25)*(?:CODES|~[0-9A-Fa-f]{16}))"  # a `%` that would be read as one of ours
_POSIX_UNSAFE = re.compile(r"[/\0]|\A\.\Z|(?<=\A\.)\.\Z|" + _ESCAPED.replace("CODES", "00|2[EF]"))
_WINDOWS_UNSAFE = re.compile(
    r'[\0-\x1f"*/:<>?\\|]|[. ]\Z|'
    + _ESCAPED.replace("CODES", r"[01][0-9A-F]|20\Z|2[2AEF]|3[ACEF]|[57]C|7E[0-9]")
    + r"|\A%(?=(?:25)*(?:4[13CE]|50|6[13CE]|70))"  # initials of devices
)
_DEVICE = r"(?i:CON|PRN|AUX|NUL|(?:COM|LPT)[0-9¹²³]|CONIN\$|CONOUT\$|CLOCK\$) *(?:[./]|\Z)"
_DEVICE_NAME = re.compile(_DEVICE)
_SHORT_NAME = re.compile(r"(?=[^.]{2,8}(?:\.|\Z))[^.]*~[0-9]+(?:\.[^.]{1,3})?")
"""LONGNA~1.TXT, the second name that Windows gives a long one: it would open the other's file."""

_LONG, _LONG_UNC, _DEVICES = "\\\\?\\", "\\\\?\\UNC\\", "\\\\.\\"
"""What begins the paths that Windows accepts beyond 260 characters, and those of devices."""
_LONG_DRIVE = r"\\\\\?\\[A-Za-z]:"
_LONGEST_FOLDER = 160  # characters; leaves room for the longest name that ossh gives a file there

_HFS_IGNORED = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]
)
"""Characters that HFS+ leaves out when it compares names (as git knows since CVE-2014-9390)."""


@lru_cache(maxsize=2)
def below_target(*, windows: bool) -> re.Pattern[str]:
    """Return the pattern of the paths that `local_path` and `alternative` may have given.

    What it matches stays below the target and is not one of our own files there, whoever wrote it.
    """
    unfit = r'\0-\x1f"*/:<>?\\|' if windows else r"\0/"
    part = rf"(?!\.\.?(?:/|\Z))[^{unfit}]++"
    own = rf"(?{'i' if windows else ''}:{_OURS})(?:/|\Z)"
    return re.compile(rf"(?:{re.escape(TARGET_ITSELF)}|(?!{own}){part}(?:/{part})*+/?+)\Z")


@value
class NameRules:
    """What the disk below a target makes of names.

    Start from `native` or `portable` and `replace` what a look at the disk shows otherwise.
    """

    windows: bool  # `\` separates; reserved characters and device names; short names such as A~1
    fold_case: bool  # names that differ by case are one
    fold_form: bool  # names that differ by Unicode form are one
    max_component: int = 255  # at least 64
    utf16: bool = False  # max_component counts UTF-16 units, as NTFS does, not UTF-8 bytes

    @classmethod
    def native(cls, sys_platform: str) -> Self:
        """Return what is usual on a system, named as in `sys.platform`."""
        if sys_platform in {"win32", "cygwin"}:
            return cls(windows=True, fold_case=True, fold_form=False, utf16=True)
        mac = sys_platform == "darwin"
        return cls(windows=False, fold_case=mac, fold_form=mac)

    @classmethod
    def portable(cls) -> Self:
        """Return rules that satisfy every system at once."""
        return cls(windows=True, fold_case=True, fold_form=True)


@lru_cache(maxsize=16)
def ordinary(rules: NameRules) -> re.Pattern[str]:
    """Return the pattern of the paths that need no mapping: most do not, and it is fast."""
    longest = rules.max_component // 4  # no character needs more bytes
    foreign = r"(?!\.[Oo]|\.?[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff])"  # not nearly ours
    if rules.windows:
        plain = rf"{foreign}(?!{_DEVICE})[^\0-\x1f\"%*/:<>?\\|~]{{1,{longest}}}+(?<![. ])"
    else:
        plain = rf"{foreign}(?!\.\.?(?:/|\Z))[^\0%/]{{1,{longest}}}+"
    return re.compile(rf"{plain}(?:/{plain})*+\Z")


def local_path(key: str, prefix: str, rules: NameRules, *, is_folder: bool = False) -> str:
    r"""Return the path of an object below the target, its components joined by "/".

    The path never leaves the target: it is relative, without empty components, "." or "..", and on
    Windows without a drive or "\". Keys below one prefix that differ have paths that differ. Paths
    start after the last "/" of the prefix that is listed.

    `is_folder` is for an empty object whose key ends in "/", as its path does: a directory
    to create. That of the prefix itself is `TARGET_ITSELF`.
    """
    name = key.removeprefix(folder_of(prefix))
    if ordinary(rules).match(name):
        return name
    return _mapped(name, rules, is_folder=is_folder and (not name or name.endswith("/")))


def local_paths(objects: Sequence[ObjectInfo], prefix: str, rules: NameRules) -> list[str]:
    """Return what `local_path` does, of each object; a look at each suffices for most names."""
    is_ordinary = ordinary(rules).match
    folder = folder_of(prefix)
    names = [info.key.removeprefix(folder) for info in objects]
    return [
        name if is_ordinary(name) else _mapped(name, rules, is_folder=stands_for_folder(info))
        for name, info in zip(names, objects, strict=True)
    ]


def path_in(target: str, path: str) -> str:
    """Return the system's path of a place below the target, which `local_path` has named."""
    if os.sep == "/":
        return f"{target}/{path}"
    return os.path.join(target, *path.removeprefix("./").split("/"))  # `\\?\` knows no "."


def expanded(written: str | os.PathLike[str]) -> Path:
    """Return the path that a person wrote.

    Raises:
        UsageError: A leading "~" or "~NAME" is no home, or it is an address.
    """
    text = os.fspath(written)
    if re.match(_ADDRESS, text):
        raise UsageError(
            _("'{address}' is not on this machine").format(address=printable(text)),
            hint=_("ossh only downloads: name a folder or a file here"),
        )
    found = os.path.expanduser(text)  # pathlib takes "./~NAME" for a home
    if text.startswith("~") and found == text:
        raise UsageError(
            _("there is no home folder '{home}'").format(home=Path(text).parts[0]),
            hint=_("for a name that begins with '~', write it after './'"),
        )
    return Path(found)


def real(path: str | os.PathLike[str]) -> Path:
    """Return an absolute path with links followed, as far as anybody can look; it may be missing.

    Unlike `Path.resolve` it takes circles of links.
    """
    try:
        return Path(os.path.realpath(path))
    except OSError:  # on Windows, of a share that is away or of too long a name
        return Path(os.path.abspath(path))


def is_same(folder: Path, other: Path) -> bool:
    """Return whether two paths are of one folder, however they are written; it may be missing."""
    return _first_of((other,), folder) is not None


def as_above(place: Path, folder: Path) -> Path | None:
    """Return a folder as the path of a place at or below it has it; None for places elsewhere."""
    return _first_of((place, *place.parents), folder)


def _first_of(paths: Sequence[Path], folder: Path) -> Path | None:
    """Return the first of some paths that is of a folder.

    The disk is asked only if none is written like the folder: one that is away may not answer.
    """
    if folder in paths:
        return paths[paths.index(folder)]  # on Windows it may differ by case
    there = _identity(folder)
    return next((one for one in paths if there is not None and _identity(one) == there), None)


def _identity(folder: Path) -> object:
    """Return what all paths of one folder have in common; None if no system has such a name."""
    try:
        with suppress(OSError):
            found = folder.stat()
            return found.st_dev, found.st_ino
        return real(folder)
    except ValueError:
        return None


def long_path(path: str) -> str:
    r"""Return an absolute path that Windows accepts beyond 260 characters (`\\?\`)."""
    path = os.path.abspath(path)
    return extended(path) if sys.platform == "win32" else path


def extended(path: str) -> str:
    r"""Return an absolute path of Windows with `\\?\` before it; with `\\?\UNC` that of a share."""
    if path.startswith((_LONG, _DEVICES)):
        return path
    is_share = path.startswith("\\\\")
    return _LONG_UNC + path.removeprefix("\\\\") if is_share else _LONG + path


def plain(path: str) -> str:
    r"""Return a path as people write it: without what `long_path` puts before it."""
    if path.startswith(_LONG_UNC):
        return "\\\\" + path.removeprefix(_LONG_UNC)
    is_drive = re.match(_LONG_DRIVE, path) is not None
    return path.removeprefix(_LONG) if is_drive else path


def roomy(folder: Path) -> Path:
    """Return an absolute path of a folder as one below which names may get long, on Windows too."""
    is_long = sys.platform == "win32" and len(str(folder)) > _LONGEST_FOLDER
    return Path(long_path(str(folder))) if is_long else folder


def alternative(path: str, key: str, rules: NameRules, *, keeps_extension: bool = True) -> str:
    """Return another path in the same folder, for the later of two that collide there.

    It is the same every time, and no key has it by itself. To move a whole folder out of the way of
    a file, give the folder's path, and the key up to that folder. Without its extension, nothing
    takes a file for what it was called.
    """
    slash = "/" if path.endswith("/") else ""
    folder, separator, name = path.removesuffix("/").rpartition("/")
    match = _EXTENSION.search(name) if keeps_extension else None
    extension = match[0] if match else ""
    return folder + separator + _marked(name, f"{path}\0{key}", rules, extension) + slash


def folded(path: str, rules: NameRules) -> str:
    """Return the path as the disk compares it: two paths that fold alike are one file there.

    Where systems differ in how they fold, this folds what any of them does.
    """
    if path.isascii():
        return path.lower() if rules.fold_case else path
    if rules.fold_form:
        path = unicodedata.normalize("NFD", path).translate(_HFS_IGNORED)
    if rules.fold_case:
        path = path.casefold().upper().casefold()  # NTFS compares capitals, APFS case folds
    return unicodedata.normalize("NFC", path) if rules.fold_form else path


def ancestors(path: str) -> tuple[str, ...]:
    """Return the folders above a path, from the top: "a/b/c" gives "a" and "a/b"."""
    path = path.removesuffix("/")
    return tuple(path[:position] for position, char in enumerate(path) if char == "/")


def is_reserved(name: str) -> bool:
    """Return whether a folded name at the top of a target is ours; keys never get such names."""
    return _RESERVED.fullmatch(name) is not None


def is_shown_below(path: PurePath, folder: PurePath) -> bool:
    """Return whether a path is in a folder or below it, and no name on the way there is hidden."""
    if not path.is_relative_to(folder):
        return False
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def folder_of(prefix: str) -> str:
    """Return a prefix up to its last "/": what paths lack of keys, and globs are relative to."""
    return prefix[: prefix.rfind("/") + 1]


def stands_for_folder(info: ObjectInfo) -> bool:
    """Return whether an object is empty and only stands for a folder."""
    return info.size == 0 and info.key.endswith("/") and not info.is_symlink


def _mapped(name: str, rules: NameRules, *, is_folder: bool) -> str:
    """Return the path of a name that is not ordinary."""
    if not name:
        return TARGET_ITSELF if is_folder else _DATA_OF_PREFIX
    if is_folder and name[-2:-1] not in {"", "/"}:
        name = name[:-1]
    raw = STRUCTURE.split(name)
    components = [_component(part, rules) for part in raw]
    for number, part in enumerate(raw):
        reserved = _RESERVED_BELOW if number else _RESERVED
        if reserved.fullmatch(folded(part, rules)):
            components[number] = components[number].replace(".", "%2E", 1)
    return "/".join(components) + ("/" if is_folder else "")


def _component(raw: str, rules: NameRules) -> str:
    """Return one component as the disk can hold it."""
    name = (_WINDOWS_UNSAFE if rules.windows else _POSIX_UNSAFE).sub(_code, raw)
    if rules.windows and _DEVICE_NAME.match(raw):
        name = f"%{ord(raw[0]):02X}{name[1:]}"
    elif rules.windows and _SHORT_NAME.fullmatch(name):
        start, _, number = name.rpartition("~")
        name = f"{start}%7E{number}"
    encoding, width = _measure(rules)
    length = len(name.encode(encoding)) // width
    if length <= rules.max_component:
        return name
    match = _EXTENSION.search(name)
    return _marked(name, raw, rules, match[0] if match else "")


def _code(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"


def _marked(name: str, seed: str, rules: NameRules, extension: str) -> str:
    """Return a component with the hash of a seed before its extension, cut to fit."""
    mark = "%~" + hashlib.blake2b(seed.encode(), digest_size=8).hexdigest()
    room = rules.max_component - len(mark) - len(extension)
    encoding, width = _measure(rules)
    start = name[: len(name) - len(extension)].encode(encoding)[: room * width]
    return start.decode(encoding, "ignore") + mark + extension


def _measure(rules: NameRules) -> tuple[str, int]:
    """Return the encoding in which names are counted, and the bytes of its unit."""
    return ("utf-16-le", 2) if rules.utf16 else ("utf-8", 1)
