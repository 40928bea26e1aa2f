"""`get --tar -`: the archive and nothing else goes to stdout, whatever happens."""

import io
import os
import signal
import subprocess
import sys
import tarfile

import pytest

from ossh.demo import DemoServer
from ossh.transfer.streaming.tar_format import BEGINNING, PAGE
from tests.shell.conftest import Driver, Launcher
from tests.tar_readers import accepting

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="pipes and signals are of POSIX")


def begun(launch: Launcher, server: DemoServer, stdout: int) -> "subprocess.Popen[bytes]":
    """Start to write the whole bucket as a tar."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": stdout, "stderr": subprocess.PIPE}
    return launch.on(server).popen("-c", f"get oss://{server.bucket}/ --tar -", **streams)


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        files = [(one.name, archive.extractfile(one)) for one in archive]
    return {name: file.read() for name, file in files if file}


def test_the_archive_is_all_that_goes_to_stdout(run: Launcher, teaching: DemoServer) -> None:
    done = run.in_bytes("oss://demo-bucket/awkward/", "-c", "get --tar -")

    found = members(done.stdout)
    assert done.returncode == 0, done.stderr
    assert found[".%2E/.%2E/escape.txt"] == teaching.body("awkward/../../escape.txt")
    assert not any(name.startswith("/") or ".." in name.split("/") for name in found)
    assert b"28 objects, 1.2 KiB, written and verified in" in done.stderr
    assert not [one for one in run.folder.rglob("*") if one.is_file()]


def test_an_archive_of_nothing_is_none(fresh: Driver) -> None:
    fresh.server.put("a.txt", b"a")
    fresh("filter add --suffix .gz")

    said = fresh("get --tar - > chosen.tar")

    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("error: no objects to put into the archive")
    assert accepting((fresh.folder / "chosen.tar").read_bytes()) == []


def test_an_archive_of_listed_keys_leaves_no_list_behind(
    run: Launcher, teaching: DemoServer
) -> None:
    keys = run.folder / "list.txt"
    keys.write_text("readme.txt\n")
    done = run.in_bytes("oss://demo-bucket/", "-c", "get --from list.txt --tar -")

    assert done.returncode == 0, done.stderr
    assert members(done.stdout) == {"readme.txt": teaching.body("readme.txt")}
    assert [one for one in run.folder.rglob("*") if one.is_file()] == [keys]


def test_filters_choose_what_is_in_the_archive(fresh: Driver) -> None:
    for key in ("a/x.gz", "a/y.txt", "b/z.gz"):
        fresh.server.put(key, key.encode())
    fresh("filter add --suffix .gz")

    said = fresh("get a/ --tar - > chosen.tar")

    assert said.status == 0
    assert members((fresh.folder / "chosen.tar").read_bytes()) == {"x.gz": b"a/x.gz"}
    assert not (fresh.folder / "jobs").exists()


def test_an_object_that_fails_is_named_and_the_status_tells(
    launch: Launcher, server: DemoServer
) -> None:
    server.put("a.bin", size=600)
    server.put("bad.bin", size=600)
    server.fault("corrupt", key="bad.bin")

    process = begun(launch, server, subprocess.PIPE)
    out, err = process.communicate()

    assert process.returncode == 1
    assert b"error: cannot put 'bad.bin' into the archive: CRC64 is" in err
    assert accepting(out) == []


@posix_only
def test_a_terminal_is_no_place_for_an_archive(own: Launcher, server: DemoServer) -> None:
    server.put("a", b"a")

    with own.terminal(f"oss://{server.bucket}/", "-c", "get --tar -") as terminal:
        terminal.until("error: an archive cannot be written to a terminal")
        assert terminal.process.wait(60) == 2

    assert "ustar" not in terminal.text


@posix_only
@pytest.mark.fault("F48")
def test_a_reader_that_leaves_ends_it_quietly(launch: Launcher, server: DemoServer) -> None:
    server.put("large.bin", size=8 << 20)
    reading, writing = os.pipe()

    process = begun(launch, server, writing)
    os.close(writing)
    assert len(os.read(reading, PAGE)) == len(BEGINNING)
    os.read(reading, PAGE)
    os.close(reading)
    _out, err = process.communicate()

    assert process.returncode == 0
    assert err == b""


@posix_only
@pytest.mark.fault("F61")
def test_it_is_refused_before_the_bucket_has_answered(launch: Launcher, server: DemoServer) -> None:
    server.put("a", b"a")
    server.fault("delay", operation="list", seconds=3600)

    with begun(launch, server, subprocess.PIPE) as process:
        assert process.stdout is not None
        begin = process.stdout.read(1)
        process.kill()
        data = begin + process.stdout.read()

    assert accepting(data) == []
    assert accepting(data, "gzip") == []


def test_what_cannot_begin_is_refused(launch: Launcher, server: DemoServer) -> None:
    server.put("a", b"a")
    server.fault("status", status=403, operation="list")

    with begun(launch, server, subprocess.PIPE) as process:
        out, _err = process.communicate()

    assert process.returncode == 3
    assert accepting(out) == []


@posix_only
@pytest.mark.fault("F33")
def test_ctrl_c_ends_it_though_nobody_reads(launch: Launcher, server: DemoServer) -> None:
    server.put("large.bin", size=8 << 20)

    process = begun(launch, server, subprocess.PIPE)
    assert process.stdout is not None
    begin = process.stdout.read(PAGE)  # it has begun, and soon waits for us
    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 130
    with process:
        rest, err = process.communicate()
    assert accepting(begin + rest) == []
    assert b"Traceback" not in err
