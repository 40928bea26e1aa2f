"""The architecture: what docs/architecture.md names exists, and files are renamed in one place."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_file_that_the_page_names_exists() -> None:
    named = re.findall(r"`(ossh/[\w/.]+)`", PAGE)

    assert named
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_the_picture_shows_every_room() -> None:
    picture = PAGE.partition("## The rooms")[2].partition("## ")[0]
    rooms = {path.parent.name for path in (ROOT / "ossh").rglob("__init__.py")} - {"ossh"}

    assert {room for room in rooms if not re.search(rf"\b{room}/", picture)} == set()


def _renames_and_removals(path: Path) -> Iterator[str]:
    """Yield the calls in a module that rename, replace or remove a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        of, name = ast.unparse(node.func.value), node.func.attr
        is_path_replace = name == "replace" and len(node.args) == 1  # text and times take others
        is_bare = name in {"unlink", "rename", "renames", "rmtree"} or is_path_replace
        is_os = of in {"os", "shutil"} and name in {"remove", "replace", "move"}
        if (is_bare or is_os) and of != "patient":
            yield f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}"


def test_only_one_module_renames_and_removes_files() -> None:
    modules = (ROOT / "ossh").rglob("*.py")
    own = {ROOT / "ossh" / "patient.py", *(ROOT / "ossh" / "demo").rglob("*.py")}

    assert [call for one in modules if one not in own for call in _renames_and_removals(one)] == []
    assert list(_renames_and_removals(ROOT / "ossh" / "patient.py"))


def _in_paths_alone(path: Path) -> Iterator[str]:
    """Yield what a module calls to join paths or to follow links."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Attribute, ast.ImportFrom)):
            text = ast.unparse(node)
            if re.search(r"path\.join$|path import .*\bjoin\b|realpath|\.resolve$", text):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {text}"


def test_only_one_module_joins_paths_and_follows_links() -> None:
    r"""Below `\\?\`, Windows takes "/" for a character; of a share that is away it is an error."""
    modules = (ROOT / "ossh").rglob("*.py")
    own = {ROOT / "ossh" / "paths.py", *(ROOT / "ossh" / "demo").rglob("*.py")}

    assert [call for one in modules if one not in own for call in _in_paths_alone(one)] == []
    assert list(_in_paths_alone(ROOT / "ossh" / "paths.py"))


def test_processes_are_started_in_few_places_that_say_what_they_are_told() -> None:
    starts = re.compile(
        r"Popen\(|create_subprocess|subprocess\.(run|call|check)|os\.(system|exec|spawn)"
    )
    modules = {path: path.read_text("utf-8") for path in (ROOT / "ossh").rglob("*.py")}

    found = {
        path.relative_to(ROOT / "ossh").as_posix()
        for path, text in modules.items()
        if starts.search(text)
    }
    assert found == {
        "programs.py",  # those of the user: `environment` and `found`
        "console/output.py",  # likewise
        "demo/control/launcher.py",  # our own: `installation.command` and `environment`
        "processes/process_transport.py",  # likewise
    }
