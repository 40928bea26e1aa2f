"""ZIP archives at the prompt: looked into like folders, members unpacked like objects."""

import io
import os
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.integration.rig import tree
from tests.shell.conftest import Driver, Launcher
from tests.waiting import wait_until
from tests.zips import zipped

FILES = {
    "a.csv": b"x,y\n1,2\n",
    "images/": b"",
    "images/1.png": os.urandom(70_000),
    "images/2.png": os.urandom(80_000),
    "images/deep/3.jpg": b"three",
    "数据/说明.txt": "你好\n".encode(),
    "../outside.txt": b"out",
    "/top.txt": b"top",
    "A.CSV": b"other",
}


@pytest.fixture
def say(fresh: Driver) -> Driver:
    fresh.server.put("sets/data.zip", zipped(FILES))
    fresh("cd sets/")
    return fresh


def test_an_archive_is_looked_into_like_a_folder(say: Driver) -> None:
    assert "sets/data.zip/images/" in say("ls data.zip/").lines
    assert say("cd data.zip").status == 0
    assert say("pwd").lines == ["oss://demo-bucket/sets/data.zip/"]
    assert say("ls images/*.png").lines == [f"sets/data.zip/images/{n}.png" for n in (1, 2)]
    assert say("du images/").lines[-1] == "150005\t4\tsets/data.zip/images/"
    assert say("cat 数据/说明.txt").out == "你好\n"
    assert say("head a.csv -n 1").out == "x,y\n"
    assert "type\tZIP member" in say("stat a.csv").lines
    assert say("filter add --suffix .jpg").status == 0
    assert say("ls -R").lines == ["sets/data.zip/images/deep/3.jpg"]


def test_real_keys_of_that_name_win(say: Driver) -> None:
    say.server.put("sets/data.zip/real.txt", b"real")

    assert say("ls data.zip/").lines == ["sets/data.zip/real.txt"]
    assert say("cat data.zip/real.txt").out == "real"


def test_an_archive_is_looked_into_through_a_symlink(say: Driver) -> None:
    say.server.put("sets/link.zip", symlink_to="sets/data.zip")
    say.server.put("sets/dangling.zip", symlink_to="sets/gone.zip")

    assert "sets/link.zip/images/" in say("ls link.zip/").lines
    assert say("head link.zip/a.csv -n 1").out == "x,y\n"
    assert say("get link.zip/images/1.png --to out").status == 0
    assert (say.folder / "out" / "1.png").read_bytes() == FILES["images/1.png"]
    say.server.put("sets/data.zip", zipped({"new.txt": b"new"}))
    assert say("ls -r link.zip/").lines == ["sets/link.zip/new.txt"]
    assert "no such object" in say("ls dangling.zip/").err


def test_parquet_in_an_archive_is_to_be_unpacked(say: Driver) -> None:
    say.server.put("sets/data.zip", zipped({"rows.parquet": b"PAR1"}))

    said = say("head data.zip/rows.parquet")

    assert said.status == 2
    assert (
        "the columns of 'sets/data.zip/rows.parquet' cannot be read inside its archive" in said.err
    )
    assert say("head data.zip/rows.parquet --binary").out == "PAR1"
    assert "no such object" in say("head data.zip/none.parquet").err


def test_members_are_unpacked_into_a_folder(say: Driver) -> None:
    said = say("get data.zip/images/ --to images")

    assert said.status == 0
    assert said.lines == [f"unpacked and verified: 3 files, 146.5 KiB, in {say.folder / 'images'}"]
    assert tree(say.folder / "images") == {
        name.removeprefix("images/"): FILES[name]
        for name in ("images/1.png", "images/2.png", "images/deep/3.jpg")
    }
    assert not (say.folder / "jobs").exists()


def test_members_of_another_name_are_named(say: Driver) -> None:
    say.server.put("sets/data.zip", zipped({f"../{n}.txt": b"" for n in range(7)} | {"usual": b""}))

    first, *named, more = say("get data.zip/ --to all").err.splitlines()

    assert first == "7 members renamed for this file system"
    assert named == [f"  'sets/data.zip/../{n}.txt' is '.%2E/{n}.txt'" for n in range(5)]
    assert more == "  and 2 more"


