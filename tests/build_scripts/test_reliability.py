"""docs/reliability.md: every fault is told, and has a test that provokes it."""

import re
from pathlib import Path

import pages
import pytest

ROWS = [*(f"F{number}" for number in range(1, 62) if number != 38), "F22b"]


@pytest.fixture(scope="module")
def marks() -> set[str]:
    """Give what the marks of all tests name."""
    paths = Path(__file__).parents[1].rglob("test_*.py")
    texts = (path.read_text(encoding="utf-8") for path in paths)
    return {mark for text in texts for mark in re.findall(r"\bmark\.fault\((.*?)\)", text)}


def test_every_fault_is_told_once() -> None:
    told = [found[1] for line in pages.faults() if (found := re.match(r"- \*\*(\w+)\*\* ", line))]

    assert sorted(told) == sorted(ROWS)


def test_every_fault_has_a_test_that_provokes_it_and_every_mark_names_one(marks: set[str]) -> None:
    assert marks == {f'"{row}"' for row in ROWS}
