"""What windows.py puts together, and the list of what Wine cannot run."""

import re

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


def test_python_on_windows_gets_what_is_pinned_for_it() -> None:
    lines = environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines()

    wanted = set(interpreter.requirements())

    names = {one.partition("==")[0] for one in wanted}
    assert wanted < {line.partition(" ;")[0] for line in lines}
    assert {"colorama", "crcmod-plus", "pefile", "pytest"} <= names
    assert not {"crcmod", "importlib-metadata", "macholib"} & names