@pytest.mark.parametrize(
    "folder", ["../", "./", "/", "../../", "..\\..\\", "C:/", "NUL/", "~/", ".git/", ".ossh/"]
)
def test_no_name_of_a_folder_makes_another_folder_the_target(
    say: Driver, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    say.server.put("sets/data.zip", zipped({f"{folder}evil.txt": b"evil"}))
    (say.folder / "work").mkdir()
    monkeypatch.chdir(say.folder / "work")
    address = f"oss://demo-bucket/sets/data.zip/{folder}"

    assert say(f"get '{address}'").status == 0
    assert say(f"cd '{address}'").status == say("get").status == 0

    target = {"C:/": "C", ".git/": "git", ".ossh/": "ossh"}.get(folder, "data")
    ((path, content),) = tree(say.folder).items()
    assert path.startswith(f"work/{target}/")
    assert content == b"evil"


def test_what_is_there_already_stays(say: Driver) -> None:
    say("get data.zip/images/ --to images")
    (say.folder / "images" / "1.png").write_bytes(b"edited")
    (say.folder / "images" / "2.png").unlink()

    said = say("get data.zip/images/ --to images")

    assert said.status == 1
    assert "1 file," in said.out
    assert "1 unchanged" in said.err
    why = "the local file differs from the member; move it away, or choose another --to"
    assert f"sets/data.zip/images/1.png: {why}" in said.err
    assert (say.folder / "images" / "1.png").read_bytes() == b"edited"
    assert (say.folder / "images" / "2.png").read_bytes() == FILES["images/2.png"]


def test_one_member_can_get_another_name(say: Driver) -> None:
    assert say("get data.zip/a.csv --as new/name.csv").status == 0
    assert tree(say.folder) == {"new/name.csv": FILES["a.csv"]}


def test_filters_and_globs_choose_members(say: Driver) -> None:
    say("filter add --min-size 75KiB")
    assert say("get data.zip/ --to large").status == 0
    say("filter clear")
    assert say("get data.zip/images/*.png --to pngs").status == 0

    assert set(tree(say.folder / "large")) == {"images/2.png"}
    assert set(tree(say.folder / "pngs")) == {"1.png", "2.png"}


@pytest.mark.fault("F58")
def test_members_of_which_the_archive_says_two_things_fail_and_the_others_arrive(
    say: Driver,
) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as packed:
        for name, content in (("lie", b"11"), ("x", b"22"), ("y", b"33"), ("y_hidden", b"44")):
            packed.writestr(name, content)
        packed.writestr("folder/", b"")
        with pytest.warns(UserWarning, match="Duplicate name"):
            packed.writestr("x", b"22")
    found = data.getvalue().replace(b"lie", b"lye", 1).replace(b"y_hid", b"y\0hid")
    say.server.put("sets/data.zip", found.replace(b"folder/", b"falter/", 1))
    (say.folder / "out").mkdir()
    (say.folder / "out" / "x").write_bytes(b"22")  # it is here already, but which one?

    said = say("get data.zip/ --to out")

    assert said.status == 1
    assert "1 file, 2 B" in said.out
    for name, why in {
        "x": "2 members have this name",
        "y\\x00hidden": "a NUL is in its name",
        "lie": "File name in directory",
        "folder/": "File name in directory",
    }.items():
        key = f"sets/data.zip/{name}"
        assert said.err.count(f"'{key}' is damaged: {why}") == 1
        assert f"{key}: '" not in said.err
    assert "5 members are not here" in said.err
    assert tree(say.folder / "out") == {"x": b"22", "y": b"33"}
    assert not (say.folder / "out" / "folder").exists()


@pytest.mark.parametrize("command", ["ls", "ls -l", "ls --json", "tree", "du"])
def test_what_is_listed_and_cannot_be_read_is_named(say: Driver, command: str) -> None:
    files = {f"{n}_hidden": b"x" for n in range(22)} | {"good": b"y"}
    say.server.put("sets/data.zip", zipped(files).replace(b"_hid", b"\0hid"))

    said = say(f"{command} data.zip/")

    assert said.status == 0
    assert "sets/data.zip/0\\x00hidden: a NUL is in its name" in said.err
    assert "2 more cannot be read" in said.err
    assert say("ls data.zip/g*").err == ""


@pytest.mark.parametrize("command", ["cat", "head", "stat", "get"])
def test_a_member_whose_name_another_one_has_is_not_read(say: Driver, command: str) -> None:
    say.server.put("sets/data.zip", zipped({"x": b"1", "_": b"2"}).replace(b"_", b"x"))

    said = say(f"{command} data.zip/x")

    assert said.status in {1, 2}
    assert "'sets/data.zip/x' is damaged: 2 members have this name" in said.err


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("preview data.zip/images/", "is in a ZIP archive, which no job can read"),
        ("get data.zip/ --dry-run", "--dry-run does not work for members of a ZIP archive"),
        ("url data.zip/a.csv", "a member of a ZIP archive has no URL of its own"),
        ("ls data.zip/none/", "no key starts with 'sets/data.zip/none/'"),
        ("cat data.zip/images", "the archive has no member 'sets/data.zip/images'"),
        ("get data.zip/none", "no key starts with 'sets/data.zip/none'"),
    ],
)
def test_what_cannot_be_done_is_one_line(say: Driver, line: str, problem: str) -> None:
    said = say(line)

    assert said.status == 2
    assert problem in said.err


