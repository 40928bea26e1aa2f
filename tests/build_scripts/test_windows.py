"""What windows.py puts together, and the list of what Wine cannot run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import environment
from on_windows import interpreter

from tests import wine

TESTS = environment.ROOT / "tests"
MOST = 40


def test_what_wine_cannot_run_is_little_exists_and_has_a_reason() -> None:
    unable = wine.unable()

    assert len(unable) <= MOST
    assert list(unable) == sorted(unable)
    for name, reason in unable.items():
        file, _, test = name.partition("::")
        text = (TESTS / file).read_text("utf-8")
        assert not test or re.search(rf"^def {test}\(", text, re.MULTILINE), name
        assert re.fullmatch(r"\w[^.]{10,120}", reason), name


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a file imports on Windows, each with the function that does so, "" for none."""
    for part in ast.parse(path.read_text("utf-8")).body:
        if isinstance(part, ast.If) and re.match(r".*win32.*\n +pytest\.skip", ast.unparse(part)):
            return
        within = part.name if isinstance(part, ast.FunctionDef) else ""
        for node in ast.walk(part):
            if isinstance(node, ast.Import):
                yield from ((one.name, within) for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or "", within


def test_what_imports_a_package_that_is_not_installed_under_wine_is_not_run_there() -> None:
    unable = wine.unable()
    needing = {
        (path.relative_to(TESTS).as_posix(), within)
        for path in TESTS.rglob("test_*.py")
        for name, within in _imports(path)
        if name.partition(".")[0] in interpreter.NOT_INSTALLED
    }

    assert needing
    for file, within in sorted(needing):
        assert file in unable or (within and f"{file}::{within}" in unable), (file, within)


def test_python_on_windows_gets_what_is_pinned_for_it() -> None:
    lines = environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines()

    wanted = set(interpreter.requirements())

    names = {one.partition("==")[0] for one in wanted}
    assert wanted < {line.partition(" ;")[0] for line in lines}
    assert {"colorama", "crcmod-plus", "pefile", "pytest"} <= names
    assert not {"crcmod", "importlib-metadata", "macholib"} & names
