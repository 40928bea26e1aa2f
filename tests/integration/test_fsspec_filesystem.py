"""The fsspec file system: fsspec's own tests, and what its users do, over a demo bucket."""

import json
import os
import posixpath
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from pkgutil import resolve_name
from typing import Any
from urllib.request import urlopen

import fsspec
import pytest
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests, AbstractOpenTests

from ossh import StoreError, UsageError
from ossh.demo import DemoServer
from ossh.fsspec.file_system import OsshFileSystem
from ossh.fsspec.listings import place_of
from tests.waiting import wait_until
from tests.zips import zipped

ROOT = Path(__file__).resolve().parents[2]
_folders = count(1)


def read_by_anybody(url: str) -> bytes:
    with urlopen(url) as answer:  # noqa: S310 - the demo server's
        content: bytes = answer.read()
    return content


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
    def fs(self, server: DemoServer, options: dict[str, Any]) -> OsshFileSystem:
        prepared = Prepared(skip_instance_cache=True, **options)
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


def test_paths_may_be_addresses_and_the_root_lists_buckets(
    fs: OsshFileSystem, address: str
) -> None:
    bucket = address.split("/")[2]

    assert fs.isdir(f"{address}/b/")
    assert fs.glob(f"{address}/**/*.csv") == [f"{bucket}/data/a.csv", f"{bucket}/data/b/c.csv"]
    assert bucket in fs.ls("ossh://", detail=False)


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


def test_ranges_are_given_as_whatever_holds_numbers(fs: OsshFileSystem, address: str) -> None:
    paths, ranges = [f"{address}/a.csv", f"{address}/b/c.csv"], [b"at", b"a/b/"]

    for kind in (list, tuple, iter):
        assert fs.cat_ranges(paths, kind([1, 3]), kind([3, 7])) == ranges
    assert fs.cat_ranges(paths, 0, (4, None)) == [b"data", b"data/b/c.csv"]


