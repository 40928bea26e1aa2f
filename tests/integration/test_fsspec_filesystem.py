"""The fsspec file system: fsspec's own tests, and what its users do, over a demo bucket."""

import os
import posixpath
import tomllib
from collections.abc import Callable
from itertools import count
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests, AbstractOpenTests

from ossh import Credentials
from ossh.demo import DemoServer
from ossh.fsspec_filesystem import OsshFileSystem

ROOT = Path(__file__).resolve().parents[2]
_folders = count(1)


@pytest.fixture
def fs(server: DemoServer) -> OsshFileSystem:
    return file_system(OsshFileSystem, server)


def file_system(kind: type[OsshFileSystem], server: DemoServer) -> OsshFileSystem:
    keys = Credentials(server.access_key_id, server.access_key_secret)
    return kind(
        endpoint=server.endpoint,
        region=server.region,
        credentials=lambda: keys,
        skip_instance_cache=True,
    )


class Prepared(OsshFileSystem):
    """One whose scenarios fsspec's tests can set up: what they write, the demo server gets."""

    server: DemoServer

    def touch(self, path: str, **_options: Any) -> None:  # type: ignore[override] # here it returns
        self.pipe(path, b"")

    def pipe(self, path: str, value: bytes, **_options: Any) -> None:
        bucket, _slash, key = path.partition("/")
        self.server.put(key, value, bucket=bucket)
        self.invalidate_cache()

    def nothing(self, *_path: Any, **_options: Any) -> None:
        """Do nothing: a key brings its folders, and each test has a folder of its own."""

    mkdir = makedirs = rm = nothing  # type: ignore[assignment] # here they return


class Scenarios(AbstractFixtures):  # type: ignore[misc] # fsspec has no types
    @pytest.fixture
    def fs(self, server: DemoServer) -> OsshFileSystem:
        prepared = file_system(Prepared, server)
        prepared.server = server
        return prepared

    @pytest.fixture
    def fs_path(self, server: DemoServer) -> str:
        return f"{server.bucket}/test-{next(_folders)}"

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return posixpath.join  # whatever separates paths on this system

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class TestGet(AbstractGetTests, Scenarios):  # type: ignore[misc] # fsspec has no types
    """All of fsspec's tests of `get`."""


class TestOpen(AbstractOpenTests, Scenarios):  # type: ignore[misc] # as above
    def test_open_exclusive(self, fs: OsshFileSystem, fs_target: str) -> None:
        """Refuse what fsspec's test begins with: it writes."""
        for mode in ("wb", "xb", "ab", "r+b"):
            with pytest.raises(OSError, match="Read-only"):
                fs.open(fs_target, mode)


@pytest.fixture
def address(server: DemoServer) -> str:
    for key in ("data/a.csv", "data/b/c.csv", "data/b/d.txt", "data/b/", "database"):
        server.put(key, key.encode())
    return f"ossh://{server.bucket}/data"


def test_it_is_registered_for_its_addresses() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert resolve_name(project["entry-points"]["fsspec.specs"]["ossh"]) is OsshFileSystem


def test_folders_and_files_are_told_apart(fs: OsshFileSystem, address: str) -> None:
    bucket = address.split("/")[2]

    assert fs.ls(address, detail=False) == [f"{bucket}/data/a.csv", f"{bucket}/data/b"]
    assert fs.isdir(address)
    assert fs.isdir(f"{address}/b/")
    assert fs.isfile(f"{address}/a.csv")
    assert fs.isfile(f"ossh://{bucket}/database")
    assert not fs.exists(f"ossh://{bucket}/dat")
    assert fs.find(address) == [f"{bucket}/data/{end}" for end in ("a.csv", "b/c.csv", "b/d.txt")]
    assert fs.glob(f"{address}/**/*.csv") == [f"{bucket}/data/a.csv", f"{bucket}/data/b/c.csv"]
    assert fs.du(address) == sum(len(f"data/{end}") for end in ("a.csv", "b/c.csv", "b/d.txt"))
    assert bucket in fs.ls("ossh://", detail=False)
    assert fs.info(f"{address}/a.csv")["size"] == len("data/a.csv")


def test_a_sweep_is_one_listing_and_opening_what_it_found_needs_no_other(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    server.clear_requests()
    for name in fs.find(address):
        with fs.open(name) as file:
            assert file.read() == name.partition("/")[2].encode()

    by_kind = [request["key"] for request in server.requests()]
    assert len([key for key in by_kind if key]) == 3
    assert len(by_kind) <= 3 + 2  # one page, and whether the folder is a file


def test_ranges_and_ends(fs: OsshFileSystem, address: str) -> None:
    assert fs.cat_file(f"{address}/a.csv", 1, 4) == b"ata"
    assert fs.tail(f"{address}/a.csv", 3) == b"csv"
    assert fs.cat(f"{address}/b/*.csv") == {
        f"{address.removeprefix('ossh://')}/b/c.csv": b"data/b/c.csv"
    }


def test_what_is_missing_or_forbidden_is_the_standard_librarys_error(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    with pytest.raises(FileNotFoundError):
        fs.open(f"{address}/none")
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{address}/none")
    with pytest.raises(FileNotFoundError):
        fs.ls("ossh://no-such-bucket")
    with pytest.raises(IsADirectoryError):
        fs.open(address)
    server.fault("status", status=403, code="AccessDenied", key="data/a.csv")
    with pytest.raises(PermissionError, match=r"cannot read 'data/a\.csv'"):
        fs.cat_file(f"{address}/a.csv")


def test_an_object_that_was_replaced_is_read_as_it_is_now(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    name = f"{address}/a.csv"
    fs.ls(address)
    server.put("data/a.csv", b"new content")

    assert fs.cat_file(name) == b"new content"


@pytest.mark.parametrize("method", ["mkdir", "makedirs", "rm", "touch", "rmdir"])
def test_it_writes_nothing(fs: OsshFileSystem, address: str, method: str) -> None:
    with pytest.raises(OSError, match=os.strerror(30)):
        getattr(fs, method)(f"{address}/x")
    for write in (fs.pipe, fs.put):
        with pytest.raises(OSError, match="Read-only"):
            write({f"{address}/x": b"1"}) if write == fs.pipe else write(__file__, f"{address}/x")
