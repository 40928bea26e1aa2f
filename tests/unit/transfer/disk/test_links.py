"""Local links: made inside the target alone, told from others, proved by where they lead."""

import errno
import os
import sys
from pathlib import Path

import pytest

from ossh.model import Proof
from ossh.transfer.disk import links
from ossh.transfer.disk.delivery import deliver_link
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.messages import Before, Link

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


def made(workspace: Workspace, path: str, to: str) -> int | None:
    return deliver_link(Link(1, "k", path, to), workspace)


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
    assert links.crc64_of(str(link)) == crc is not None
    (target / to).parent.mkdir(parents=True, exist_ok=True)
    (target / to).write_bytes(b"there")
    assert link.read_bytes() == b"there"
    assert list(Path(workspace.folder).iterdir()) == []


def test_a_link_takes_the_place_of_a_file_or_link_and_writes_through_none(target: Path) -> None:
    replacing = Workspace(target, "cafe", Policy(replace=True))
    (target / "old").write_bytes(b"untouched")
    (target / "link").symlink_to("old")
    (target / "file").write_bytes(b"old")
    before = Before(finished=1.0, proof=Proof.LINK, crc64=1)

    deliver_link(Link(1, "k", "link", "there", before=before), replacing)
    made(replacing, "file", "there")

    assert (target / "link").readlink() == (target / "file").readlink() == Path("there")
    assert (target / "old").read_bytes() == b"untouched"


def test_a_link_that_would_leave_the_target_is_not_made(
    workspace: Workspace, target: Path, tmp_path: Path
) -> None:
    (target / "out").symlink_to(tmp_path)

    assert made(workspace, "link", "out/secret") is None
    assert not os.path.lexists(target / "link")


def test_a_folder_link_on_the_way_does_not_lead_a_relative_way_astray(
    workspace: Workspace, target: Path
) -> None:
    (target / "deep" / "er").mkdir(parents=True)
    (target / "short").symlink_to(target / "deep" / "er")
    (target / "file").write_bytes(b"here")

    made(workspace, "short/link", "file")

    assert (target / "deep" / "er" / "link").read_bytes() == b"here"


def test_a_link_is_not_made_outside(workspace: Workspace, target: Path, tmp_path: Path) -> None:
    (target / "out").symlink_to(tmp_path)

    with pytest.raises(EscapeError):
        made(workspace, "out/link", "file")

    assert not os.path.lexists(tmp_path / "link")


def test_where_there_are_no_links_none_is_made(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_way: str, path: str) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), path)

    monkeypatch.setattr(os, "symlink", refuse)
    draft, final = str(target / "draft"), str(target / "link")

    assert not links.make(draft, final, "file", str(target))


def test_what_is_no_link_has_no_checksum(target: Path, workspace: Workspace) -> None:
    del workspace
    (target / "file").touch()

    assert links.crc64_of(str(target / "file")) is None
    assert links.crc64_of(str(target / "nothing")) is None


def test_a_loop_of_links_is_inside_or_not_and_no_error(target: Path, workspace: Workspace) -> None:
    del workspace
    (target / "a").symlink_to("b")
    (target / "b").symlink_to("a")

    assert links.is_inside(str(target / "a"), str(target))
