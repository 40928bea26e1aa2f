"""A folder that is all a program sees: the C library, zlib, and what a test puts there.

Windows has no such jail: there it is a folder whose name is as awkward as a person's may be, and no
variable leads to a Python.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 600  # far more than anything here takes, even on a busy machine

# glibc is several files, zlib one; of everything else a program that runs here must bring its own.
_SYSTEM = re.compile(
    r"(ld-linux[\w-]*|lib(c|m|dl|rt|util|pthread|resolv|nss_dns|nss_files|z))\.so\.\d+"
)


def enter() -> list[str] | None:
    """Return what runs a program with another root folder; None where nobody lets us."""
    if sys.platform == "win32":
        return None
    chroot, unshare = shutil.which("chroot"), shutil.which("unshare")
    if chroot is None:
        return None
    if os.geteuid() == 0:
        return [chroot]
    allowed = (
        unshare
        and not subprocess.run(
            [unshare, "--map-root-user", "true"], check=False, capture_output=True
        ).returncode
    )
    return [unshare, "--map-root-user", chroot] if unshare and allowed else None


def system_libraries() -> list[Path]:
    """Return the files of glibc and zlib, as the dynamic linker finds them."""
    ldconfig = shutil.which("ldconfig", path=f"{os.environ['PATH']}:/sbin:/usr/sbin")
    assert ldconfig is not None
    said = subprocess.run([ldconfig, "-p"], check=True, capture_output=True, text=True).stdout
    word = "x86-64" if platform.machine() == "x86_64" else "AArch64"
    lines = [line for line in said.splitlines() if word in line]
    found = [Path(line.partition(" => ")[2]) for line in lines]
    return [path for path in found if _SYSTEM.fullmatch(path.name)]


def of_windows() -> dict[str, str]:
    """Return the variables without which no program of Windows starts, none on other systems."""
    if sys.platform != "win32":
        return {}
    system = os.environ["SYSTEMROOT"]
    return {"SYSTEMROOT": system, "PATH": rf"{system}\System32", "TEMP": os.environ["TEMP"]}


@dataclass(frozen=True)
class Jail:
    """Runs ossh where there is nothing else, with no variable set but those given."""

    root: Path
    command: list[str]  # starts it in that folder
    is_two_processes: bool = False  # as the one file is

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *arguments],
            cwd=self.root,
            env=of_windows() | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )

    def start(self, *arguments: str, environ: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start it as the leader of a group of processes."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.root,
            env={**of_windows(), **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def furnish(root: Path) -> None:
    """Lay glibc and zlib where programs look for them, and make the folder for temporary files."""
    for library in system_libraries():
        place = root / library.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library, place)
        place.chmod(0o755)
    loader = Path("/lib64/ld-linux-x86-64.so.2")
    if loader.exists() and not (root / loader.relative_to("/")).exists():
        (root / "lib64").mkdir(exist_ok=True)
        shutil.copy(loader, root / "lib64")
    (root / "tmp").mkdir()
