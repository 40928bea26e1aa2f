"""Whatever reads an object whole from Python never passes a wrong byte off as the object's."""

import io
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fsspec.callbacks import Callback

import ossh
from ossh import Credentials
from ossh.demo import DemoServer
from ossh.fsspec.file_system import OsshFileSystem
from ossh.model import MIB
from ossh.store.bulk_reader import PIECE

CHUNK = MIB

Way = Callable[[OsshFileSystem, str, Path], object]


def chunks(file: io.RawIOBase) -> None:
    while file.read(CHUNK):
        pass


def lines(file: io.RawIOBase) -> None:
    for _line in io.TextIOWrapper(io.BufferedReader(file), encoding="latin-1"):
        pass


WAYS: dict[str, Way] = {
    "cat": lambda fs, name, _folder: fs.cat(name),
    "cat of a list": lambda fs, name, _folder: fs.cat([name]),
    "cat_file": lambda fs, name, _folder: fs.cat_file(name),
    "cat_ranges": lambda fs, name, _folder: fs.cat_ranges([name], 0, None, on_error="raise"),
    "get_file": lambda fs, name, folder: fs.get_file(name, str(folder / "file")),
    "get": lambda fs, name, folder: fs.get(name, str(folder / "file")),
    "get of a list": lambda fs, name, folder: fs.get([name], [str(folder / "file")]),
    "read": lambda fs, name, _folder: fs.open(name).read(),
    "chunks": lambda fs, name, _folder: chunks(fs.open(name)),
    "lines": lambda fs, name, _folder: lines(fs.open(name)),
    "copyfileobj": lambda fs, name, _folder: fs.get_file(name, io.BytesIO()),
}


@pytest.mark.parametrize("size", [1, 3, 5, 9, 17, 64])
@pytest.mark.parametrize("way", WAYS)
def test_a_corrupt_body_is_an_error_that_names_the_object(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path, way: str, size: int
) -> None:
    server.put("k", size=size * MIB)
    name = f"{server.bucket}/k"
    fs.info(name)
    server.fault("corrupt")

    with pytest.raises(OSError, match=r"'k'.*checksum"):
        WAYS[way](fs, name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [1, 9, 64])
def test_of_an_open_file_only_the_read_of_the_last_bytes_fails_and_fails_again(
    server: DemoServer, size: int
) -> None:
    server.put("k", size=size * MIB)
    keys = Credentials(server.access_key_id, server.access_key_secret)
    options = ossh.Options(endpoint=server.endpoint, region=server.region)
    address = f"oss://{server.bucket}/k"
    server.fault("corrupt")

    with ossh.open(address, options=options, credentials=lambda: keys) as file:
        for _number in range(3):
            with pytest.raises(ossh.StoreError, match="checksum"):
                chunks(file)
        assert file.tell() < size * MIB


def test_many_files_are_fetched_at_once_each_with_its_name(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path
) -> None:
    for number in range(100):
        server.put(f"many/{number % 10}/{number}", str(number).encode())
    server.put("many/large", size=2 * PIECE + 1)
    server.put("many/empty", b"")

    fs.get(f"{server.bucket}/many", str(tmp_path / "to"), recursive=True)

    found = {
        str(path.relative_to(tmp_path / "to").as_posix()): path.read_bytes()
        for path in (tmp_path / "to").rglob("*")
        if path.is_file()
    }
    assert len(found) == 102
    assert all(found[f"{number % 10}/{number}"] == str(number).encode() for number in range(100))
    assert found["large"] == server.body("many/large")
    assert found["empty"] == b""


def test_of_many_each_has_its_bytes_or_its_own_error(
    fs: OsshFileSystem, server: DemoServer
) -> None:
    server.put("there", b"1")
    there, none = f"{server.bucket}/there", f"{server.bucket}/none"

    found = fs.cat([there, none], on_error="return")

    assert found[there] == b"1"
    assert isinstance(found[none], FileNotFoundError)
    assert fs.cat([there, none], on_error="omit") == {there: b"1"}
    with pytest.raises(FileNotFoundError, match="none"):
        fs.cat([there, none])


