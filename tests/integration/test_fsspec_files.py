"""Open files of the fsspec file system, and what other parts of fsspec make of them."""

import gc
import os
import pickle
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.caching import caches
from fsspec.utils import read_block

from ossh.demo import DemoServer
from ossh.fsspec.file_system import OsshFileSystem
from ossh.fsspec.open_file import OpenObject
from tests.zips import zipped

# What fsspec's memory map leaves open until nobody uses it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
ROOT = Path(__file__).resolve().parents[2]
BODY = bytes(range(256)) * 24_000 + b"\nlast line"  # more than one request brings


@pytest.fixture
def path(server: DemoServer) -> str:
    server.put("data/a.bin", BODY)
    return f"{server.bucket}/data/a.bin"


def test_an_open_file_has_what_readers_look_for(fs: OsshFileSystem, path: str) -> None:
    with fs.open(path) as file:
        file.seek(7)

        assert isinstance(file, OpenObject)
        assert (file.fs, file.path, file.mode, file.autocommit) == (fs, path, "rb", True)
        assert (file.tell(), file.size, file.closed) == (7, len(BODY), False)
        assert file.details == file.info() == fs.info(path)
        assert file.blocksize > 0
        assert file.cache._fetch(3, 9) == BODY[3:9]
        assert read_block(file, 10, 100, b"\n") == b"\x0b"[:0] + BODY[11:267]
    assert file.closed


@pytest.mark.parametrize(("name", "start"), [("a.bin", 0), ("a.parquet", -64 * 1024)])
def test_what_was_listed_is_opened_by_what_is_read_first(
    fs: OsshFileSystem, server: DemoServer, name: str, start: int
) -> None:
    server.put(f"data/{name}", BODY)
    fs.ls(f"{server.bucket}/data")
    server.clear_requests()

    with fs.open(f"{server.bucket}/data/{name}") as file:
        file.seek(start, os.SEEK_END if start else os.SEEK_SET)
        assert file.read(64 * 1024) == BODY[start:][: 64 * 1024]
    assert len(server.requests()) == 1


def test_a_file_of_which_nobody_knows_any_more_is_gone(fs: OsshFileSystem, path: str) -> None:
    gc.disable()
    try:
        known = weakref.ref(fs.open(path))
        assert known() is None  # with all that it had in memory
    finally:
        gc.enable()


@pytest.mark.usefixtures("keys_in_environment")
def test_a_pickled_file_goes_on_where_it_was(fs: OsshFileSystem, path: str) -> None:
    with fs.open(path, cache_type="bytes", block_size=1000) as file:
        file.seek(4_000_000)
        packed = pickle.dumps(file)

    again = pickle.loads(packed)  # noqa: S301 - its own
    assert again.read(10) == BODY[4_000_000:4_000_010]
    assert (again.cache.name, again.blocksize) == ("bytes", 1000)


@pytest.mark.usefixtures("keys_in_environment")
def test_a_pickled_file_is_of_the_version_that_it_was(
    fs: OsshFileSystem, path: str, server: DemoServer
) -> None:
    packed = pickle.dumps(fs.open(path))
    server.put("data/a.bin", BODY[::-1])

    with pytest.raises(OSError, match=r"replaced|open it again"):
        pickle.loads(packed).read(10)  # noqa: S301 - its own


@pytest.mark.usefixtures("keys_in_environment")
def test_a_pickled_file_of_an_old_version_stays_one(fs: OsshFileSystem, server: DemoServer) -> None:
    server.set_versioning("Enabled")
    old = server.put("data/a.csv", b"old")["version_id"]
    server.put("data/a.csv", b"new")

    packed = pickle.dumps(fs.open(f"{server.bucket}/data/a.csv", version_id=old))
    assert pickle.loads(packed).read() == b"old"  # noqa: S301 - its own


def in_another_process(packed: bytes, server: DemoServer, *, has_keys: bool) -> str:
    """Return what a process prints that unpickles a file system or a file, and reads."""
    script = (
        "import pickle, sys\n"
        "one, path = pickle.load(sys.stdin.buffer)\n"
        "try:\n"
        "    print((one.cat_file(path, 0, 4) if path else one.read(4)).hex())\n"
        "except PermissionError as error:\n"
        "    print('denied:', error, error.hint)\n"
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("OSS_", "ALI"))
    }
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    if has_keys:
        environment |= server.environ
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, input=packed, capture_output=True, env=environment, check=True)
    return ended.stdout.decode().strip()


