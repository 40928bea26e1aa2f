"""The contents of a folder: as a reproducible archive, with its sums, for which C library."""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_SYMBOL = re.compile(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)")


def sums(files: Iterable[Path]) -> str:
    """Return what `sha256sum --check` reads, sorted by name."""
    by_name = sorted(files, key=lambda path: path.name)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in by_name
    )


def pack(folder: Path, archive: Path, inside: str, epoch: int) -> None:
    """Pack a folder; the same files give the same bytes.

    Args:
        folder: What is packed.
        archive: Ends in `.zip` or `.tar.gz`.
        inside: What the folder is called in the archive.
        epoch: The time of every file, in seconds since 1970.
    """
    if archive.suffix == ".zip":
        _zip(folder, archive, inside, epoch)
    else:
        _tar(folder, archive, inside, epoch)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())


def _tar(folder: Path, archive: Path, inside: str, epoch: int) -> None:
    def alike(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = epoch
        member.mode = 0o755 if member.mode & 0o100 else 0o644
        return member

    with (
        archive.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in _files(folder):
            tar.add(path, f"{inside}/{path.relative_to(folder).as_posix()}", filter=alike)


def _zip(folder: Path, archive: Path, inside: str, epoch: int) -> None:
    moment = time.gmtime(epoch)[:6]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in _files(folder):
            name = f"{inside}/{path.relative_to(folder).as_posix()}"
            member = zipfile.ZipInfo(name, (moment[0], *moment[1:]))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (path.stat().st_mode & 0o777) << 16
            packed.writestr(member, path.read_bytes())


def glibc_floor(files: Iterable[Path]) -> tuple[int, int]:
    """Return the newest version of glibc in any string table: (2, 35); (0, 0) for none."""
    found = (one for path in files for one in _SYMBOL.findall(path.read_bytes()))
    return max(((int(major), int(minor)) for major, minor in found), default=(0, 0))
