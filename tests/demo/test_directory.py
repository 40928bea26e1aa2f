"""A real folder served as a bucket."""

import os
import re
import sys
from pathlib import Path

import pytest
from fastcrc import crc64

from ossh import demo
from ossh.demo.content.directory import DirectoryBucket
from tests.demo.bare import Bare, ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with some files, beside a file that is none of its business."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    root = tmp_path / "root"
    for name in ("a/b.txt", "a-b.txt", "a.txt", "z/deep/er/x.bin", "\u00e9.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


@pytest.mark.parametrize(
    "start",
    ["", "a", "a-", "a.txt", "a/", "a/b.txt", "b", "z/deep/f", "\u00ea"],
)
def test_keys_come_in_the_order_of_their_bytes(folder: Path, start: str) -> None:
    keys = ["a-b.txt", "a.txt", "a/b.txt", "z/deep/er/x.bin", "\u00e9.txt"]

    scanned = [stored.key for stored in DirectoryBucket("b", folder).scan(start)]

    assert scanned == [key for key in keys if key >= start]


@pytest.mark.parametrize(
    "key",
    ["../secret.txt", "a/../../secret.txt", "a/../a.txt", "./a.txt", "a//b.txt", "/a.txt", "a",
     "a/", "a.txt/", "a.txt/x", "x" * 400, "\0", ".", "..", "missing"],
)  # fmt: skip
def test_only_plain_paths_lead_to_files(folder: Path, key: str) -> None:
    assert DirectoryBucket("b", folder).get(key) is None


def test_links_are_not_followed(folder: Path) -> None:
    try:
        (folder / "file").symlink_to(folder.parent / "secret.txt")
        (folder / "up").symlink_to(folder.parent, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    bucket = DirectoryBucket("b", folder)

    assert bucket.get("file") is None
    assert bucket.get("up/secret.txt") is None
    assert len(list(bucket.scan(""))) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_name_that_is_not_utf8_is_left_out(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff")).write_bytes(b"x")

    assert len(list(DirectoryBucket("b", folder).scan(""))) == 5


def test_folder_is_served(folder: Path) -> None:
    large = os.urandom(3_000_000)
    (folder / "large.gz").write_bytes(large)
    with demo.start(directory=folder, bucket="real-bucket", public=True) as server:
        with Bare(server) as bare:
            head, whole = bare.ask("HEAD", "large.gz"), bare.ask("GET", "large.gz")
            part = bare.ask("GET", "large.gz", Range="bytes=1000000-1999999")
            outside = bare.ask("GET", "../secret.txt")
        listing = ask(server).body
        (folder / "large.gz").write_bytes(b"other")
        os.utime(folder / "large.gz", (1, 1))
        changed = ask(server, "large.gz")

    assert server.bucket == "real-bucket"
    assert whole.body == large
    assert part.body == large[1_000_000:2_000_000]
    for reply in (head, whole, part):
        assert reply.headers["x-oss-hash-crc64ecma"] == str(crc64.xz(large))
        assert f"<ETag>{reply.headers['etag']}</ETag>".encode() in listing
    assert outside.code == "NoSuchKey"
    assert changed.body == b"other"
    assert changed.headers["etag"] != whole.headers["etag"]
    assert changed.headers["x-oss-hash-crc64ecma"] == str(crc64.xz(b"other"))
    assert re.findall(rb"<Key>(.*?)</Key>", listing)[:3] == [b"a-b.txt", b"a.txt", b"a/b.txt"]


def test_folder_cannot_be_written_by_control(folder: Path) -> None:
    with demo.start(directory=folder) as server:
        with pytest.raises(demo.DemoError, match="read-only"):
            server.put("new", b"x")
        with pytest.raises(demo.DemoError, match="read-only"):
            server.delete("a.txt")

    assert (folder / "a.txt").exists()


def test_missing_folder_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(demo.DemoError, match="did not start"):
        demo.start(directory=tmp_path / "missing")

    assert "no such folder" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be shortened there")
def test_file_that_shrinks_while_it_is_sent_ends_the_connection(folder: Path) -> None:
    with (folder / "large").open("wb") as file:
        file.truncate(200_000_000)
    with demo.start(directory=folder, public=True) as server, Bare(server) as bare:
        first = bare.ask("HEAD", "large")
        bare.send(f"GET /{server.bucket}/large HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        bare.socket.recv(100)
        os.truncate(folder / "large", 0)

        assert first.headers["content-length"] == "200000000"
        assert bare.drain() < 200_000_000
        assert ask(server, "a.txt").body == b"a.txt"


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_file_that_vanishes_while_it_is_sent_ends_the_connection(folder: Path) -> None:
    with (folder / "large").open("wb") as file:
        file.truncate(200_000_000)
    with demo.start(directory=folder, public=True) as server, Bare(server) as bare:
        bare.ask("HEAD", "large")
        bare.send(f"GET /{server.bucket}/large HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        bare.socket.recv(100)
        (folder / "large").unlink()

        assert bare.drain() < 200_000_000
        assert ask(server, "a.txt").body == b"a.txt"
