"""What pyproject.toml claims is what the workflows run."""

import re
import tomllib
from typing import Any

import pytest

import ossh
from tests.shell.conftest import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"


@pytest.fixture
def project() -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["project"]
    return found


def test_the_versions_of_python_that_are_claimed_are_those_that_are_tested(
    project: dict[str, Any],
) -> None:
    claimed = re.findall(r":: (3\.\d+)", " ".join(project["classifiers"]))
    for name in ("check", "executables"):
        text = (WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8")
        (matrix,) = re.findall(r"python: \[(.*)\]", text)

        assert re.findall(r"3\.\d+", matrix) == claimed

    assert project["requires-python"] == f">={claimed[0]}"


def test_a_version_that_met_no_real_bucket_is_a_beta(project: dict[str, Any]) -> None:
    is_beta = "Development Status :: 4 - Beta" in project["classifiers"]

    assert is_beta == ("b" in ossh.__version__)


def test_one_minor_version_of_cmd2_is_allowed_and_it_is_the_pinned_one(
    project: dict[str, Any],
) -> None:
    (wanted,) = (one for one in project["dependencies"] if one.startswith("cmd2"))
    pins = (ROOT / "build_scripts" / "constraints.txt").read_text(encoding="utf-8")
    (pinned,) = re.findall(r"^cmd2==4\.(\d+)", pins, re.MULTILINE)

    assert wanted == f"cmd2>=4.{pinned},<4.{int(pinned) + 1}"


def test_the_next_version_of_cmd2_is_tried_every_night() -> None:
    text = (WORKFLOWS / "next.yml").read_text(encoding="utf-8")

    assert re.search(r"cron: \"\d+ \d+ \* \* \*\"", text)
    assert 'pip install --upgrade "cmd2<5"' in text
    assert "pytest tests/unit/shell" in text
