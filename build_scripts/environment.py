"""Create and reuse the virtual environments that the scripts of this folder run in.

They are in `.environments/` of the repository, outside version control. Each is created once with
the versions in constraints.txt, from files whose hashes stand in `hashed/`, reused as long as
nothing it was created from has changed, and created again when something has. Deleting the folder
is always safe.

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
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "build_scripts" / "constraints.txt"
# With hashes: what builds packages, what ossh needs, and what its developers need besides.
BUILD, RUN, DEV = HASHED = tuple(
    ROOT / "build_scripts" / "hashed" / f"{name}.txt" for name in ("build", "run", "dev")
)
MARKS = ("cmd2", "pycurl", "pytest")  # packages: where all of them are, there are the others too
FLOOR = (3, 11)
WINDOWS = os.name == "nt"
STAMP = "made-from"

# Each of these would make pip or Python inside an environment use something outside it.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_TARGET", "__PYVENV_LAUNCHER__")


class UnusableError(Exception):
    """This machine cannot create the environment; the message says in one line what to do."""


def prepare(name: str, *hashed: Path) -> Path:
    """Return the folder of an environment that contains ossh and its dependencies.

    Args:
        name: The environment's folder below `.environments/`.
        hashed: Those of `HASHED` that list what it gets.

    Raises:
        UnusableError: Python is too old, cannot create environments, or pip failed.
    """
    _require_python()
    folder = ROOT / ".environments" / name
    wanted = _made_from(hashed)
    if is_made_from(folder, wanted):
        return folder
    print(f"creating {folder.relative_to(ROOT)} (once, a minute or two) ...", flush=True)
    create(folder)
    # Build tools are pinned like the rest; isolated builds would fetch the newest ones.
    alone = ("--no-deps", "--no-build-isolation")
    for pinned in hashed:
        install(folder, *alone, "--require-hashes", "--requirement", str(pinned))
    install(folder, *alone, "--editable", ".")  # has no hash
    mark(folder, wanted)
    return folder


def start(
    script: str, command: str, systems: tuple[str, ...] = ("linux", "darwin", "win32")
) -> NoReturn:
    """Run a script's command and exit with its status: 2 without an environment, 130 by Ctrl-C.

    Args:
        script: The file.
        command: The module whose `main` takes the arguments and returns the exit status.
        systems: Where it can run, by `sys.platform`.
    """
    if sys.platform not in systems:
        print(f"error: this runs only on {' and '.join(systems)}", file=sys.stderr)
        sys.exit(2)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left behind

    go_on(script)
    exit_with(lambda: importlib.import_module(command).main(sys.argv[1:]))


def go_on(script: str) -> None:
    """Go on where the development packages are; else run a script there, and exit as it does.

    Args:
        script: Its file; it takes the arguments of this process.
    """
    if all(map(importlib.util.find_spec, MARKS)):
        use_this_ossh()
        return

    def main() -> int:
        python = executable(prepare("check", *HASHED), "python")
        return ran(str(python), script, *sys.argv[1:], cwd=None, stdin=None).returncode

    exit_with(main)


def exit_with(main: Callable[[], int]) -> NoReturn:
    """Exit with the status that a function returns: 2 without an environment, 130 by Ctrl-C."""
    try:
        sys.exit(main())
    except UnusableError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
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


def ran(
    *command: str,
    variables: Mapping[str, str] | None = None,
    **options: Any,  # noqa: ANN401 - those of `subprocess.run`
) -> subprocess.CompletedProcess[Any]:
    """Run a command to its end, here and without input unless options of `run` say otherwise."""
    own = {**environ(), **(variables or {})}
    usual = {"cwd": ROOT, "env": own, "stdin": subprocess.DEVNULL}
    return subprocess.run(command, check=False, **{**usual, **options})


def output(*command: str, folder: Path = ROOT) -> str:
    """Return what a command writes to stdout, run in a folder.

    Raises:
        UnusableError: It failed, and has said why.
    """
    ended = ran(*command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if ended.returncode:
        print(ended.stdout, end="", file=sys.stderr)
        raise UnusableError(f"this command failed: {' '.join(command)}")
    return str(ended.stdout)


def create(folder: Path) -> None:
    """Make a new environment, in place of what may be there.

    Raises:
        UnusableError: Python cannot.
    """
    shutil.rmtree(folder, ignore_errors=True)
    output(sys.executable, "-P", "-m", "venv", str(folder))


def install(folder: Path, *arguments: str) -> None:
    """Have pip install something in an environment.

    Raises:
        UnusableError: It failed, and has said why.
    """
    python = str(executable(folder, "python"))
    output(python, "-P", "-m", "pip", "install", "--quiet", "--no-input", *arguments)


def fingerprint(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def is_made_from(folder: Path, wanted: str) -> bool:
    """Return whether `mark` was told the same of a folder."""
    try:
        return (folder / STAMP).read_text(encoding="utf-8") == wanted
    except OSError:
        return False


def mark(folder: Path, wanted: str) -> None:
    """Remember what a folder was made from, once it is complete."""
    (folder / STAMP).write_text(wanted, encoding="utf-8")


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


def _made_from(hashed: Iterable[Path]) -> str:
    """Return a text that changes whenever an environment has to be created again."""
    import tomllib  # noqa: PLC0415 - new in Python 3.11; an older one was rejected before

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = (
        *(one.read_text(encoding="utf-8") for one in hashed),
        json.dumps([project["build-system"], project["project"]], sort_keys=True),
        sys.version,
        sys.base_prefix,
        str(ROOT),  # an environment that was copied or moved points to where it was
    )
    return fingerprint(*parts)
