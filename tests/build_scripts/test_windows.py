"""What windows.py puts together, and the list of what Wine cannot run."""

import re
from pathlib import Path

import environment
import pytest
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
    wanted = [one.partition("==") for one in interpreter.requirements("3.13")]
    names = {environment.normal(name) for name, _, _ in wanted}

    assert {(environment.normal(name), version) for name, _, version in wanted} < environment.pins()
    assert {"colorama", "crcmod-plus", "pefile", "pytest"} <= names
    assert not {"crcmod", "importlib-metadata", "macholib"} & names


def test_a_folder_without_python_is_named(tmp_path: Path) -> None:
    with pytest.raises(environment.UnusableError, match=re.escape(str(tmp_path))):
        interpreter.environment_of(tmp_path, lambda *_: 0)
