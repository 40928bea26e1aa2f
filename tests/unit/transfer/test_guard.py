"""The last look before an object gets its name."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh.model import Cause
from ossh.transfer.guard import refuse_kept
from ossh.transfer.messages import Before, Fetch
from ossh.transfer.standing import Policy
from ossh.transfer.workspace import KeptError, Workspace

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
NOW = MODIFIED + 1000.0
TASK = Fetch(1, "a", "a", 10, "E1", MODIFIED, "Multipart")
OURS = Fetch(1, "a", "a", 10, "E1", MODIFIED, "Multipart", before=Before(finished=NOW))


def put(target: Path, size: int, modified: float) -> str:
    path = target / "a"
    path.write_bytes(bytes(size))
    os.utime(path, (modified, modified))
    return str(path)


@pytest.mark.parametrize(
    ("task", "size", "modified", "stays"),
    [
        (TASK, 10, MODIFIED, False),  # it came here by another way
        (TASK, 5, MODIFIED, False),
        (TASK, 5, MODIFIED - 60, False),
        (TASK, 5, MODIFIED - 60.5, True),
        (TASK, 5, NOW, True),
        (TASK, 0, MODIFIED + 0.5, True),
        (OURS, 5, MODIFIED - 60, True),
        (OURS, 5, MODIFIED, False),
    ],
)
def test_what_people_put_there_meanwhile_is_refused(
    tmp_path: Path, task: Fetch, size: int, modified: float, *, stays: bool
) -> None:
    final, workspace = put(tmp_path, size, modified), Workspace(tmp_path, "cafe")

    refused = None
    try:
        refuse_kept(task, final, workspace)
    except KeptError as error:
        refused = workspace.failure(error)

    assert (refused is not None) == stays
    assert refused is None or (refused.cause is Cause.LOCAL_CONFLICT and refused.message)


def test_nothing_is_refused_where_nothing_is_or_the_job_says_replace(tmp_path: Path) -> None:
    refuse_kept(TASK, str(tmp_path / "a"), Workspace(tmp_path, "cafe"))
    final = put(tmp_path, 5, NOW)

    refuse_kept(TASK, final, Workspace(tmp_path, "cafe", Policy(replace=True)))


def test_in_doubt_a_short_file_of_the_time_of_the_run_is_damaged(tmp_path: Path) -> None:
    doubtful = Workspace(tmp_path, "cafe", Policy(is_doubtful=True))

    refuse_kept(OURS, put(tmp_path, 5, NOW + 60), doubtful)
    with pytest.raises(KeptError, match="edited"):
        refuse_kept(OURS, put(tmp_path, 5, NOW + 600), doubtful)
