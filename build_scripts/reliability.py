"""The lists of docs/reliability.md: what ossh survives, and the tests that prove it.

faults.toml says what happens in which case. The tests themselves say which case they provoke:
`@pytest.mark.fault("F1")` on a function, one of its parameters or its class, or in a module's
`pytestmark`. Test files are parsed, not imported. `pages` writes the page.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
FAULTS = ROOT / "build_scripts" / "faults.toml"
TESTS = ROOT / "tests"


class UnusableError(Exception):
    """A mark is invalid; the message says which and why."""


class Row(NamedTuple):
    """One fault, and what ossh does about it."""

    name: str  # "F1"
    fault: str
    happens: str


class Proof(NamedTuple):
    """One test, and a fault that it provokes."""

    row: str
    path: str  # relative to the repository, with "/"
    sentence: str  # its name in words


def groups() -> dict[str, list[Row]]:
    """Return the rows of faults.toml by group title, in order."""
    content = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
    return {
        group["title"]: [Row(name, **texts) for name, texts in group["row"].items()]
        for group in content["group"]
    }


def proofs(folder: Path = TESTS) -> list[Proof]:
    """Return the faults that the tests below a folder provoke, by path and position in the file.

    Raises:
        UnusableError: A mark does not name its row by a single string.
    """
    return [proof for path in sorted(folder.rglob("test_*.py")) for proof in _in_module(path)]


def lists(found: Sequence[Proof] | None = None) -> Iterator[str]:
    """Yield the lines of all groups: each row with the number of its tests.

    Args:
        found: What the tests prove; by default those of this repository.

    Raises:
        UnusableError: A mark names a row that does not exist.
    """
    rows, found = groups(), proofs() if found is None else found
    known = {row.name for group in rows.values() for row in group}
    for proof in found:
        if proof.row not in known:
            message = f"{proof.path}: there is no row {proof.row!r} ({proof.sentence})"
            raise UnusableError(message)
    for title, group in rows.items():
        yield from _group(title, group, found)


def _in_module(path: Path) -> Iterator[Proof]:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    where = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    of_all = [row for node in tree.body if _is_pytestmark(node) for row in _rows(node, where)]
    for name, own in _tests(tree.body, of_all, where):
        sentence = name[len("test_") :].replace("_", " ")
        for row in dict.fromkeys(own):
            yield Proof(row, where, sentence)


def _tests(
    body: Sequence[ast.stmt], above: list[str], where: str
) -> Iterator[tuple[str, list[str]]]:
    """Yield the tests of a module or class, each with its own rows and those of its parents."""
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            marks = [row for decorator in node.decorator_list for row in _rows(decorator, where)]
            if isinstance(node, ast.ClassDef):
                yield from _tests(node.body, above + marks, where)
            elif node.name.startswith("test_"):
                yield node.name, above + marks


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def _rows(node: ast.AST, where: str) -> Iterator[str]:
    """Yield the rows that `pytest.mark.fault(...)` names anywhere below a node."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.fault":
            yield _named(call, where)


def _named(call: ast.Call, where: str) -> str:
    arguments: list[Any] = [getattr(argument, "value", None) for argument in call.args]
    if len(arguments) != 1 or not isinstance(arguments[0], str) or call.keywords:
        message = f'{where}:{call.lineno}: a mark names one row: pytest.mark.fault("F1")'
        raise UnusableError(message)
    return arguments[0]


def _group(title: str, rows: Sequence[Row], found: Sequence[Proof]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    for row in rows:
        count = sum(proof.row == row.name for proof in found)
        yield f"- **{row.name}** *{row.fault}:* {row.happens} ({count})"
    yield ""
