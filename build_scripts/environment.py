"""Create and reuse the virtual environments that check.py and demo.py run in.

They are in `.environments/` of the repository, outside version control. Each is created once with
the versions in constraints.txt, from files whose hashes stand in `hashed/`, reused as long as
nothing it was created from has changed, and created again when something has or when it no longer
works. Deleting the folder is always safe.

Python is started with -P: modules are not looked for in the current folder, where downloads lie.

This file, check.py and demo.py need nothing but the standard library. They keep to the syntax of
Python 3.8, so that an older Python than ossh needs can still say so in one line.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "build_scripts" / "constraints.txt"
# By extras: what an environment gets, each with its hashes; None: what builds packages there.
HASHED = {
    None: ROOT / "build_scripts" / "hashed" / "build.txt",
    "": ROOT / "build_scripts" / "hashed" / "run.txt",
    "[dev]": ROOT / "build_scripts" / "hashed" / "dev.txt",
}
FLOOR = (3, 11)
WINDOWS = os.name == "nt"

# Each of these would make pip or Python inside an environment use something outside it.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_TARGET", "__PYVENV_LAUNCHER__")


class UnusableError(Exception):
    """This machine cannot create the environment; the message says in one line what to do."""


def prepare(name: str, extras: str = "") -> Path:
    """Return the folder of an environment that contains ossh and its dependencies.

    Args:
        name: The environment's folder below `.environments/`.
        extras: Optional dependencies to install as well: "[dev]", or none.

    Raises:
        UnusableError: Python is too old, cannot create environments, or pip failed.
    """
    _require_python()
    folder = ROOT / ".environments" / name
    python = executable(folder, "python")
    stamp = folder / "made-from"
    wanted = _made_from(extras)
    if _read(stamp) == wanted and _works(python):
        return folder
    print(f"creating {folder.relative_to(ROOT)} (once, a minute or two) ...", flush=True)
    started = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-P", "-m", "venv", str(folder))
    # Build tools are pinned like the rest; isolated builds would fetch the newest ones.
    for pinned in (HASHED[None], HASHED[extras]):
        _pip(python, "--require-hashes", "--requirement", str(pinned))
    _pip(python, "--editable", ".")  # has no hash
    stamp.write_text(wanted, encoding="utf-8")
    print(f"created in {time.monotonic() - started:.0f} s", flush=True)
    return folder


def again(script: str, needed: tuple[str, ...], name: str, extras: str = "") -> int | None:
    """Run a script again in an environment with the packages it needs; return its exit status.

    Args:
        script: Its file; it takes the arguments of this process.
        needed: The packages, as they are imported.
        name: Of the environment.
        extras: As for `prepare`.

    Returns:
        None if they are already here, so that the script continues; 2 without an environment.
    """
    if all(importlib.util.find_spec(one) for one in needed):
        use_this_ossh()
        return None
    try:
        folder = prepare(name, extras)
    except UnusableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    command = [str(executable(folder, "python")), script, *sys.argv[1:]]
    return subprocess.run(command, env=environ(), check=False).returncode


def go_on_with(script: str, *needed: str) -> None:
    """Go on where some packages are; else run a script where they are, and exit as it does."""
    ended = again(script, needed, "check", "[dev]")
    if ended is not None:
        sys.exit(ended)


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Exit with the status that a script's function returns, with 130 by Ctrl-C."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)


def use_this_ossh() -> None:
    """Have `ossh` be that of this repository; whatever else lies in its folder is found last."""
    sys.path.insert(1, str(ROOT))
    importlib.import_module("ossh")
    del sys.path[1]
    sys.path.append(str(ROOT))


def executable(folder: Path, name: str) -> Path:
    return folder / "Scripts" / f"{name}.exe" if WINDOWS else folder / "bin" / name


def environ() -> dict[str, str]:
    """Return this process's variables without those that reach outside a virtual environment."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONNOUSERSITE": "1"}


def pins() -> set[tuple[str, str]]:
    """Return the (normal name, version) pairs of constraints.txt, whatever system each is for."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([\w.-]+)==([^\s;]+)", line) for line in lines)
    return {(normal(pin[1]), pin[2]) for pin in found if pin}


def unpinned(folder: Path) -> list[str]:
    """Return what is installed in another version than constraints.txt says, sorted."""
    listing = _output(
        executable(folder, "python"),
        "-P",
        "-m",
        "pip",
        "list",
        "--format=json",
        "--exclude-editable",
    )
    wanted = pins()
    return sorted(
        f"{package['name']}=={package['version']}"
        for package in json.loads(listing)
        if package["name"] != "pip"  # whichever version comes with Python
        and (normal(package["name"]), package["version"]) not in wanted
    )


def normal(name: str) -> str:
    """Return a package's name as every spelling of it compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _require_python() -> None:
    floor = ".".join(map(str, FLOOR))
    if sys.version_info < FLOOR:
        have = ".".join(map(str, sys.version_info[:2]))
        message = f"this is Python {have}; ossh needs {floor} or newer ({sys.executable})"
        raise UnusableError(message)
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        message = (
            f"this Python cannot create environments; on Debian and Ubuntu: apt install {package}"
        )
        raise UnusableError(message)


def _made_from(extras: str) -> str:
    """Return a text that changes whenever an environment has to be created again."""
    import tomllib  # noqa: PLC0415 - new in Python 3.11; an older one was rejected before

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = (
        *(HASHED[one].read_text(encoding="utf-8") for one in (None, extras)),
        json.dumps([project["build-system"], project["project"]], sort_keys=True),
        sys.version,
        sys.base_prefix,
        str(ROOT),  # an environment that was copied or moved points to where it was
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(stamp: Path) -> str:
    try:
        return stamp.read_text(encoding="utf-8")
    except OSError:
        return ""


def _works(python: Path) -> bool:
    try:
        _output(python, "-P", "-m", "pip", "check")
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _pip(python: Path, *arguments: str) -> None:
    options = ("--quiet", "--no-input", "--no-deps", "--no-build-isolation")
    _run(str(python), "-P", "-m", "pip", "install", *options, *arguments)


def _run(*command: str) -> None:
    ended = subprocess.run(command, cwd=ROOT, env=environ(), stdin=subprocess.DEVNULL, check=False)
    if ended.returncode:
        raise UnusableError(f"this command failed: {' '.join(command)}")


def _output(python: Path, *arguments: str) -> str:
    return subprocess.run(
        [str(python), *arguments],
        cwd=ROOT,
        env=environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
