"""The wheel and the source distribution: what is in them, and that they install and work."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import ossh
from tests.packaging.conftest import ROOT
from tests.packaging.jail import SECONDS


def run(*command: str, cwd: Path, **changes: str) -> str:
    """Run a program that shall see no other copy of ossh, and return what it printed."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("COV", "PYTHON", "OSS"))}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**environ, **changes},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(output), cwd=ROOT)
    (made,) = output.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from nothing but the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as tar:
        tar.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    output = folder / "made"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(output), cwd=source)
    (made,) = output.iterdir()
    return made


def test_the_wheel_holds_the_package_and_nothing_of_the_workshop(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())

    info, data = (f"ossh-{ossh.__version__}.{kind}" for kind in ("dist-info", "data"))
    assert wheel.name == f"ossh-{ossh.__version__}-py3-none-any.whl"
    assert {name.partition("/")[0] for name in names} == {"ossh", info, data}
    assert {
        "ossh/__main__.py",
        "ossh/py.typed",
        "ossh/locale/zh_CN/LC_MESSAGES/ossh.mo",
        "ossh/console/report/page.html",
        "ossh/demo/certificates/key.pem",
        f"{info}/licenses/LICENSE",
        f"{data}/data/share/man/man1/ossh.1",
    } <= names
    assert not [name for name in names if "test" in name.lower() or "__pycache__" in name]
    assert not [name for name in names if name.endswith(".po")]
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ossh").rglob("*.py")}
    assert modules - names == set()


def test_the_sources_hold_what_a_contributor_needs(sdist: Path) -> None:
    with tarfile.open(sdist) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}

    wanted = """LICENSE README.md README.zh-CN.md CHANGELOG.md CONTRIBUTING.md pyproject.toml
        jobs/example.toml
        ossh/py.typed docs/ossh.1 build_scripts/build.py build_scripts/ossh.spec
        build_scripts/constraints.txt tests/packaging/test_packages.py"""
    assert [name for name in wanted.split() if name not in names] == []


def test_the_wheel_installs_and_does_its_main_job(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=os.name != "nt")
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path)
    # What ossh depends on is there already; installing it anew would need a package registry.
    Path(site.strip(), "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    pip = (sys.executable, "-m", "pip", "--python", python)

    run(*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel), cwd=tmp_path)

    where = run(python, "-c", "import ossh; print(ossh.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(site.strip())
    said = run(str(scripts / "ossh"), "--demo", "-c", "ls", cwd=tmp_path, HOME=str(tmp_path))
    assert said.startswith("archive/\n")
    assert run(str(scripts / "ossh"), "--version", cwd=tmp_path) == f"ossh {ossh.__version__}\n"
    if os.name != "nt":
        assert (tmp_path / "env" / "share" / "man" / "man1" / "ossh.1").is_file()
