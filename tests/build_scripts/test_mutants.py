"""Mutants: which faults are made, which tests they meet, and that one is noticed or not."""

import re
import sys
from pathlib import Path

import environment
import pytest

if sys.platform == "win32":
    pytest.skip("mutants run where processes fork", allow_module_level=True)

from mutation.command import Plan, Room
from mutation.mutants import Mutant, mutants_of
from mutation.trial import Copy

from tests.integration.rig import mount

MODULE = '''"""A module."""

LIMIT = 2


class Thing:
    @property
    def is_small(self) -> bool:
        return self.size < LIMIT and not self.name == "a"


def greet(name: str, size: "int | None" = None) -> str:
    if sys.platform == "win32" and size == 1:
        return ""
    return say("hello there", name, size=size)


def pairs(names: list[str]) -> list[str]:
    return zip(names, say(names, loud=False), strict=True)
'''
HALF = "def half(size: int) -> int:\n    return size // 2\n"
TEST = """
from ossh.thing import half

def test_it():
    assert half(4) == 2
"""
TESTS = ["tests/test_thing.py"]


def made(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_faults_are_made_in_properties_and_tables_but_not_in_words_and_types(
    tmp_path: Path,
) -> None:
    made(tmp_path, "thing.py", MODULE)

    found = {(one.line, one.change) for one in mutants_of(tmp_path, "thing.py")}

    assert found == {
        (3, "LIMIT = [-2-]{+3+}"),
        (9, 'return self.size <{+=+} LIMIT and not self.name == "a"'),
        (9, 'return self.size < LIMIT [-and-]{+or+} not self.name == "a"'),
        (9, 'return self.size < LIMIT and [-not -]self.name == "a"'),
        (9, 'return self.size < LIMIT and not self.name [-=-]{+!+}= "a"'),
        (9, 'return self.size < LIMIT and not self.name == "[-a-]{+XXaXX+}"'),
        (15, 'return say([-"hello there"-]{+None+}, name, size=size)'),
        (15, 'return say("hello there", [-name-]{+None+}, size=size)'),
        (15, 'return say("hello there", name, size=[-size-]{+None+})'),
        (15, 'return say("hello there", name, [-size=size-])'),
        (19, "return zip([-names-]{+None+}, say(names, loud=False), strict=True)"),
        (19, "return zip(names, [-say(names, loud=False)-]{+None+}, strict=True)"),
        (19, "return zip(names, say([-names-]{+None+}, loud=False), strict=True)"),
        (19, "return zip(names, say(names, loud=[-False-]{+True+}), strict=True)"),
        (19, "return zip(names, say(names, [-loud=False-]), strict=True)"),
    }


def test_a_sample_is_always_the_same() -> None:
    room = Room("a", ("x.py",), 5, 0)
    mutants = [Mutant("x.py", line, "", "") for line in range(100)]

    chosen = room.chosen(mutants)

    assert chosen == room.chosen(mutants) == sorted(chosen, key=lambda one: one.line)
    assert len(chosen) == 5


def test_each_module_of_the_plan_has_tests_and_each_reason_its_lines() -> None:
    plan = Plan()

    for room in plan.rooms:
        assert room.files
        for path in room.files:
            tests = plan.tests(path)
            assert tests, path
            assert [one for one in tests if not (environment.ROOT / one).is_file()] == []
    for path, change in plan.equivalents:
        source = (environment.ROOT / path).read_text(encoding="utf-8")
        before = re.sub(r"\[-(.*?)-\]|\{\+.*?\+\}", r"\1", change)
        assert before != change
        assert " ".join(before.split()) in " ".join(source.split()), (path, change)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small repository: a module of two lines and its test."""
    made(tmp_path, "root/ossh/__init__.py", "")
    made(tmp_path, "root/ossh/thing.py", HALF)
    made(tmp_path, "root/tests/test_thing.py", TEST)
    made(tmp_path, "root/pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['.']\n")
    return tmp_path / "root"


def test_a_fault_is_noticed_if_a_test_fails_or_does_not_end(root: Path, tmp_path: Path) -> None:
    copy = Copy(root, tmp_path / "copy", 300.0)
    hasty = Copy(root, tmp_path / "hasty", 0.5)

    def survives(after: str, copy: Copy = copy) -> bool:
        mutant = Mutant("ossh/thing.py", 2, "", HALF.replace("return size // 2", after))
        return copy.survives(mutant, TESTS, 0.0)

    assert copy.seconds(TESTS) > 0
    assert not survives("return size * 2")
    assert not survives("return size")
    assert survives("return size - 2")
    assert not survives("return bool(bytearray(9 << 30)) and size // 2")
    assert not survives("while True: pass", hasty)
    assert (root / "ossh" / "thing.py").read_text("utf-8") == HALF


def test_a_disk_that_a_killed_test_had_mounted_is_unmounted(root: Path, tmp_path: Path) -> None:
    copy = Copy(root, tmp_path / "copy")
    disk = tmp_path / "copy" / "tmp" / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "tmpfs", str(disk))

    copy.seconds(TESTS)

    assert not disk.is_mount()
