"""How ossh's own processes are started, what they are not told, and from where they import."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import ossh
from ossh import installation
from ossh.installation import DEMO_SERVER, FETCH_FOR_RUN, PROCESSES, command, environment

ROOT = str(Path(ossh.__file__).parents[1])


LIBRARY = str(Path(os.__file__).parent)
LEAVE = (
    f"import sys; sys.path.append({ROOT!r}); from ossh import installation; "
    "installation.leave_out_current_folder(); print(*sys.path, sep='\\n')"
)


def said_by(arguments: Sequence[str], folder: Path, path: str | None = None) -> list[str]:
    """Return the lines that Python prints in a folder, with a PYTHONPATH or without."""
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    environ = kept | ({} if path is None else {"PYTHONPATH": path})
    line = [sys.executable, *arguments]
    return subprocess.check_output(line, cwd=folder, env=environ, text=True).splitlines()


@pytest.mark.parametrize(
    "name",
    [
        "OSS_ACCESS_KEY_ID",
        "OSS_ACCESS_KEY_SECRET",
        "OSS_SESSION_TOKEN",
        "OSSH_PROXY_PASSWORD",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALICLOUD_SECRET_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "my_password",
        "ACCESSKEYID",
        "https_proxy",
        "ALL_PROXY",
        "DATABASE_URL",
        "PYTHON_KEYRING_PROPERTY_KEY",
        "XPATH",
        "PATHS",
    ],
)
def test_a_process_gets_no_variable_that_it_does_not_need(name: str) -> None:
    assert environment({name: "x"}) == {}


@pytest.mark.parametrize(
    "name",
    ["PATH", "SystemRoot", "TEMP", "LC_ALL", "TZ", "PYTHONUTF8", "SSL_CERT_FILE", "LD_PRELOAD"],
)
def test_a_process_gets_what_python_libcurl_and_the_system_need(name: str) -> None:
    assert environment({name: "x"}) == {name: "x"}


def test_a_process_looks_only_in_folders_that_are_the_same_wherever_one_is() -> None:
    mine, other = os.path.abspath("mine"), os.path.abspath("other")  # noqa: PTH100 - as text
    given = {
        "PYTHONPATH": os.pathsep.join(["", mine, ".", "lib", other, ""]),
        "PYTHONHOME": "python",
        "PYTHONUSERBASE": ".",
        "PYTHONPYCACHEPREFIX": "cache",
    }

    assert environment(given) == {"PYTHONPATH": f"{mine}{os.pathsep}{other}"}
    assert environment({"PYTHONPATH": ""}) == {}


@pytest.mark.parametrize("process", PROCESSES)
def test_an_executable_starts_itself(monkeypatch: pytest.MonkeyPatch, process: str) -> None:
    assert command(process)[0] == sys.executable
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/bundle", raising=False)

    assert command(process) == [sys.executable, process]
    assert environment({"PATH": "/b"}) == {"PATH": "/b", "LD_LIBRARY_PATH": "/bundle"}


@pytest.mark.parametrize(("flags", "passed_on"), [("-E", "-PE"), ("-s", "-Ps"), ("-I", "-PEs")])
def test_a_process_looks_in_no_more_places_than_the_one_that_starts_it(
    tmp_path: Path, flags: str, passed_on: str
) -> None:
    code = f"{LEAVE}; print(installation.command(installation.DEMO_SERVER)[1])"

    assert said_by([flags, "-c", code], tmp_path)[-1] == passed_on


def test_a_process_is_of_this_very_package_and_looks_beside_it_last(tmp_path: Path) -> None:
    (tmp_path / "ossh").mkdir()
    (tmp_path / "ossh" / "__init__.py").write_text("raise ImportError('another ossh')")
    code = f"""
import runpy, sys
sys.argv = ["installation.py", "none of them"]
try:
    runpy.run_path({installation.__file__!r}, run_name="__main__")
except KeyError:
    import ossh
    print(ossh.__file__, *sys.path, sep="\\n")
"""

    file, *folders = said_by(["-P", "-c", code], tmp_path, str(tmp_path))

    assert file == ossh.__file__
    assert folders[0] == str(tmp_path)
    assert folders.index(ROOT) > folders.index(LIBRARY)


@pytest.mark.parametrize("way", ["-m", "-c"])
@pytest.mark.parametrize("entry", [None, "", ".", "lib"])
def test_this_process_looks_in_the_current_folder_no_more(
    tmp_path: Path, way: str, entry: str | None
) -> None:
    (tmp_path / "show.py").write_text(LEAVE)
    (tmp_path / "lib").mkdir()
    named = str(tmp_path / "named")
    path = named if entry is None else os.pathsep.join([entry, named, entry])

    found = said_by([way, {"-m": "show", "-c": LEAVE}[way]], tmp_path, path)

    assert found[0] == named
    assert not {"", str(tmp_path), str(tmp_path / "lib")} & {*found}


def test_the_current_folder_counts_where_it_is_named_or_has_what_python_needs(
    tmp_path: Path,
) -> None:
    assert said_by(["-c", LEAVE], tmp_path, str(tmp_path))[0] == str(tmp_path)
    assert LIBRARY in said_by(["-P", "-c", LEAVE], Path(LIBRARY), os.pathsep)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that is in use cannot go there")
def test_a_current_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    code = f"import os; os.rmdir(os.getcwd()); {LEAVE}"
    (tmp_path / "gone").mkdir()

    assert said_by(["-P", "-c", code], tmp_path / "gone", f":{tmp_path}")


def test_what_fetches_loads_nothing_that_could_sign(tmp_path: Path) -> None:
    program = f"{LEAVE}; import ossh.processes.child; print(*sys.modules, sep='\\n')"

    loaded = said_by(["-c", program], tmp_path)

    assert "ossh.workers.worker_session" in loaded
    assert not [name for name in loaded if name.startswith("ossh.store")]


def test_both_processes_can_be_started(tmp_path: Path) -> None:
    assert PROCESSES.keys() == {DEMO_SERVER, FETCH_FOR_RUN}
    said = subprocess.run(
        [*command(DEMO_SERVER), "--help"], cwd=tmp_path, check=True, capture_output=True, text=True
    )

    assert "Serve a small object store" in said.stdout
