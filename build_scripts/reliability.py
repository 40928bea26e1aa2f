"""Write the tables of docs/reliability.md: what ossh survives, and the tests that prove it.

Usage:
    python3 build_scripts/reliability.py            replace the text between the page's markers
    python3 build_scripts/reliability.py --check    only say whether the page is up to date

faults.toml says what happens in which case. The tests themselves say which case they provoke:
`@pytest.mark.fault("F1")` on a function, one of its parameters or its class, or in a module's
`pytestmark`. Test files are parsed, not imported.

Exit status: 0 done or up to date, 1 not up to date, 2 unusable.
"""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
FAULTS = ROOT / "build_scripts" / "faults.toml"
PAGE = ROOT / "docs" / "reliability.md"
TESTS = ROOT / "tests"

BEGIN, END = "<!-- begin faults -->\n", "<!-- end faults -->\n"


class UnusableError(Exception):
    """A mark, a row or the page is invalid; the message says which and why."""


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


def main() -> int:
    """Write or check the page, as the command line says, and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if it is stale")
    only_check = parser.parse_args().check
    try:
        page = PAGE.read_text(encoding="utf-8")
        fresh = renewed(page, render(groups(), proofs()))
    except (OSError, UnusableError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if only_check and fresh != page:
        print("docs/reliability.md is stale: run python3 build_scripts/reliability.py")
        return 1
    if fresh != page:
        PAGE.write_text(fresh, encoding="utf-8")
    return 0


def groups() -> dict[str, list[Row]]:
    """Return the rows of faults.toml by group title, in order."""
    import tomllib  # noqa: PLC0415 - new in Python 3.11; an older one can read this file

    told = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
    return {
        group["title"]: [Row(name, **texts) for name, texts in group["row"].items()]
        for group in told["group"]
    }


def proofs(folder: Path = TESTS) -> list[Proof]:
    """Return which faults the tests below a folder provoke, by path and position in the file.

    Raises:
        UnusableError: A mark does not name its row by a single string.
    """
    return [proof for path in sorted(folder.rglob("test_*.py")) for proof in _in_module(path)]


def render(rows: dict[str, list[Row]], found: Sequence[Proof]) -> str:
    """Return the tables of all groups, each followed by the tests of its rows.

    Raises:
        UnusableError: A mark names a row that does not exist.
    """
    known = {row.name for group in rows.values() for row in group}
    for proof in found:
        if proof.row not in known:
            message = f"{proof.path}: there is no row {proof.row!r} ({proof.sentence})"
            raise UnusableError(message)
    return "\n".join(line for title, group in rows.items() for line in _group(title, group, found))


def renewed(page: str, tables: str) -> str:
    """Return the page with new tables between its markers.

    Raises:
        UnusableError: The page does not have its two markers, once each and in order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in before + after:
        message = f"{PAGE.name} needs the markers '{BEGIN.strip()}' and '{END.strip()}', once each"
        raise UnusableError(message)
    return f"{before}{begin}{tables}\n{end}{after}"


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
    yield "| | what goes wrong | what happens | tests |"
    yield "|---|---|---|---:|"
    for row in rows:
        count = sum(proof.row == row.name for proof in found)
        yield f"| {row.name} | {row.fault} | {row.happens} | {count} |"
    yield ""
    yield "<details><summary>The tests of these rows</summary>"
    yield ""
    for row in rows:
        yield from _sentences(row.name, [proof for proof in found if proof.row == row.name])
    yield ""
    yield "</details>"
    yield ""


def _sentences(row: str, found: Sequence[Proof]) -> Iterator[str]:
    """Yield a row's tests as a list, each file's sentences together."""
    yield f"- **{row}**"
    for path in dict.fromkeys(proof.path for proof in found):
        sentences = [proof.sentence for proof in found if proof.path == path]
        yield f"  - [{path.removeprefix('tests/')}](../{path}): {'; '.join(sentences)}"


if __name__ == "__main__":
    sys.exit(main())
