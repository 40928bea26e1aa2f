"""How objects are proved, and given their final names."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import fastcrc
import pytest

from ossh.model import Cause, Entry, OwnFile, Proof
from ossh.transfer.disk import delivery
from ossh.transfer.disk.delivery import deliver
from ossh.transfer.disk.disk_errors import ConflictError, CorruptError, PlantedError
from ossh.transfer.disk.file_io import write_whole
from ossh.transfer.disk.folder import Place
from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.messages import Done, Fetch, Served
from ossh.units import moment_at
from tests import usual
from tests.holding import Hold
from tests.integration.rig import mount
from tests.usual import put

DATA = b"bytes of an object"
CRC = fastcrc.crc64.xz(DATA)
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
MODIFIED = 1_700_000_000.5


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "partial"
    path.write_bytes(DATA)
    return path


def place_of(file: Path) -> Place:
    return Tree(str(file.parent)).place(file.name)


def fetch(kind: str = "Normal", etag: str = MD5) -> Fetch:
    return Fetch(Entry(1, "k", "k", len(DATA), etag, moment_at(MODIFIED), kind))


def served(crc64: int | None = None, etag: str = MD5, size: int = len(DATA)) -> Served:
    return Served(size, etag, crc64, MODIFIED)


# Proofs


@pytest.mark.parametrize(
    ("kind", "etag", "told", "proof"),
    [
        ("Normal", MD5, served(CRC), Proof.CRC64),
        ("Multipart", MD5, served(CRC), Proof.CRC64),
        ("Appendable", MD5, served(CRC), Proof.CRC64),
        ("Symlink", MD5, served(CRC), Proof.CRC64),
        ("Normal", MD5, served(), Proof.MD5),
        ("Normal", MD5, served(etag=MD5.lower()), Proof.MD5),
        ("Normal", MD5, served(etag=""), Proof.MD5),  # the listed one serves
        ("Multipart", MD5, served(), Proof.LENGTH),
        ("Normal", f"{MD5}-2", served(etag=f"{MD5}-2"), Proof.LENGTH),
    ],
)
def test_an_object_is_proved_by_the_best_that_is_offered(
    kind: str, etag: str, told: Served, proof: Proof
) -> None:
    assert delivery.prove(fetch(kind, etag).entry, told, len(DATA), CRC, lambda: MD5) is proof


@pytest.mark.parametrize(
    ("told", "size", "why"),
    [
        (served(7), len(DATA), f"CRC64 is {CRC}, the service says 7"),
        (served(CRC), len(DATA) - 1, "17 of 18 bytes arrived"),
        (served(), len(DATA), f"the ETag says {MD5}"),
    ],
)
def test_another_checksum_or_length_is_corrupt(told: Served, size: int, why: str) -> None:
    with pytest.raises(CorruptError, match=why):
        delivery.prove(fetch().entry, told, size, CRC, lambda: "0" * 32)


@pytest.mark.fault("F14")
def test_bytes_of_another_md5_get_no_final_name(workspace: Workspace, target: Path) -> None:
    write_whole(workspace.open(1), DATA[::-1], MODIFIED)

    with pytest.raises(CorruptError, match=f"the ETag says {MD5}"):
        deliver(fetch(), served(), fastcrc.crc64.xz(DATA[::-1]), workspace)

    assert not (target / "k").exists()


def test_bytes_that_have_another_name_get_no_final_one(workspace: Workspace, target: Path) -> None:
    write_whole(workspace.open(1), DATA, MODIFIED)
    os.link(workspace.partial(1), target / "theirs")

    with pytest.raises(PlantedError):
        deliver(fetch(), served(CRC), CRC, workspace)

    assert not (target / "k").exists()


# Final names


def test_a_folder_in_its_place_is_kept(workspace: Workspace, target: Path, file: Path) -> None:
    (target / "x").mkdir()
    (target / "x" / "precious").touch()

    with pytest.raises(OSError, match="x") as caught:
        delivery.rename(place_of(file), workspace.place("x"))

    if sys.platform != "win32":
        assert workspace.failure(caught.value).cause is Cause.LOCAL_CONFLICT
    assert (target / "x" / "precious").exists()
    assert file.exists()


@contextmanager
def protected(path: Path) -> Iterator[None]:
    """Let nothing replace a file, or be added to a folder."""
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", path], check=False).returncode:
        pytest.skip("may not protect a file")
    try:
        yield
    finally:
        subprocess.run([chattr, "-i", path], check=True)


def test_a_name_that_must_not_be_given_is_told_at_once(
    workspace: Workspace, tmp_path: Path, file: Path
) -> None:
    (tmp_path / "d").mkdir()

    with protected(tmp_path / "d"), pytest.raises(PermissionError) as caught:
        delivery.rename(place_of(file), place_of(tmp_path / "d" / "x"))

    assert workspace.failure(caught.value).cause is Cause.CANNOT_WRITE


@pytest.mark.fault("F10")
@pytest.mark.fault("F37")
def test_a_file_that_must_not_be_replaced_is_protected(workspace: Workspace, file: Path) -> None:
    final = Path(workspace.place("x").path)
    final.write_text("mine")

    with protected(final), pytest.raises(OSError, match="x") as caught:
        delivery.rename(place_of(file), workspace.place("x"))

    failure = workspace.failure(caught.value)
    assert failure.cause is Cause.IN_USE
    assert "in use, or protected" in failure.message
    assert final.read_text() == "mine"
    assert file.exists()


@pytest.mark.fault("F37")
@pytest.mark.fault("F10")
def test_a_file_that_another_program_has_open_is_in_use(
    hold: Hold, workspace: Workspace, file: Path
) -> None:
    final = Path(workspace.place("x").path)
    final.write_text("mine")
    hold(final)

    with pytest.raises(OSError, match="x") as caught:
        delivery.rename(place_of(file), workspace.place("x"))

    assert workspace.failure(caught.value).cause is Cause.IN_USE
    assert final.read_text() == "mine"
    assert file.read_bytes() == DATA


# The last look before a rename

LISTED = usual.MODIFIED.timestamp()
NEW = b"the new version"
NEW_CRC = fastcrc.crc64.xz(NEW)


def own_of(path: Path) -> OwnFile:
    found = path.stat()
    return OwnFile(found.st_size, found.st_mtime_ns, fastcrc.crc64.xz(path.read_bytes()))


def delivered(workspace: Workspace, own: OwnFile | None = None, path: str = "a") -> Done:
    """Deliver a new version, in whose place ossh left what `own` tells, if that is given."""
    moment = moment_at(LISTED + 60)
    task = Fetch(Entry(1, path, path, len(NEW), "E2", moment, "Multipart", own=own))
    write_whole(workspace.open(1), NEW, LISTED + 60)
    return deliver(task, Served(len(NEW), "E2", NEW_CRC, 0.0), NEW_CRC, workspace)


@pytest.mark.fault("F44")
@pytest.mark.parametrize("age", [0.0, 60.0, 60.5, -1e6])
@pytest.mark.parametrize("data", [b"", b"mine", b"mine of its size"[: len(NEW)]])
def test_what_people_put_there_is_refused_whatever_its_date(
    workspace: Workspace, target: Path, data: bytes, age: float
) -> None:
    path = put(target, "a", data, age)

    with pytest.raises(ConflictError) as caught:
        delivered(workspace)

    failure = workspace.failure(caught.value)
    assert (failure.cause, bool(failure.message)) == (Cause.LOCAL_CONFLICT, True)
    assert path.read_bytes() == data


def test_what_ossh_left_there_is_replaced(workspace: Workspace, target: Path) -> None:
    path = put(target, "a", b"the old version")

    done = delivered(workspace, own_of(path))

    assert path.read_bytes() == NEW
    assert (done.own, done.has_moved) == (own_of(path), False)


@pytest.mark.fault("F44")
def test_other_bytes_under_the_size_and_time_that_ossh_left_go_to_the_trash(
    workspace: Workspace, target: Path
) -> None:
    own = own_of(put(target, "a", b"the old version"))
    put(target, "a", b"mine, of a size")

    done = delivered(workspace, own)

    assert (target / "a").read_bytes() == NEW
    assert done.has_moved
    assert next(target.rglob("trash/*/a")).read_bytes() == b"mine, of a size"


@pytest.mark.fault("F44")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_saved_while_the_old_file_is_read_stays(target: Path, what: str) -> None:
    if sys.platform == "win32":
        pytest.skip("nobody replaces an open file there")
    workspace = Workspace(target, "cafe")
    path = put(target, "d/a", b"the old version")
    own = own_of(path)

    def save() -> bool:
        another = path.with_name("draft")
        if path.read_bytes() != b"mine":
            if what == "folder":
                shutil.rmtree(path.parent)
                path.parent.mkdir()
            another.write_bytes(b"mine")
            another.replace(path)
        return False

    workspace.local_files = LocalFiles(workspace.tree, workspace.policy, save)

    with pytest.raises(ConflictError):
        delivered(workspace, own, "d/a")

    assert path.read_bytes() == b"mine"


@pytest.mark.fault("F44")
def test_a_file_in_a_folder_that_came_just_before_the_rename_stays(target: Path) -> None:
    workspace = Workspace(target, "cafe")
    (target / "d").mkdir()
    real = workspace.cleared_place

    def exchanging(path: str) -> tuple[Place, bool]:
        setattr(workspace, "cleared_place", real)  # noqa: B010 - as it was
        place = real(path)
        (target / "d").rmdir()
        (target / "mine").mkdir()
        (target / "mine" / "a").write_bytes(b"mine")
        (target / "mine").rename(target / "d")
        return place

    setattr(workspace, "cleared_place", exchanging)  # noqa: B010 - a method

    with pytest.raises(ConflictError):
        delivered(workspace, path="d/a")

    assert (target / "d" / "a").read_bytes() == b"mine"


def test_the_same_bytes_are_not_in_the_way(workspace: Workspace, target: Path) -> None:
    path = put(target, "a", NEW, 777.25)
    before = own_of(path)

    done = delivered(workspace)

    assert (done.own, done.has_moved) == (before, False)
    assert own_of(path) == before
    assert workspace.names() == []


@pytest.mark.skipif(sys.platform == "win32", reason="disks are mounted elsewhere there")
def test_a_trash_on_another_disk_takes_nothing(target: Path) -> None:
    workspace = Workspace(target, "cafe", Policy(replace=True))
    path = put(target, "a", b"mine")
    trash = target / ".ossh" / "trash"
    trash.mkdir()
    mount("-t", "tmpfs", "tmpfs", str(trash))

    try:
        with pytest.raises(OSError, match="another disk") as caught:
            delivered(workspace)
    finally:
        workspace.release()
        subprocess.run(["umount", "-l", str(trash)], check=True)  # noqa: S607 - wherever it is

    failure = workspace.failure(caught.value)
    day = trash / date.min.isoformat()
    why = f"'{day}' is on another disk than '{target}'"
    assert (failure.cause, failure.message) == (Cause.LOCAL_CONFLICT, why)
    assert path.read_bytes() == b"mine"


@pytest.mark.skipif(sys.platform == "win32", reason="disks are mounted elsewhere there")
def test_a_folder_on_another_disk_takes_nothing(target: Path) -> None:
    workspace = Workspace(target, "cafe")
    for name in ("d", "theirs"):
        (target / name).mkdir()
    mount("--bind", str(target / "theirs"), str(target / "d"))  # the same disk, in another place

    try:
        with pytest.raises(OSError, match="another disk") as caught:
            delivered(workspace, path="d/a")
    finally:
        workspace.release()
        subprocess.run(["umount", "-l", str(target / "d")], check=True)  # noqa: S607 - wherever it is

    failure = workspace.failure(caught.value)
    why = f"'{target / 'd'}' is on another disk than '{workspace.folder}'"
    assert (failure.cause, failure.message) == (Cause.LOCAL_CONFLICT, why)