@pytest.mark.parametrize("command", ["ls", "cd", "get", "du", "cat"])
def test_what_is_no_archive_says_so(say: Driver, command: str) -> None:
    say.server.put("sets/broken.zip", b"no archive" * 1000)

    said = say(f"{command} broken.zip/{'x' if command == 'cat' else ''}")

    assert said.status == 2
    assert "'sets/broken.zip' is not a readable ZIP archive" in said.err
    assert "hint: 'get' the archive to look at it with another program" in said.err


def test_what_is_in_the_way_of_members_is_to_be_moved_by_hand(say: Driver) -> None:
    said = say("get data.zip/ --to out --replace")

    assert said.status == 2
    assert "move away what is in the way, or choose another folder with --to" in said.err


def test_the_directory_is_fetched_once_and_only_that(fresh: Driver) -> None:
    members = {f"{number:05}.txt": os.urandom(500) for number in range(5000)}
    fresh.server.put("data.zip", zipped(members))
    fresh.server.clear_requests()

    assert len(fresh("ls data.zip/").lines) == 5000
    listings = [one for one in fresh.server.requests() if not one["key"]]
    assert len(fresh("ls data.zip/").lines) == 5000

    assert len(listings) < 10  # pages of members ask the bucket nothing
    ranges = [
        one["range"].removeprefix("bytes=") for one in fresh.server.requests() if one["range"]
    ]
    received = sum(int(one.split("-")[1]) - int(one.split("-")[0]) + 1 for one in ranges)
    directory = 5000 * (46 + len("00000.txt"))
    assert received < 1.1 * directory + 128 * 1024
    assert len(ranges) <= 3


def test_a_member_below_more_folders_than_a_disk_has_is_named(
    say: Driver, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(partial(sys.setrecursionlimit, sys.getrecursionlimit()))
    sys.setrecursionlimit(5000)  # not Python's limit ends it, but the system's
    say.server.put("sets/data.zip", zipped({"d/" * 3000 + "f": b"deep", "ok": b"fine"}))

    said = say("get data.zip/ --to out")

    assert said.status == 1
    assert "too long" in said.err
    assert tree(say.folder / "out") == {"ok": b"fine"}
    assert not (say.folder / "out" / "d").exists()


def test_what_a_kill_left_is_gone_after_the_next_run_but_not_what_is_being_unpacked(
    fresh: Driver, own: Launcher, server: DemoServer
) -> None:
    server.put("data.zip", zipped({"large.bin": os.urandom(3_000_000)}))
    server.put("b.zip", zipped({"small.txt": b"small"}))
    server.put("logs/1.txt", b"one")
    out = fresh.folder / "out"

    def partial_files() -> set[Path]:
        return set(out.glob(".ossh/*/1"))

    def unpack() -> tuple[subprocess.Popen[bytes], Path]:
        before = partial_files()
        server.fault("hold", key="data.zip", times=1, after=2)  # directory, start of the member
        line = ("oss://demo-bucket/", "-c", f"get data.zip/ --to '{out}'")
        process = own.popen(*line)
        wait_until(lambda: partial_files() - before)
        return process, (partial_files() - before).pop()

    running, in_use = unpack()
    with running:
        for line in (f"get b.zip/ --to '{out}'", f"get logs/ --to '{out}'"):
            killed, left = unpack()
            with killed:
                killed.kill()
            assert left.exists()

            assert fresh(line).status == 0

            assert partial_files() == {in_use}
        server.clear_faults()
        assert running.wait(60) == 0
    assert not (out / ".ossh").exists()
    assert sorted(tree(out)) == ["1.txt", "large.bin", "small.txt"]
