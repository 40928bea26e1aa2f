"""What stands at an object's place; how rows follow from it is told with the planner."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import fastcrc
import pytest

from ossh.model import Entry, ObjectInfo, Proof, Status
from ossh.transfer.disk import Disk
from ossh.transfer.standing import Standing

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize(
    ("facts", "way", "replaces", "standing"),
    [
        ({}, "to", False, Standing.HERE),
        ({"crc64": 7}, "to", False, Standing.CONFLICT),  # bent since
        ({"crc64": 7}, "to", True, Standing.CHANGED),
        ({"crc64": None}, "to", False, Standing.CHANGED),  # of an earlier manifest, say
        ({"status": Status.PENDING}, "to", False, Standing.CHANGED),
        ({"type": "Normal"}, "to", False, Standing.CHANGED),  # it is no link any more
        ({"type": "Normal", "proof": None}, "to", False, Standing.CONFLICT),
        ({}, "../out", True, Standing.CONFLICT),
    ],
)
def test_a_link_that_the_job_made_is_told_from_others(
    tmp_path: Path,
    facts: dict[str, object],
    way: str,
    *,
    replaces: bool,
    standing: Standing,
) -> None:
    crc = fastcrc.crc64.xz(b"to")
    (tmp_path / "a").symlink_to(way)
    row = Entry(1, "a", "a", 0, "E1", MODIFIED, "Symlink", status=Status.DONE, crc64=crc)
    row = replace(row, proof=Proof.LINK)
    row = replace(row, **facts)  # type: ignore[arg-type] # each is of its field's type

    found = Disk(str(tmp_path), replace=replaces).standing(row, "a")

    assert found.standing is standing


def test_the_conflict_of_a_folder_names_the_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "d").touch()

    folder = ObjectInfo("d/", 0, "E1", MODIFIED)
    found = Disk(str(tmp_path), replace=False).standing(folder, "d/")

    assert found.failure.message == "there is a file where the folder belongs"
