"""What the workflows of GitHub may do, and whose code runs in them."""

import re
from pathlib import Path

import pytest

WORKFLOWS = sorted((Path(__file__).parents[2] / ".github" / "workflows").iterdir())
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