def test_a_range_counted_from_the_end_is_of_the_version_with_that_end(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    assert fs.cat_file(f"{address}/a.csv", start=-3) == b"csv"
    assert server.requests("data/a.csv")[-1]["if_match"]


@pytest.mark.parametrize("size", [0, 5, 2**20, 3 * 2**20])
def test_what_is_opened_is_what_is_there_then_whatever_was_listed(
    fs: OsshFileSystem, address: str, server: DemoServer, size: int
) -> None:
    server.put("data/a.csv", size=size)
    fs.ls(address)
    server.put("data/a.csv", b"new content")

    with fs.open(f"{address}/a.csv") as file:
        assert file.size == len(b"new content")
        assert file.read() == b"new content"
    assert fs.cat_file(f"{address}/a.csv") == b"new content"
    assert fs.info(f"{address}/a.csv")["size"] == len(b"new content")


def test_an_object_that_is_replaced_while_it_is_open_is_an_error_and_then_the_new_one(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    server.put("data/a.csv", size=4 * 2**20)
    with fs.open(f"{address}/a.csv") as file:
        file.read(10)
        server.put("data/a.csv", size=4 * 2**20, version=1)
        file.seek(3 * 2**20)

        with pytest.raises(OSError, match=r"open it again|was replaced"):
            file.read(10)
    assert fs.cat_file(f"{address}/a.csv") == server.body("data/a.csv")


def test_errors_are_those_of_python_and_of_ossh_with_what_to_do(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    none = f"{address}/none"
    ways = (fs.open, fs.cat_file, fs.info, fs.ls, fs.checksum, fs.modified, fs.ukey)
    for ask in (*ways, lambda one: fs.cat_ranges([one], 0, 1, on_error="raise")):
        with pytest.raises(FileNotFoundError) as missing:
            ask(none)
        assert isinstance(missing.value, StoreError)
        assert missing.value.filename == none.removeprefix("ossh://")
        assert missing.value.hint == "keys are case-sensitive; 'ossh.walk(…)' lists them"
        assert missing.value.__notes__ == [f"hint: {missing.value.hint}"]
    with pytest.raises(FileNotFoundError):
        fs.ls("ossh://no-such-bucket")
    with pytest.raises(IsADirectoryError):
        fs.open(address)
    server.fault("status", status=403, code="AccessDenied", key="data/a.csv")
    with pytest.raises(PermissionError, match=r"cannot .* 'data/a\.csv'"):
        fs.cat_file(f"{address}/a.csv")
    server.fault("status", operation="list", status=403, code="AccessDenied")
    with pytest.raises(PermissionError) as denied:
        fs.ls(f"{address}/b")
    assert isinstance(denied.value, StoreError)
    assert "oss:ListObjects" in (denied.value.hint or "")
    server.clear_faults()
    server.put("data/cold", b"x", storage_class="Archive")
    with pytest.raises(OSError, match="cannot read") as cold:
        fs.open(f"{address}/cold").read()
    assert isinstance(cold.value, StoreError)
    with pytest.raises(UsageError, match="internal=True"):
        OsshFileSystem(internal=True, accelerate=True)


def test_what_nobody_can_say_is_an_error_and_not_that_nothing_is_there(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    server.fault("status", operation="list", status=403, code="AccessDenied")

    for ask in (fs.exists, fs.isdir, fs.isfile, fs.find, fs.du, lambda one: list(fs.walk(one))):
        with pytest.raises(PermissionError):
            ask(address)
    told: list[OSError] = []
    assert list(fs.walk(address, on_error=told.append)) == []
    assert [isinstance(error, PermissionError) for error in told] == [True]


def test_a_link_is_the_object_that_it_leads_to(fs: OsshFileSystem, server: DemoServer) -> None:
    server.put("links/target", b"what it leads to")
    server.put("links/link", symlink_to="links/target")
    server.put("links/broken", symlink_to="links/none")
    folder = f"{server.bucket}/links"

    for found in (fs.ls(folder), fs.find(folder, detail=True).values()):
        sizes = {one["name"].rpartition("/")[2]: one["size"] for one in found}
        assert sizes == {"broken": 0, "link": 16, "target": 16}
    assert fs.info(f"{folder}/link")["islink"]
    assert fs.cat_file(f"{folder}/link") == b"what it leads to"
    with fs.open(f"{folder}/link") as file:
        assert (file.size, file.read()) == (16, b"what it leads to")
    with pytest.raises(FileNotFoundError):
        fs.open(f"{folder}/broken").read()


def test_an_archive_is_a_file_and_nothing_below_it_is_there(
    fs: OsshFileSystem, server: DemoServer
) -> None:
    server.put("all.zip", zipped({"in/member.txt": b"a member"}))
    path = f"{server.bucket}/all.zip"

    assert fs.ls(path, detail=False) == fs.find(path) == [path]
    assert not fs.exists(f"{path}/in")
    assert not fs.exists(f"{path}/in/member.txt")


def test_a_version_is_read_wherever_it_is_named(
    server: DemoServer, tmp_path: Path, options: dict[str, Any]
) -> None:
    server.set_versioning("Enabled")
    old = server.put("data/a.csv", b"x\n1\n")["version_id"]
    server.put("data/a.csv", b"x\n22\n")
    path = f"{server.bucket}/data/a.csv"
    fs, of_old = OsshFileSystem(**options), OsshFileSystem(version_id=old, **options)
    fs.ls(f"{server.bucket}/data")

    with fs.open(path, version_id=old) as file:
        assert (file.size, file.read()) == (4, b"x\n1\n")
        assert file.details["VersionId"] == old
    with fs.open(path) as file:
        assert file.read() == b"x\n22\n"
    assert (fs.info(path, version_id=old)["size"], fs.info(path)["size"]) == (4, 5)
    assert of_old.info(path)["size"] == 4
    with of_old.open(path) as file:
        assert file.read() == b"x\n1\n"
    with fsspec.open(f"ossh://{path}", "rt", version_id=old, **options) as file:
        assert file.read() == "x\n1\n"
    for url in (fs.sign(path, version_id=old), of_old.sign(path)):
        assert read_by_anybody(url) == b"x\n1\n"
    for read in (fs.cat, fs.cat_file):
        assert read(path, version_id=old) == of_old.cat_file(path) == b"x\n1\n"
    fs.get_file(path, str(tmp_path / "old"), version_id=old)
    of_old.get_file(path, str(tmp_path / "same"))
    assert (tmp_path / "old").read_bytes() == (tmp_path / "same").read_bytes() == b"x\n1\n"
    assert of_old.exists(path)
    assert fs.exists(f"{server.bucket}/data", version_id=old)
    for open_none in (fs.open, OsshFileSystem(version_id="none", **options).open):
        with pytest.raises(OSError, match="version"):
            open_none(path, version_id="none")


def test_no_way_of_asking_ignores_an_option_that_there_is_not(
    fs: OsshFileSystem, address: str, tmp_path: Path
) -> None:
    name, file = f"{address}/a.csv", str(tmp_path / "a.csv")
    ways: list[Callable[..., Any]] = [fs.open, fs.cat, fs.cat_file, fs.info, fs.exists, fs.ls]
    ways += [fs.find, fs.glob, fs.du, lambda one, **given: fs.get_file(one, file, **given)]
    for read in ways:
        for mistaken in ("verson_id", "versionId"):
            with pytest.raises(TypeError, match="did you mean 'version_id'"):
                read(name, **{mistaken: "x"})


def test_what_cannot_be_read_is_an_error_in_the_place_of_its_bytes(
    fs: OsshFileSystem, address: str
) -> None:
    bucket = address.split("/")[2]
    paths = [f"{address}/none", f"{address}/none", bucket, f"{address}/a.csv"]

    found = fs.cat_ranges(paths, [0, -3, 0, -3], [None, None, 9, None])
    kinds = (FileNotFoundError, FileNotFoundError, IsADirectoryError, bytes)
    assert all(isinstance(one, kind) for one, kind in zip(found, kinds, strict=True))
    assert found[3] == b"csv"
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges(paths, [0, -3, 0, -3], [None, None, 9, None], on_error="raise")


@pytest.mark.parametrize("size", [5, 3 * 2**20])
def test_what_is_gone_when_it_is_opened_is_listed_no_more(
    fs: OsshFileSystem, address: str, server: DemoServer, size: int
) -> None:
    server.put("data/a.csv", size=size)
    fs.ls(address)
    server.delete("data/a.csv")

    with pytest.raises(FileNotFoundError):
        fs.open(f"{address}/a.csv")
    assert not fs.exists(f"{address}/a.csv")


def test_who_asks_is_who_the_options_say(
    server: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_ENDPOINT", "OSS_REGION"):
        monkeypatch.delenv(name, raising=False)
    server.put("mine", b"mine")
    server.add_bucket("open-to-all", public=True)
    server.put("ours", b"ours", bucket="open-to-all")
    place = {"endpoint": server.endpoint, "region": server.region}
    keys = {"mode": "AK", "access_key_id": server.access_key_id}
    keys["access_key_secret"] = server.access_key_secret
    folder = tmp_path / ".aliyun"
    folder.mkdir()
    profiles = [{"name": "work", "region_id": server.region, **keys}]
    (folder / "config.json").write_text(json.dumps({"current": "", "profiles": profiles}))

    assert OsshFileSystem(anon=True, **place).cat_file("open-to-all/ours") == b"ours"
    with pytest.raises(PermissionError):
        OsshFileSystem(anon=True, **place).cat_file(f"{server.bucket}/mine")
    of_profile = OsshFileSystem(profile="work", **place)
    assert of_profile.cat_file(f"{server.bucket}/mine") == b"mine"
    with pytest.raises(PermissionError):
        OsshFileSystem(**{**options, "secret": "wrong"}).cat_file(f"{server.bucket}/mine")
    payer = OsshFileSystem(requester_pays=True, **options)
    assert "x-oss-request-payer=requester" in payer.sign(f"{server.bucket}/mine")


def test_a_url_is_valid_for_anybody_for_a_while(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    assert read_by_anybody(fs.sign(f"{address}/a.csv", 60)) == b"data/a.csv"
    assert "x-oss-expires=60" in fs.sign(f"{address}/a.csv", expiration=60)
    with pytest.raises(ValueError, match="1s to 7d"):
        fs.sign(f"{address}/a.csv", 10**6)
    with pytest.raises(IsADirectoryError):
        fs.sign(f"ossh://{server.bucket}")


def test_what_tells_versions_apart_is_never_of_an_old_listing(
    fs: OsshFileSystem, address: str, server: DemoServer
) -> None:
    name = f"{address}/a.csv"
    fs.ls(address)
    before = fs.checksum(name), fs.ukey(name)
    assert before == (fs.info(name)["ETag"], fs.ukey(name))
    etag = server.put("data/a.csv", b"new", last_modified=datetime(2026, 1, 2, tzinfo=UTC))["etag"]

    assert fs.checksum(name) == etag
    assert fs.ukey(name) != before[1]
    fs.invalidate_cache()
    assert fs.modified(name) == fs.created(name) == datetime(2026, 1, 2, tzinfo=UTC)
    with pytest.raises(IsADirectoryError):
        fs.checksum(address)


@pytest.fixture(params=["region", "endpoint"])
def misplaced(
    request: pytest.FixtureRequest,
    server: DemoServer,
    own_server: DemoServer,
    options: dict[str, Any],
) -> OsshFileSystem:
    """Return a file system that expects the bucket of `own_server` at a wrong place."""
    own_server.fill("many/{:03d}", 100, 10)
    if request.param == "region":
        place = {"region": "cn-beijing", "endpoint": own_server.endpoint}
    else:
        server.add_bucket(own_server.bucket, elsewhere=f"127.0.0.1:{own_server.port}")
        place = {"region": server.region, "endpoint": server.endpoint}
    return OsshFileSystem(skip_instance_cache=True, **{**options, **place})


def test_all_that_is_asked_for_at_once_at_a_wrong_place_is_read_where_it_is(
    misplaced: OsshFileSystem, own_server: DemoServer
) -> None:
    paths = [f"{own_server.bucket}/many/{number:03d}" for number in range(100)]

    contents = misplaced.cat_ranges(paths, None, None)

    assert contents == [own_server.body(path.partition("/")[2]) for path in paths]


def test_threads_that_list_at_a_wrong_place_all_go_on_where_the_bucket_is(
    misplaced: OsshFileSystem, server: DemoServer, own_server: DemoServer
) -> None:
    path, servers = f"{own_server.bucket}/many", (server, own_server)
    for one in servers:
        one.fault("hold", operation="list")
        one.clear_requests()
    catalog = misplaced._connection.catalog(place_of(path))
    keys = [f"many/{number:03d}" for number in range(8)]
    with ThreadPoolExecutor(len(keys)) as pool:
        found = pool.map(catalog.first, keys)
        wait_until(lambda: sum(len(one.requests()) for one in servers) >= len(keys))
        for one in servers:
            one.clear_faults()

        assert [info and info.key for info in found] == keys


@pytest.mark.parametrize("method", ["mkdir", "makedirs", "rm", "touch", "rmdir"])
def test_it_writes_nothing(fs: OsshFileSystem, address: str, method: str) -> None:
    with pytest.raises(OSError, match=os.strerror(30)):
        getattr(fs, method)(f"{address}/x")
    for write in (fs.pipe, fs.put):
        with pytest.raises(OSError, match="Read-only"):
            write({f"{address}/x": b"1"}) if write == fs.pipe else write(__file__, f"{address}/x")
