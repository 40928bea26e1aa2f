"""What the workflows of GitHub run, what they may do, and whose code runs in them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import environment
import pytest

import ossh

FOLDER = environment.ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.iterdir())
JOB = re.compile(r"(?m)^  ([\w-]+):\n((?:    .*\n|\n)+)")
# a tag can be moved to other code, a commit cannot
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
RIGHTS = re.compile(r"    permissions:(?: \{\}\n|\n((?:      .*\n)+))")
WRITERS = {("executables.yml", "draft"): {"contents: write"}}  # drafts a release

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


@every_workflow
def test_every_action_is_the_code_of_one_commit(path: Path) -> None:
    used = re.findall(r"(?m)^ +(?:- )?uses: *(.*)$", text := path.read_text("utf-8"))

    assert len(used) == text.count("uses:")
    assert [one for one in used if not PINNED.fullmatch(one)] == []


@every_workflow
def test_every_job_says_what_it_needs_and_gets_no_more(path: Path) -> None:
    head, _, jobs = path.read_text("utf-8").partition("\njobs:\n")
    found = dict(JOB.findall(jobs))

    assert "\npermissions: {}" in head
    assert list(found) == re.findall(r"(?m)^  ([\w-]+):", jobs) != []
    for name, job in found.items():
        rights = RIGHTS.search(job)
        assert rights is not None, name
        given = {line.strip() for line in (rights[1] or "").splitlines()}
        assert given <= WRITERS.get((path.name, name), {"contents: read"}), name


@every_workflow
def test_what_runs_later_finds_no_token_in_the_clone(path: Path) -> None:
    steps = re.split(r"(?m)^      - ", path.read_text("utf-8"))

    kept = [one for one in steps if "actions/checkout@" in one]
    assert all("persist-credentials: false" in one for one in kept)


@pytest.fixture
def project() -> dict[str, Any]:
    text = (environment.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["project"]
    return found


def test_the_versions_of_python_that_are_claimed_are_those_that_are_tested(
    project: dict[str, Any],
) -> None:
    claimed = re.findall(r":: (3\.\d+)", " ".join(project["classifiers"]))
    for name in ("check", "executables"):
        text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
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
    pins = environment.CONSTRAINTS.read_text(encoding="utf-8")
    (pinned,) = re.findall(r"^cmd2==4\.(\d+)", pins, re.MULTILINE)

    assert wanted == f"cmd2>=4.{pinned},<4.{int(pinned) + 1}"


def test_the_next_version_of_cmd2_is_tried_every_night() -> None:
    text = (FOLDER / "next.yml").read_text(encoding="utf-8")

    assert re.search(r"cron: \"\d+ \d+ \* \* \*\"", text)
    assert 'pip install --upgrade "cmd2<5"' in text
    assert "pytest tests/unit/shell" in text
