"""Partial files: how they are written, proved, and given their final names."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from types import SimpleNamespace

import fastcrc
import pytest

from ossh.model import Cause, Proof
from ossh.transfer import partial
from ossh.transfer.messages import Fetch, Served
from ossh.transfer.partial import BLOCK, Corrupt
from ossh.transfer.workspace import Workspace

DATA = b"bytes of an object"
CRC = fastcrc.crc64.xz(DATA)
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
MODIFIED = 1_700_000_000.5
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


@pytest.fixture
def workspace(target: Path) -> Workspace:
    return Workspace(target, "cafe")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "partial"
    path.write_bytes(DATA)
    return path


def fetch(kind: str = "Normal", etag: str = MD5) -> Fetch:
    return Fetch(1, "k", "k", len(DATA), etag, MODIFIED, kind)


def served(crc64: int | None = None, etag: str = MD5, size: int = len(DATA)) -> Served:
    return Served(size, etag, crc64, MODIFIED)


# Bytes


def test_a_small_file_is_written_in_one_go_with_its_date(tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(b"something longer that was there before")

    descriptor = os.open(path, os.O_RDWR | os.O_TRUNC)
    partial.write_whole(descriptor, str(path), DATA, MODIFIED)

    assert path.read_bytes() == DATA
    assert path.stat().st_mtime == pytest.approx(MODIFIED, abs=1e-3)


def test_an_empty_file_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    partial.write_whole(os.open(path, os.O_RDWR | os.O_CREAT), str(path), b"", MODIFIED)

    assert (tmp_path / "empty").read_bytes() == b""


def test_blocks_are_written_where_they_belong_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "partial"
    for data, offset in ((b"world", 6), (b"hello ", 0)):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
        partial.write_at(descriptor, memoryview(data), offset)
        os.close(descriptor)

    assert path.read_bytes() == b"hello world"


def test_a_range_of_a_file_has_a_checksum_unless_the_file_is_shorter(tmp_path: Path) -> None:
    data = os.urandom(2 * BLOCK + 100)
    path = tmp_path / "partial"
    path.write_bytes(data)

    for start, stop in ((0, 0), (0, 10), (5, BLOCK + 5), (0, len(data)), (BLOCK, len(data))):
        assert partial.crc64_of(str(path), start, stop) == fastcrc.crc64.xz(data[start:stop])
    assert partial.crc64_of(str(path), 0, len(data) + 1) is None
    assert partial.crc64_of(str(path), len(data) + 5, len(data) + 9) is None


# Proofs


@pytest.mark.parametrize("kind", ["Normal", "Multipart", "Appendable", "Symlink"])
def test_the_service_s_checksum_proves_an_object_of_any_type(kind: str) -> None:
    proof = partial.prove(fetch(kind), served(CRC), len(DATA), CRC, "not read")

    assert proof is Proof.CRC64


def test_another_checksum_is_corrupt() -> None:
    with pytest.raises(Corrupt, match=f"CRC64 is {CRC}, the service says 7"):
        partial.prove(fetch(), served(7), len(DATA), CRC, "not read")


def test_another_length_is_corrupt_whatever_the_checksum() -> None:
    with pytest.raises(Corrupt, match="17 of 18 bytes arrived"):
        partial.prove(fetch(), served(CRC), len(DATA) - 1, CRC, "not read")


@pytest.mark.parametrize("etag", [MD5, MD5.lower()])
def test_without_a_checksum_the_etag_proves_a_normal_object(file: Path, etag: str) -> None:
    proof = partial.prove(fetch(), served(etag=etag), len(DATA), CRC, str(file))

    assert proof is Proof.MD5


def test_the_listed_etag_serves_where_the_answer_has_none(file: Path) -> None:
    assert partial.prove(fetch(), served(etag=""), len(DATA), CRC, str(file)) is Proof.MD5


def test_another_md5_is_corrupt(file: Path) -> None:
    file.write_bytes(DATA[::-1])

    with pytest.raises(Corrupt, match=f"the ETag says {MD5}"):
        partial.prove(fetch(), served(), len(DATA), CRC, str(file))


@pytest.mark.parametrize(("kind", "etag"), [("Multipart", MD5), ("Normal", f"{MD5}-2")])
def test_where_nothing_better_is_offered_the_length_is_the_proof(kind: str, etag: str) -> None:
    proof = partial.prove(fetch(kind, etag), served(etag=etag), len(DATA), CRC, "not read")

    assert proof is Proof.LENGTH


# Final names


def test_a_sealed_file_has_its_date_and_its_name(
    workspace: Workspace, target: Path, file: Path
) -> None:
    (target / "x").write_text("older")

    partial.seal(str(file), workspace.place("x"), MODIFIED)

    assert (target / "x").read_bytes() == DATA
    assert (target / "x").stat().st_mtime == pytest.approx(MODIFIED, abs=1e-3)
    assert not file.exists()


def test_a_folder_in_its_place_is_kept(workspace: Workspace, target: Path, file: Path) -> None:
    (target / "x").mkdir()
    (target / "x" / "precious").touch()

    with pytest.raises(OSError, match="x") as caught:
        partial.seal(str(file), workspace.place("x"), MODIFIED)

    if sys.platform != "win32":
        assert workspace.failure(caught.value).cause is Cause.LOCAL_CONFLICT
    assert (target / "x" / "precious").exists()
    assert file.exists()


@contextmanager
def protected(path: Path) -> Iterator[None]:
    """Let nothing replace a file, or be added to a folder, as when Windows has it in use."""
    if sys.platform == "win32" and path.is_file():
        with path.open("rb"):
            yield
        return
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
        partial.rename(str(file), str(tmp_path / "d" / "x"))

    assert workspace.failure(caught.value).cause is Cause.CANNOT_WRITE


@pytest.mark.fault("F10")
@pytest.mark.fault("F37")
def test_a_file_that_must_not_be_replaced_is_a_conflict(workspace: Workspace, file: Path) -> None:
    final = Path(workspace.place("x"))
    final.write_text("mine")

    with protected(final), pytest.raises(OSError, match="x") as caught:
        partial.rename(str(file), str(final))

    failure = workspace.failure(caught.value)
    assert failure.cause is Cause.LOCAL_CONFLICT
    assert "in use, or protected" in failure.message
    assert final.read_text() == "mine"
    assert file.exists()


@posix_only
@pytest.mark.fault("F9")
def test_a_link_in_the_place_of_a_partial_file_is_not_followed(tmp_path: Path, file: Path) -> None:
    (tmp_path / "link").symlink_to(file)

    with pytest.raises(OSError, match="link"):
        partial.crc64_of(str(tmp_path / "link"), 0, len(DATA))


@posix_only
def test_a_link_at_the_final_name_is_replaced_and_not_written_through(
    workspace: Workspace, target: Path, tmp_path: Path, file: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (target / "x").symlink_to(precious)

    partial.seal(str(file), workspace.place("x"), MODIFIED)

    assert precious.read_text() == "precious"
    assert (target / "x").read_bytes() == DATA
    assert not (target / "x").is_symlink()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, file: Path) -> Path:
    """Let the file look like one that a virus scanner on Windows holds, until it is released."""
    rename = os.replace

    def replace(source: str, final: str) -> None:
        if Path(f"{source}.held").exists():
            raise PermissionError(errno.EACCES, "the file is in use", source)
        rename(source, final)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(partial, "sys", SimpleNamespace(platform="win32"))
    mark = Path(f"{file}.held")
    mark.touch()
    return mark


@pytest.mark.fault("F37")
@pytest.mark.fault("F10")
def test_a_file_that_a_scanner_holds_gets_its_name_when_it_is_released(
    held: Path, file: Path, tmp_path: Path
) -> None:
    released = Timer(0.3, held.unlink)
    released.start()

    partial.rename(str(file), str(tmp_path / "final"))
    released.join()

    assert (tmp_path / "final").read_bytes() == DATA
    assert not file.exists()


@pytest.mark.fault("F37")
@pytest.mark.fault("F10")
def test_a_file_that_stays_held_is_given_up_and_kept(
    held: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "RENAME_PATIENCE_SECONDS", 0.3)

    with pytest.raises(PermissionError):
        partial.rename(str(file), str(tmp_path / "final"))

    assert held.exists()
    assert file.read_bytes() == DATA


@pytest.mark.fault("F51")
def test_a_named_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no named pipes")
    os.mkfifo(tmp_path / "1")

    with pytest.raises(OSError, match="seek"):
        partial.crc64_of(str(tmp_path / "1"), 0, 10)