def test_ranges_are_slices_of_their_objects(fs: OsshFileSystem, server: DemoServer) -> None:
    server.put("k", b"0123456789")
    name = f"{server.bucket}/k"
    starts, ends = [0, 3, -3, None, 2, 20, -20], [4, 99, None, -4, 2, 30, 3]

    found = fs.cat_ranges([name] * len(starts), starts, ends)

    assert found == [b"0123456789"[slice(*pair)] for pair in zip(starts, ends, strict=True)]


class Counting(Callback):  # type: ignore[misc] # fsspec has no types
    """Keeps the callbacks of single files."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[Callback] = []

    def branched(self, _path_1: str, _path_2: str, **_options: object) -> Callback:
        self.files.append(Callback())
        return self.files[-1]


def test_progress_is_told_of_all_and_of_each(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path
) -> None:
    server.put("p/a", size=2 * PIECE)
    server.put("p/b", b"12345")
    counting = Counting()

    fs.get(f"{server.bucket}/p/", str(tmp_path / "to"), recursive=True, callback=counting)

    assert counting.value == counting.size
    assert sorted((one.value, one.size) for one in counting.files) == [
        (5, 5),
        (2 * PIECE, 2 * PIECE),
    ]


@pytest.mark.parametrize("way", WAYS)
def test_whoever_wants_only_what_is_proved_gets_nothing_else(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path, way: str, options: dict[str, Any]
) -> None:
    server.put("proved", size=3 * MIB)
    server.put("unproved", size=3 * MIB, crc=False)
    strict = OsshFileSystem(verify=True, **options)

    WAYS[way](strict, f"{server.bucket}/proved", tmp_path)
    WAYS[way](fs, f"{server.bucket}/unproved", tmp_path)
    with pytest.raises(OSError, match="'unproved' has no CRC64"):
        WAYS[way](strict, f"{server.bucket}/unproved", tmp_path)


@pytest.mark.usefixtures("keys_in_environment")  # for what is unpickled
def test_all_of_an_object_is_proved_before_a_byte_from_its_middle_is_seen(
    fs: OsshFileSystem, server: DemoServer, options: dict[str, Any]
) -> None:
    server.put("k", size=3 * MIB)
    name, strict = f"{server.bucket}/k", OsshFileSystem(verify=True, **options)
    wanted = server.body("k")[5:9]

    assert strict.cat_file(name, 5, 9) == fs.cat_file(name, 5, 9, verify=True) == wanted
    assert strict.cat_ranges([name, name], [5, 1 - 3 * MIB], [9, 2 - 3 * MIB]) == [
        wanted,
        server.body("k")[1:2],
    ]
    with fs.open(name, verify=True, cache_type="readahead") as file:
        server.clear_requests()
        again = pickle.loads(pickle.dumps(file))  # noqa: S301 - of ourselves
        assert [file.seek(5), file.read(4)] == [5, wanted]
        assert len(server.requests("k")) == 2  # all for the other one
    with again:
        assert [again.seek(5), again.read(4)] == [5, wanted]

    server.fault("corrupt", key="k", offset=0)
    for read in (
        lambda: fs.open(name, verify=True),
        lambda: fs.cat_file(name, 5, 9, verify=True),
        lambda: strict.read_block(name, 5, 4),
        lambda: strict.tail(name, 4),
    ):
        with pytest.raises(OSError, match="checksum"):
            read()


@pytest.mark.parametrize("is_remembered", [True, False])
@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (("a/clash", "a/clash/inner"), ("/a/clash'", "/a/clash/inner'")),
        (("a/b//c", "a/b/c"), ("/a/b//c'", "/a/b/c'")),
    ],
)
def test_objects_that_want_the_same_name_are_both_named_and_nothing_is_fetched(  # noqa: PLR0913 - fixtures, and a table
    server: DemoServer,
    tmp_path: Path,
    keys: tuple[str, ...],
    named: tuple[str, ...],
    *,
    is_remembered: bool,
    options: dict[str, Any],
) -> None:
    for key in ("a/0", *keys, "a/z/1"):
        server.put(key, b"x")
    fs = OsshFileSystem(use_listings_cache=is_remembered, **options)

    with pytest.raises(OSError, match="cannot both be fetched") as raised:
        fs.get(f"{server.bucket}/a/", str(tmp_path / "to"), recursive=True)

    assert isinstance(raised.value, ossh.LocalError)
    assert all(name in str(raised.value) for name in named)
    assert raised.value.hint == ("'ossh.download(address, folder)' gives each a name of its own")
    assert not (tmp_path / "to").exists()


@pytest.mark.fault("F4")
def test_names_that_differ_by_case_are_fetched_if_the_disk_tells_them_apart(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path
) -> None:
    server.put("case/x", b"small")
    server.put("case/X", b"capital")
    (tmp_path / "probe").touch()
    to, is_one = tmp_path / "to", (tmp_path / "PROBE").exists()

    def get() -> None:
        fs.get(f"{server.bucket}/case/", str(to), recursive=True)

    if is_one:
        with pytest.raises(OSError, match="cannot both be fetched"):
            get()
        assert not to.exists()
    else:
        get()
        assert {one.name: one.read_bytes() for one in to.iterdir()} == {
            "x": b"small",
            "X": b"capital",
        }
    assert {one.name for one in tmp_path.iterdir()} <= {"probe", "to"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.fault("F4")
def test_names_that_differ_by_case_are_refused_where_nobody_can_tell(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path
) -> None:
    server.put("case/x", b"small")
    server.put("case/X", b"capital")
    (tmp_path / ".ossh").symlink_to(tmp_path)  # so that the disk is not asked

    with pytest.raises(OSError, match="cannot both be fetched"):
        fs.get(f"{server.bucket}/case/", str(tmp_path / "to"), recursive=True)
    assert not (tmp_path / "to").exists()


def test_what_is_in_the_way_is_named_before_anything_is_fetched(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path
) -> None:
    for key in ("c/0", "c/f/1", "c/g"):
        server.put(key, b"x")
    (tmp_path / "g").mkdir()

    with pytest.raises(OSError, match=r"c/g' cannot become '.*g', which is a folder"):
        fs.get(f"{server.bucket}/c/", str(tmp_path), recursive=True)
    with pytest.raises(OSError, match=r"c/g' cannot become '.*g', which is a folder"):
        fs.get_file(f"{server.bucket}/c/g", str(tmp_path / "g"))
    assert [one for one in server.requests("c/*") if one["method"] == "GET"] == []
    (tmp_path / "g").rmdir()
    (tmp_path / "f").touch()
    with pytest.raises(OSError, match=r"c/f/1' cannot lie in '.*f', which is a file"):
        fs.get(f"{server.bucket}/c/", str(tmp_path), recursive=True)

    assert list(tmp_path.iterdir()) == [tmp_path / "f"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize(("link", "to"), [("photos", ""), ("photos/1.txt", "1.txt")])
def test_links_below_the_folder_lead_nowhere_else(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path, link: str, to: str
) -> None:
    server.put("l/photos/1.txt", b"object")
    server.put("l/other.txt", b"object")
    mine, target = tmp_path / "mine", tmp_path / "target"
    mine.mkdir()
    (mine / "1.txt").write_text("mine")
    (target / link).parent.mkdir(parents=True)
    (target / link).symlink_to(mine / to)

    with pytest.raises(OSError, match=f"'.*' would go through '.*{link}', which is a link"):
        fs.get(f"{server.bucket}/l/", str(target), recursive=True)

    assert (mine / "1.txt").read_text() == "mine"
    assert not (target / "other.txt").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_what_a_caller_names_may_be_a_link(
    fs: OsshFileSystem, server: DemoServer, tmp_path: Path
) -> None:
    server.put("l/1.txt", b"object")
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to("mine")
    (tmp_path / "other.txt").symlink_to("mine/other.txt")

    fs.get(f"{server.bucket}/l/", str(tmp_path / "link"), recursive=True)
    fs.get(f"{server.bucket}/l/1.txt", str(tmp_path / "link" / "2.txt"))
    (tmp_path / "mine" / "other.txt").touch()
    fs.get(f"{server.bucket}/l/1.txt", str(tmp_path / "other.txt"))

    found = {one.name: one.read_bytes() for one in (tmp_path / "mine").iterdir()}
    assert found == {"1.txt": b"object", "2.txt": b"object", "other.txt": b"object"}


def test_places_from_the_end_are_those_of_the_object_as_it_is_now(
    fs: OsshFileSystem, server: DemoServer
) -> None:
    server.put("n/k", b"0123456789")
    fs.ls(f"{server.bucket}/n")
    server.put("n/k", b"abcdefghijklmnop")

    assert fs.cat_file(f"{server.bucket}/n/k", start=-3) == b"nop"
