"""How objects are proved, and given their final names."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import fastcrc
import pytest

from ossh.model import Cause, Proof
from ossh.transfer.disk import delivery
from ossh.transfer.disk.delivery import refuse_conflict
from ossh.transfer.disk.disk_errors import ConflictError, CorruptError
from ossh.transfer.disk.file_io import md5_of
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.tree import Place, Tree
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.messages import Before, Fetch, Served
from tests.holding import Hold

DATA = b"bytes of an object"
CRC = fastcrc.crc64.xz(DATA)
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
MODIFIED = 1_700_000_000.5
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "partial"
    path.write_bytes(DATA)
    return path


def place_of(file: Path) -> Place:
    return Tree(str(file.parent)).place(file.name)


def fetch(kind: str = "Normal", etag: str = MD5) -> Fetch:
    return Fetch(1, "k", "k", len(DATA), etag, MODIFIED, kind)


def served(crc64: int | None = None, etag: str = MD5, size: int = len(DATA)) -> Served:
    return Served(size, etag, crc64, MODIFIED)


# Proofs


@pytest.mark.parametrize("kind", ["Normal", "Multipart", "Appendable", "Symlink"])
def test_the_service_s_checksum_proves_an_object_of_any_type(kind: str) -> None:
    proof = delivery.prove(fetch(kind), served(CRC), len(DATA), CRC, str)

    assert proof is Proof.CRC64


def test_another_checksum_is_corrupt() -> None:
    with pytest.raises(CorruptError, match=f"CRC64 is {CRC}, the service says 7"):
        delivery.prove(fetch(), served(7), len(DATA), CRC, str)


def test_another_length_is_corrupt_whatever_the_checksum() -> None:
    with pytest.raises(CorruptError, match="17 of 18 bytes arrived"):
        delivery.prove(fetch(), served(CRC), len(DATA) - 1, CRC, str)


@pytest.mark.parametrize("etag", [MD5, MD5.lower()])
def test_without_a_checksum_the_etag_proves_a_normal_object(file: Path, etag: str) -> None:
    proof = delivery.prove(fetch(), served(etag=etag), len(DATA), CRC, partial(md5_of, str(file)))

    assert proof is Proof.MD5


def test_the_listed_etag_serves_where_the_answer_has_none(file: Path) -> None:
    assert (
        delivery.prove(fetch(), served(etag=""), len(DATA), CRC, partial(md5_of, str(file)))
        is Proof.MD5
    )


def test_another_md5_is_corrupt(file: Path) -> None:
    file.write_bytes(DATA[::-1])

    with pytest.raises(CorruptError, match=f"the ETag says {MD5}"):
        delivery.prove(fetch(), served(), len(DATA), CRC, partial(md5_of, str(file)))


@pytest.mark.parametrize(("kind", "etag"), [("Multipart", MD5), ("Normal", f"{MD5}-2")])
def test_where_nothing_better_is_offered_the_length_is_the_proof(kind: str, etag: str) -> None:
    proof = delivery.prove(fetch(kind, etag), served(etag=etag), len(DATA), CRC, str)

    assert proof is Proof.LENGTH


# Final names


def test_a_file_gets_its_name_whatever_has_it(
    workspace: Workspace, target: Path, file: Path
) -> None:
    (target / "x").write_text("older")

    delivery.rename(place_of(file), workspace.place("x"))

    assert (target / "x").read_bytes() == DATA
    assert not file.exists()


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


@posix_only
def test_a_link_at_the_final_name_is_replaced_and_not_written_through(
    workspace: Workspace, target: Path, tmp_path: Path, file: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (target / "x").symlink_to(precious)

    delivery.rename(place_of(file), workspace.place("x"))

    assert precious.read_text() == "precious"
    assert (target / "x").read_bytes() == DATA
    assert not (target / "x").is_symlink()


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

LISTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
NOW = LISTED + 1000.0
TASK = Fetch(1, "a", "a", 10, "E1", LISTED, "Multipart")
OURS = Fetch(1, "a", "a", 10, "E1", LISTED, "Multipart", before=Before(finished=NOW))


def put(target: Path, size: int, modified: float) -> str:
    path = target / "a"
    path.write_bytes(bytes(size))
    os.utime(path, (modified, modified))
    return str(path)


@pytest.mark.parametrize(
    ("task", "size", "modified", "stays"),
    [
        (TASK, 10, LISTED, False),  # it came here by another way
        (TASK, 5, LISTED, False),
        (TASK, 5, LISTED - 60, False),
        (TASK, 5, LISTED - 60.5, True),
        (TASK, 5, NOW, True),
        (TASK, 0, LISTED + 0.5, True),
        (OURS, 5, LISTED - 60, True),
        (OURS, 5, LISTED, False),
    ],
)
def test_what_people_put_there_meanwhile_is_refused(
    tmp_path: Path, task: Fetch, size: int, modified: float, *, stays: bool
) -> None:
    final, workspace = put(tmp_path, size, modified), Workspace(tmp_path, "cafe")

    refused = None
    try:
        refuse_conflict(task, final, workspace)
    except ConflictError as error:
        refused = workspace.failure(error)

    assert (refused is not None) == stays
    assert refused is None or (refused.cause is Cause.LOCAL_CONFLICT and refused.message)


def test_nothing_is_refused_where_nothing_is_or_the_job_says_replace(tmp_path: Path) -> None:
    refuse_conflict(TASK, str(tmp_path / "a"), Workspace(tmp_path, "cafe"))
    final = put(tmp_path, 5, NOW)

    refuse_conflict(TASK, final, Workspace(tmp_path, "cafe", Policy(replace=True)))


def test_in_doubt_a_short_file_of_the_time_of_the_run_is_damaged(tmp_path: Path) -> None:
    doubtful = Workspace(tmp_path, "cafe", Policy(is_doubtful=True))

    refuse_conflict(OURS, put(tmp_path, 5, NOW + 60), doubtful)
    with pytest.raises(ConflictError, match="edited"):
        refuse_conflict(OURS, put(tmp_path, 5, NOW + 600), doubtful)
