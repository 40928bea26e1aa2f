"""All the small faults that a module can have: mutmut's operators, applied to the whole of it.

mutmut itself leaves out what is decorated and what stands outside functions, which are properties
and the tables of rules, and it chooses tests by what they call. So only its operators are used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from os.path import commonprefix
from pathlib import Path

import libcst as cst
from mutmut.mutation.mutators import mutation_operators, operator_assignment

# Python refuses most changes of these, or nobody can see them.
_UNTOUCHED_CALLS = frozenset(
    {"N_", "TypeVar", "Words", "_", "assert_never", "cast", "isinstance", "len", "n_"}
)
_IS_WINDOWS = 'sys.platform == "win32"'  # where mutants do not run


@dataclass(frozen=True)
class Mutant:
    path: str  # of the module, below the root, with "/"
    line: int  # where the fault is
    change: str  # its line as `git diff --word-diff` shows it: what is [-gone-] and {+new+}
    code: str = field(repr=False)  # the whole module

    def __str__(self) -> str:
        return f"{self.path}:{self.line}\n  {self.change}"


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """Return the mutants of a module, in the order of its text."""
    source = (root / path).read_text(encoding="utf-8")
    module = cst.parse_module(source)
    finder = _Finder()
    module.visit(finder)
    found = {}
    for node, changed in finder.changes:
        code = cst.ensure_type(module.deep_replace(node, changed), cst.Module).code
        if code != source:
            line, change = _difference(source, code)
            found[line, change] = Mutant(path, line, change, code)
    return [found[place] for place in sorted(found)]


class _Finder(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.changes: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _is_left_alone(node):
            return False
        if isinstance(node, cst.If | cst.IfExp) and _is_of_windows(node.test):
            if node.orelse is not None:
                node.orelse.visit(self)
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind) and operator is not operator_assignment:
                self.changes += [(node, one) for one in operator(node) if _is_worth_it(node, one)]
        return True


def _is_left_alone(node: cst.CSTNode) -> bool:
    match node:
        case cst.Annotation() | cst.Decorator() | cst.Import() | cst.ImportFrom():
            return True
        case cst.SimpleString(value=text):
            return " " in text  # what is said to people, and docstrings
        case cst.Call(func=cst.Name(value=name)):
            return name in _UNTOUCHED_CALLS
        case cst.BooleanOperation():
            return _is_of_windows(node)
        case cst.If(test=cst.Name(value="TYPE_CHECKING")) | cst.Arg(keyword=cst.Name("strict")):
            return True  # the latter is what `zip` asserts
    return False


def _is_of_windows(node: cst.CSTNode) -> bool:
    return _text(node).startswith(_IS_WINDOWS)


def _text(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


def _is_worth_it(node: cst.CSTNode, changed: cst.CSTNode) -> bool:
    """Return whether Python itself does not refuse a change, nor is there a twin of it."""
    match node, changed:
        case cst.Call(args=before), cst.Call(args=after) if after != before:
            place = next((i for i, one in enumerate(after) if one is not before[i]), len(after))
            is_lost, argument = len(after) < len(before), before[place]
            if argument.keyword is None:
                return not is_lost  # the same with None has to do
            is_as_false = _text(argument.value) == "False"  # as None is
            return not _is_left_alone(argument) and (is_lost or not is_as_false)
        case cst.Match(cases=before), cst.Match(cases=after):
            case = next(one for one in before if one not in after)
            return "assert_never" not in _text(case)  # never reached
        case cst.SimpleString(value=before), cst.SimpleString(value=after):
            return before.lower() != after.lower()
    return True


def _difference(source: str, code: str) -> tuple[int, str]:
    """Return the number of the line that differs, from 1, and how it does, all on one line."""
    before, after = (re.findall(r"\w+|\W", text) for text in (source, code))
    start = len(commonprefix((before, after)))  # noqa: RUF071 - words, not paths
    same = len(commonprefix((before[start:][::-1], after[start:][::-1])))  # noqa: RUF071
    stop = len(before) - same
    gone, new = "".join(before[start:stop]), "".join(after[start : len(after) - same])
    marked = (f"[-{gone}-]" if gone else "") + (f"{{+{new}+}}" if new else "")
    left = "".join(before[:start]).rpartition("\n")[2]
    right = "".join(before[stop:]).partition("\n")[0]
    return before[:start].count("\n") + 1, " ".join(f"{left}{marked}{right}".split())
