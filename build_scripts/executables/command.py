"""The command line of build.py: build, name, pack reproducibly, then report the result."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import environment

import ossh
from executables import notices

SPEC = environment.ROOT / "build_scripts" / "ossh.spec"
_SYSTEMS = {"darwin": "macos", "win32": "windows"}
_PROCESSORS = {"amd64": "x86_64"}  # as Windows calls it
_SYMBOL = re.compile(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)")
TIME = 1_767_225_600  # of all files in a build, so that two are the same: the start of 2026


class Built:
    """Where the results of a build are."""

    def __init__(self, output: Path) -> None:
        name = build_name(ossh.__version__)
        self.output = output
        self.folder = output / "ossh"  # the folder build
        self.program = self.folder / f"ossh{suffix()}"
        self.one_file = output / f"{name}{suffix()}"
        self.archive = output / f"{name}{'.zip' if sys.platform == 'win32' else '.tar.gz'}"
        self.notices = output / f"{name}.{notices.FILE}"
        self.released = (self.one_file, self.archive, self.notices)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="build.py", description="Build executables of ossh that need no Python."
    )
    dist = environment.ROOT / "dist"
    parser.add_argument("--output", type=Path, default=dist, help="the folder to build in (dist)")
    try:
        built = build(parser.parse_args(arguments).output)
    except subprocess.CalledProcessError as error:
        print(f"error: PyInstaller failed with status {error.returncode}", file=sys.stderr)
        return 1
    print(*built.released, built.folder, sep="\n")
    if sys.platform == "linux":
        files = (path for path in built.folder.rglob("*") if path.is_file())
        print("needs glibc {}.{} or newer".format(*glibc_floor(files)))
    return 0


def build(output: Path) -> Built:
    """Make both builds in a folder, with what belongs beside them, and return where it is.

    Raises:
        CalledProcessError: PyInstaller failed; it has said why.
    """
    name = build_name(ossh.__version__)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ossh-build-") as work:
        _run_pyinstaller(output, Path(work), name)
    built = Built(output)
    for text in (notices.FILE, "LICENSE"):  # where a person looks for them
        shutil.copyfile(built.folder / "lib" / text, built.folder / text)
    shutil.copyfile(built.folder / notices.FILE, built.notices)
    pack(built.folder, built.archive, name)
    (output / "SHA256SUMS").write_text(sums(built.released), encoding="utf-8", newline="\n")
    return built


def _run_pyinstaller(output: Path, work: Path, name: str) -> None:
    command = [sys.executable, "-P", "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    command += ["--distpath", str(output), "--workpath", str(work), str(SPEC)]
    told = {"OSSH_BUILD_NAME": name, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(TIME)}
    environment.ran(*command, variables=told).check_returncode()


def build_name(version: str, system: str = sys.platform, machine: str = platform.machine()) -> str:
    """Return the name of a build for a system: "ossh-1.0.0b1-linux-x86_64"."""
    processor = machine.lower()
    return f"ossh-{version}-{_SYSTEMS.get(system, system)}-{_PROCESSORS.get(processor, processor)}"


def suffix(system: str = sys.platform) -> str:
    return ".exe" if system == "win32" else ""


def sums(files: Iterable[Path]) -> str:
    """Return what `sha256sum --check` reads, sorted by name."""
    by_name = sorted(files, key=lambda path: path.name)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in by_name
    )


def pack(folder: Path, archive: Path, inside: str) -> None:
    """Pack a folder; the same files give the same bytes.

    Args:
        folder: What is packed.
        archive: Ends in `.zip` or `.tar.gz`.
        inside: What the folder is called in the archive.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    members = {f"{inside}/{path.relative_to(folder).as_posix()}": path for path in files}
    if archive.suffix == ".zip":
        _zip(members, archive)
    else:
        _tar(members, archive)


def _tar(members: Mapping[str, Path], archive: Path) -> None:
    def alike(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = TIME
        member.mode = 0o755 if member.mode & 0o100 else 0o644
        return member

    with (
        archive.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=TIME) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, path in members.items():
            tar.add(path, name, filter=alike)


def _zip(members: Mapping[str, Path], archive: Path) -> None:
    moment = time.gmtime(TIME)[:6]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, path in members.items():
            member = zipfile.ZipInfo(name, (moment[0], *moment[1:]))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (path.stat().st_mode & 0o777) << 16
            packed.writestr(member, path.read_bytes())


def glibc_floor(files: Iterable[Path]) -> tuple[int, int]:
    """Return the newest version of glibc in any string table: (2, 35); (0, 0) for none."""
    found = (one for path in files for one in _SYMBOL.findall(path.read_bytes()))
    return max(((int(major), int(minor)) for major, minor in found), default=(0, 0))
