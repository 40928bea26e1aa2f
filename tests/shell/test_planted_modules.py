"""Files of Python in the current folder, before ossh starts or from a bucket: none of them runs."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.planted_modules import NAMES, Traps
from tests.shell.conftest import ROOT, Launcher

SCRIPT = "import sys\nfrom ossh.__main__ import main\nsys.exit(main())\n"
LIBRARY = """
import ossh.demo

with ossh.demo.start() as server:
    server.put("a.txt", b"hello")
    options = ossh.Options(endpoint=server.endpoint, region=server.region)
    keys = ossh.Credentials(server.access_key_id, server.access_key_secret)
    with ossh.open("oss://demo-bucket/a.txt", options=options, credentials=lambda: keys) as file:
        print(file.read().decode())
"""
# What is imported once a command runs; what Python needs to find `-m ossh` is its own affair.
LATE = ("argparse", "json", "tempfile", "socket", "secrets", "hashlib", "asyncio", "subprocess")
PYTHON = Path(sys.executable).as_posix()
STARTS = {
    "a server of its own": ("--demo", "-c", "ls"),
    "a check": ("--selfcheck",),
    "a script for a shell": ("--completion", "bash"),
    "a program": ("--demo", "-c", f'get readme.txt --to got --on-done "{PYTHON} -V"'),
}


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path / "ran")


@pytest.fixture
def here(tmp_path: Path) -> Launcher:
    """Start ossh in a folder that is not its home."""
    for name in ("here", "here/home", "bin"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin" / "ossh").write_text(SCRIPT, "utf-8")
    (tmp_path / "bin" / "library").write_text(LIBRARY, "utf-8")
    return Launcher(tmp_path / "here")


def run(here: Launcher, *line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *line],
        cwd=here.folder,
        env=here.environ(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def installed(here: Launcher) -> str:
    """Return the script that an installation puts into a folder of programs."""
    return str(here.folder.parent / "bin" / "ossh")


@pytest.mark.fault("F58")
@pytest.mark.parametrize("start", STARTS)
def test_nothing_in_the_current_folder_is_imported_whatever_starts(
    here: Launcher, traps: Traps, start: str
) -> None:
    traps.plant(here.folder)

    done = run(here, installed(here), *STARTS[start])

    assert (done.returncode, traps.ran) == (0, []), done


@pytest.mark.fault("F58")
@pytest.mark.parametrize("start", STARTS)
def test_nor_is_it_after_the_start_where_python_looks_there(
    here: Launcher, traps: Traps, start: str
) -> None:
    traps.plant(here.folder, LATE)
    (here.folder / "ossh" / "__init__.py").unlink()

    done = run(here, "-m", "ossh", *STARTS[start])

    assert (done.returncode, traps.ran) == (0, []), done


@pytest.mark.fault("F58")
def test_a_program_that_uses_ossh_starts_a_server_that_imports_nothing_from_there(
    here: Launcher, traps: Traps
) -> None:
    traps.plant(here.folder)

    done = run(here, str(here.folder.parent / "bin" / "library"))

    assert (done.stdout, traps.ran) == ("hello\n", []), done


@pytest.mark.fault("F58")
@pytest.mark.parametrize("entry", ["", ".", "lib"])
def test_modules_that_were_just_downloaded_are_not_imported(
    here: Launcher, traps: Traps, server: DemoServer, entry: str
) -> None:
    for name in NAMES:
        server.put(f"d/{name}.py", traps.text(name).encode())
    server.put("d/ossh/__init__.py", traps.text("ossh").encode())
    server.put("d/t.parquet", b"PAR1 but no more of a table PAR1")
    to = entry or "."
    (here.folder / to).mkdir(exist_ok=True)  # Python remembers that a folder is not there

    done = run(
        here.on(server),
        *(installed(here), "--keep-going", "oss://demo-bucket/d/"),
        *("-c", f"get --to {to}", "-c", "head t.parquet"),  # which imports PyArrow
        PYTHONPATH=os.pathsep.join([str(ROOT), entry]),
    )

    # Where there is no PyArrow, nothing is taken for it either.
    told = "t.parquet" if find_spec("pyarrow") else "needs PyArrow, which is not installed"
    assert (here.folder / to / "pyarrow.py").exists()
    assert (told in done.stderr, traps.ran) == (True, []), done


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows a home by another variable")
@pytest.mark.parametrize("home", [".", "~"])
def test_a_home_that_depends_on_the_current_folder_is_none(here: Launcher, home: str) -> None:
    (here.folder / home).mkdir(exist_ok=True)
    config = "[Credentials]\nprocess-command = touch ran\n"
    (here.folder / home / ".ossutilconfig").write_text(config, "utf-8")

    done = run(here, installed(here), "oss://b/", "-c", "ls", HOME=home)

    assert "no credentials" in done.stderr
    assert not (here.folder / "ran").exists()
