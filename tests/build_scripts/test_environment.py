"""The environments of build_scripts: what they are made from, and by which Python."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import environment
import pytest
from packaging.utils import canonicalize_name

NAME = re.compile(r"[\w.-]+")
PIN = re.compile(r"(?m)^([\w.-]+)==([^\s;]+)")


def pins() -> set[tuple[str, str]]:
    """Return the name and the version of each pin, whatever system it is for."""
    found = PIN.findall(environment.CONSTRAINTS.read_text(encoding="utf-8"))
    return {(canonicalize_name(name), version) for name, version in found}


def test_every_dependency_and_build_backend_is_pinned() -> None:
    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
    ]

    names = {canonicalize_name(found[0]) for text in wanted if (found := NAME.match(text))}

    assert names <= {name for name, _ in pins()}


def test_every_package_that_ossh_needs_is_explained() -> None:
    project = tomllib.loads((environment.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (environment.ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    names = [found[0] for text in project["project"]["dependencies"] if (found := NAME.match(text))]

    assert [name for name in names if f"\n- {name}: " not in page] == []


def test_all_that_is_pinned_has_hashes_and_nothing_else_is_installed() -> None:
    hashed: set[tuple[str, str]] = set()
    for file in environment.HASHED:
        for entry in re.findall(r"(?m)^[^#\s].*\n(?: .*\n?)*", file.read_text(encoding="utf-8")):
            found = PIN.match(entry)
            assert found is not None, entry
            assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry
            hashed.add((canonicalize_name(found[1]), found[2]))

    assert hashed == pins()  # else run build_scripts/hashes.py


@pytest.mark.parametrize("script", sorted((environment.ROOT / "build_scripts").glob("*.py")))
def test_python_3_8_can_read_the_script_and_say_that_it_is_too_old(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 8))

    assert ast.get_docstring(tree)


def test_environment_of_programs_hides_what_reaches_past_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("HARMLESS", "kept")

    environ = environment.environ()

    assert "PYTHONPATH" not in environ
    assert environ["HARMLESS"] == "kept"


@pytest.mark.parametrize("folder", ["build_scripts", "ossh"])
def test_every_python_is_started_without_the_current_folder(folder: str) -> None:
    for path in (environment.ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = {ast.Call: "args", ast.List: "elts", ast.Tuple: "elts"}.get(type(node), "")
            words = [getattr(one, "value", None) for one in getattr(node, given, ())]
            assert "-m" not in words or "-P" in words[: words.index("-m")], (path, words)


def test_the_ossh_of_this_repository_is_found_and_nothing_beside_it_goes_before_another(
    tmp_path: Path,
) -> None:
    (tmp_path / "ossh.py").write_text("raise ImportError('another ossh')")
    code = (
        f"import sys; sys.path.insert(0, {str(environment.ROOT / 'build_scripts')!r})\n"
        "import environment; environment.use_this_ossh()\n"
        "import ossh; print(ossh.__file__, sys.path[-1], sys.path.count(sys.path[-1]))"
    )

    said = subprocess.check_output(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, text=True, encoding="utf-8"
    )

    assert said.split() == [str(environment.ROOT / "ossh/__init__.py"), str(environment.ROOT), "1"]
