"""What stands at an object's place; how rows follow from it is told with the planner."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import fastcrc
import pytest

from ossh.model import Entry, ObjectInfo, Proof, Status
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import LocalState, Policy

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize(
    ("facts", "way", "replaces", "state"),
    [
        ({}, "to", False, LocalState.HERE),
        ({"crc64": 7}, "to", False, LocalState.CONFLICT),  # bent since
        ({"crc64": 7}, "to", True, LocalState.CHANGED),
        ({"crc64": None}, "to", False, LocalState.CHANGED),  # of an earlier manifest, say
        ({"status": Status.PENDING}, "to", False, LocalState.CHANGED),
        ({"type": "Normal"}, "to", False, LocalState.CHANGED),  # it is no link any more
        ({"type": "Normal", "proof": None}, "to", False, LocalState.CONFLICT),
        ({}, "../out", True, LocalState.CONFLICT),
    ],
)
def test_a_link_that_the_job_made_is_told_from_others(
    tmp_path: Path,
    facts: dict[str, object],
    way: str,
    *,
    replaces: bool,
    state: LocalState,
) -> None:
    crc = fastcrc.crc64.xz(b"to")
    (tmp_path / "a").symlink_to(way)
    row = Entry(1, "a", "a", 0, "E1", MODIFIED, "Symlink", status=Status.DONE, crc64=crc)
    row = replace(row, proof=Proof.LINK)
    row = replace(row, **facts)  # type: ignore[arg-type] # each is of its field's type

    found = LocalFiles(str(tmp_path), Policy(replace=replaces)).compare(row, "a")

    assert found.state is state


def test_the_conflict_of_a_folder_names_the_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "d").touch()

    folder = ObjectInfo("d/", 0, "E1", MODIFIED)
    found = LocalFiles(str(tmp_path), Policy()).compare(folder, "d/")

    assert found.failure.message == "there is a file where the folder belongs"