def test_another_process_finds_keys_of_its_own_or_is_told_how(
    fs: OsshFileSystem,
    path: str,
    server: DemoServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for packed in (pickle.dumps((fs, path)), pickle.dumps((fs.open(path), ""))):
        assert server.access_key_secret.encode() not in packed
        assert in_another_process(packed, server, has_keys=True) == BODY[:4].hex()

        told = in_another_process(packed, server, has_keys=False)
        assert told.startswith("denied: no credentials found")
        assert "keys that a program gave are not pickled" in told
        assert "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET" in told


@pytest.mark.parametrize("name", sorted({*caches} - {None, "mmap", "parts"}))
def test_every_cache_of_fsspec_serves_when_it_is_named(
    fs: OsshFileSystem, path: str, name: str
) -> None:
    with fs.open(path, cache_type=name, block_size=100_000) as file:
        assert (file.cache.name, file.blocksize) == (name, 100_000)
        file.seek(-4, os.SEEK_END)
        assert file.read() == BODY[-4:]
        file.seek(5_000_000)
        assert file.read(1000) == BODY[5_000_000:5_001_000]
        file.seek(0)
        assert file.readline() == BODY[: BODY.index(b"\n") + 1]
        file.seek(0)
        assert file.read() == BODY


def test_a_closed_file_has_closed_what_reads_ahead_for_it(fs: OsshFileSystem, path: str) -> None:
    with fs.open(path, cache_type="background") as file:
        threads = file.cache._thread_executor

    with pytest.raises(RuntimeError, match="after shutdown"):
        threads.submit(int)


def test_a_size_of_blocks_is_what_is_asked_for(
    fs: OsshFileSystem, path: str, server: DemoServer, options: dict[str, Any]
) -> None:
    set_for_all = OsshFileSystem(block_size=1000, **options)
    for file in (fs.open(path, block_size=1000), set_for_all.open(path)):
        server.clear_requests()
        with file:
            file.read(10)
        assert [one["range"] for one in server.requests("data/a.bin")] == ["bytes=0-1009"]


def read(address: str, **options: Any) -> bytes:
    with fsspec.open(address, **options) as file:
        content: bytes = file.read()
    return content


@pytest.mark.parametrize("kind", ["blockcache", "simplecache", "filecache"])
def test_caches_on_disk_lie_above(
    server: DemoServer, path: str, options: dict[str, Any], kind: str, tmp_path: Path
) -> None:
    chain: dict[str, Any] = {"ossh": options, kind: {"cache_storage": str(tmp_path / "cache")}}

    assert read(f"{kind}::ossh://{path}", **chain) == BODY
    server.clear_requests()
    assert read(f"{kind}::ossh://{path}", **chain) == BODY
    assert [one for one in server.requests("data/*") if one["method"] == "GET"] == []
    layered = fsspec.filesystem(kind, target_protocol="ossh", target_options=options)
    with layered.open(f"ossh://{path}") as file:
        file.seek(6_000_000)
        assert file.read(9) == BODY[6_000_000:6_000_009]


@pytest.mark.parametrize("kind", ["blockcache", "filecache"])
def test_a_cache_that_checks_notices_at_once_that_an_object_was_replaced(
    server: DemoServer, path: str, options: dict[str, Any], kind: str, tmp_path: Path
) -> None:
    layer = {"cache_storage": str(tmp_path / "cache"), "check_files": True, "cache_check": 0}
    layered = fsspec.filesystem(kind, target_protocol="ossh", target_options=options, **layer)
    layered.ls(path.rpartition("/")[0])
    with layered.open(path) as file:
        assert file.read() == BODY

    server.put("data/a.bin", BODY[::-1])
    with layered.open(path) as file:
        assert file.read() == BODY[::-1]


def test_members_of_archives_are_read_through_it(
    server: DemoServer, options: dict[str, Any]
) -> None:
    server.put("all.zip", zipped({"in/member.txt": b"a member" * 1000}))
    address = f"ossh://{server.bucket}/all.zip"

    assert read(f"zip://in/member.txt::{address}", ossh=options) == b"a member" * 1000
    chained = read(f"zip://in/member.txt::simplecache::{address}", ossh=options)
    assert chained == b"a member" * 1000
    archive_fs = fsspec.filesystem("zip", fo=address, target_options=options)
    assert archive_fs.find("") == ["in/member.txt"]
