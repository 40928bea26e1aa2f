"""Local links: made inside the target alone, proved by where they lead."""

import errno
import os
from pathlib import Path

import pytest

from ossh.model import Entry, OwnFile
from ossh.transfer.disk.delivery import deliver_link
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.file_io import crc64_of_link
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.messages import Link
from ossh.units import moment_at
from tests.planting import links_needed

pytestmark = links_needed


def made(workspace: Workspace, path: str, to: str) -> int | None:
    own = deliver_link(Link(Entry(1, "k", path, 0, "", moment_at(0.0)), to), workspace).own
    return None if own is None else own.crc64


@pytest.mark.parametrize(
    ("path", "to", "way"),
    [
        ("a", "b", "b"),
        ("a/b/link", "c/d.txt", "../../c/d.txt"),
        ("logs/latest", "logs/2026/one.gz", "2026/one.gz"),
    ],
)
def test_a_link_leads_by_a_relative_way_to_what_may_come_later(
    workspace: Workspace, target: Path, path: str, to: str, way: str
) -> None:
    crc = made(workspace, path, to)

    link = target / path
    assert link.readlink() == Path(way)
    assert crc == crc64_of_link(way)
    (target / to).parent.mkdir(parents=True, exist_ok=True)
    (target / to).write_bytes(b"there")
    assert link.read_bytes() == b"there"
    assert list(Path(workspace.folder).iterdir()) == []


def test_a_link_takes_the_place_of_a_file_or_link_and_writes_through_none(target: Path) -> None:
    replacing = Workspace(target, "cafe", Policy(replace=True))
    (target / "old").write_bytes(b"untouched")
    (target / "link").symlink_to("old")
    (target / "file").write_bytes(b"old")
    own = OwnFile(0, 0, crc64_of_link("old"), is_link=True)

    ours = deliver_link(
        Link(Entry(1, "k", "link", 0, "", moment_at(0.0), own=own), "there"), replacing
    )
    theirs = deliver_link(Link(Entry(1, "k", "file", 0, "", moment_at(0.0)), "there"), replacing)

    assert (ours.has_moved, theirs.has_moved) == (False, True)
    assert (target / "link").readlink() == (target / "file").readlink() == Path("there")
    assert (target / "old").read_bytes() == b"untouched"
    assert next(target.rglob("trash/*/file")).read_bytes() == b"old"


def test_a_link_that_would_leave_the_target_is_not_made(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    (target / "out").symlink_to(tmp_path)

    assert made(workspace, "link", "out/secret") is None
    assert not os.path.lexists(target / "link")


@pytest.mark.parametrize(
    ("way", "is_made"),
    [
        ("../file", True),
        ("other", True),
        ("link", True),  # a loop
        ("../../target/file", False),
        ("../b/../file", False),
        ("..", False),
        ("{target}/file", False),
        ("../out/file", False),
    ],
)
def test_a_link_to_a_link_is_made_where_that_stays_in_the_target(
    workspace: Workspace, target: Path, tmp_path: Path, way: str, *, is_made: bool
) -> None:
    (target / "a").mkdir()
    (target / "a" / "other").symlink_to("../file")
    (target / "out").symlink_to(tmp_path)
    (target / "a" / "link").symlink_to(way.format(target=target))

    assert (made(workspace, "mine", "a/link") is not None) == is_made


def test_a_link_is_not_made_behind_another(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    (target / "deep").mkdir()
    (target / "out").symlink_to(tmp_path)
    (target / "short").symlink_to("deep")

    for folder in ("out", "short"):
        with pytest.raises(EscapeError):
            made(workspace, f"{folder}/link", "file")

    assert not os.path.lexists(tmp_path / "link")
    assert list((target / "deep").iterdir()) == []


def test_where_there_are_no_links_none_is_made(
    workspace: Workspace, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_way: str, path: str, **_rest: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), path)

    monkeypatch.setattr(os, "symlink", refuse)

    assert made(workspace, "link", "file") is None
    assert not os.path.lexists(target / "link")
