"""Tree: the folder of a target, below which no link is followed."""

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ossh.regular_files import NotRegularError
from ossh.transfer.disk import tree as tree_module
from ossh.transfer.disk.disk_errors import EscapeError
from ossh.transfer.disk.folder import Place
from ossh.transfer.disk.tree import HAS_DESCRIPTORS, MOST_OPEN, Tree
from tests.planting import each_kind, links_needed, plant

counts_descriptors = pytest.mark.skipif(
    not Path("/dev/fd").is_dir(), reason="the system does not list open files"
)
each_way = pytest.mark.parametrize("tree", ["opened", "looked at"], indirect=True)


@pytest.fixture
def tree(
    target: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tree]:
    """Return a tree of each kind: systems differ, the promises do not."""
    is_opened = getattr(request, "param", "opened") == "opened"
    if is_opened and not HAS_DESCRIPTORS:
        pytest.skip("folders have no descriptors on Windows")
    monkeypatch.setattr(tree_module, "HAS_DESCRIPTORS", is_opened)
    with closing(Tree(str(target))) as tree:
        yield tree


def made(tree: Tree, path: str) -> int:
    return tree.place(path).create()


def removed(tree: Tree, path: str) -> None:
    tree.place(path).remove()


def linked(tree: Tree, to: str, path: str) -> None:
    tree.place(path).symlink(to)


def moved(tree: Tree, path: str, destination: str) -> None:
    tree.place(path).replace_now(tree.place(destination))


def put(tree: Tree, path: str, data: bytes = b"data") -> None:
    descriptor = made(tree, path)
    os.write(descriptor, data)
    os.close(descriptor)


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


# What it does


@each_way
def test_files_are_made_looked_at_read_moved_dated_and_removed(tree: Tree, target: Path) -> None:
    tree.folder("a/b", is_made=True)
    tree.folder("c", is_made=True)
    put(tree, "a/b/one")
    tree.place("a/b/one").utime(1_700_000_000.5)
    moved(tree, "a/b/one", "c/two")

    assert (target / "c" / "two").read_bytes() == b"data"
    assert tree.stat("c/two").st_mtime == 1_700_000_000.5
    with os.fdopen(tree.place("c/two").open_regular(os.O_RDONLY), "rb") as file:
        assert file.read() == b"data"
    assert (tree.exists("c/two"), tree.exists("a/b/one"), tree.exists("c/two/x")) == (
        True,
        False,
        False,
    )
    assert (sorted(tree.folder().names()), tree.folder("c/").names()) == (["a", "c"], ["two"])
    tree.place("c/two").discard()
    tree.place("c/two").discard()
    tree.place("a/b/").rmdir()
    assert (tree.folder("a").names(), tree.folder("c").names()) == ([], [])


@each_way
def test_the_target_itself_is_a_path_too(tree: Tree) -> None:
    tree.folder("./", is_made=True)
    put(tree, "./file")

    assert tree.folder(".").names() == ["file"]
    assert tree.exists("./")
    assert stat.S_ISDIR(tree.stat("./").st_mode)


@each_way
def test_a_file_in_the_place_of_a_folder_is_no_link(tree: Tree) -> None:
    put(tree, "file")

    for action in (
        lambda: tree.folder("file/x", is_made=True),
        lambda: tree.stat("file/x"),
        lambda: tree.folder("file").names(),
    ):
        with pytest.raises(NotADirectoryError):
            action()


@each_way
def test_nothing_is_made_where_the_path_is_too_long(tree: Tree) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.ENAMETOOLONG)):
        tree.folder("/".join(["folder"] * 5000), is_made=True)

    assert tree.folder().names() == []


@each_way
@pytest.mark.parametrize("path", ["../x", "a/../../x", "..", "a/..", "", ".", "a/./x"])
def test_a_name_that_is_none_is_refused(tree: Tree, target: Path, path: str) -> None:
    tree.folder("a", is_made=True)

    with pytest.raises(OSError, match=os.strerror(errno.EINVAL)):
        made(tree, path)
    assert [one.name for one in target.parent.iterdir()] == ["target"]


@each_way
def test_a_target_need_not_be_there(target: Path, tree: Tree) -> None:
    target.rmdir()

    with pytest.raises(FileNotFoundError):
        tree.stat("a")
    assert not tree.exists("a")
    assert tree.is_gone()
    target.mkdir()
    assert (tree.exists("a"), tree.is_gone()) == (False, False)


# Links


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    (path / "file").write_text("theirs")
    return path


ACTIONS: dict[str, Callable[[Tree, str], object]] = {
    "make folders": lambda tree, at: tree.folder(f"{at}/new", is_made=True),
    "make a file": lambda tree, at: made(tree, f"{at}/new"),
    "read": lambda tree, at: tree.place(f"{at}/file").open_regular(os.O_RDONLY),
    "look": lambda tree, at: tree.stat(f"{at}/file"),
    "look for": lambda tree, at: tree.exists(f"{at}/file"),
    "read a link": lambda tree, at: tree.place(f"{at}/file").readlink(),
    "move there": lambda tree, at: moved(tree, "mine", f"{at}/file"),
    "move from there": lambda tree, at: moved(tree, f"{at}/file", "mine"),
    "remove": lambda tree, at: removed(tree, f"{at}/file"),
    "remove a folder": lambda tree, at: tree.place(f"{at}/folder").rmdir(),
    "link": lambda tree, at: linked(tree, "x", f"{at}/new"),
    "date": lambda tree, at: tree.place(f"{at}/file").utime(0.0),
    "list": lambda tree, at: tree.folder(at).names(),
}


@links_needed
@each_way
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
@pytest.mark.parametrize("way", ["link", "a/link", "link/sub", "was/here"])
def test_no_link_on_the_way_is_followed(
    tree: Tree, target: Path, outside: Path, action: Callable[[Tree, str], object], way: str
) -> None:
    tree.folder("a", is_made=True)
    tree.folder("was/here", is_made=True)
    put(tree, "mine")
    (outside / "sub").mkdir()
    (outside / "sub" / "file").write_text("theirs")
    for folder in (outside, outside / "sub"):
        (folder / "folder").mkdir()
    tree.folder("was/here").names()  # it is known, and then exchanged
    (target / "was" / "here").rmdir()
    for one in (target / "link", target / "a" / "link", target / "was" / "here"):
        one.symlink_to(outside)
    before = {path: path.stat().st_mtime_ns for path in outside.rglob("*")}

    with pytest.raises(EscapeError, match="a link is in its path"):
        action(tree, way)

    assert {path: path.stat().st_mtime_ns for path in outside.rglob("*")} == before


@links_needed
@each_way
def test_a_link_at_the_end_of_a_path_is_looked_at_and_replaced(
    tree: Tree, target: Path, outside: Path
) -> None:
    linked(tree, str(outside / "file"), "link")
    put(tree, "new")

    assert tree.place("link").readlink() == str(outside / "file")
    assert tree.exists("link")
    with pytest.raises(NotRegularError, match="it is a symbolic link"):
        tree.place("link").open_regular(os.O_RDONLY)
    moved(tree, "new", "link")
    assert (target / "link").read_bytes() == b"data"
    assert (outside / "file").read_text() == "theirs"


@links_needed
@each_way
def test_the_target_may_be_reached_through_links(target: Path, tmp_path: Path, tree: Tree) -> None:
    (tmp_path / "link").symlink_to(target)
    put(tree, "file")

    with closing(Tree(str(tmp_path / "link"))) as other:
        assert other.folder().names() == ["file"]
        assert other.folder("a/b", is_made=True).path == str(tmp_path / "link" / "a" / "b")


@each_way
@each_kind
def test_only_a_regular_file_is_opened_as_one(tree: Tree, tmp_path: Path, kind: str) -> None:
    other = tmp_path / "other"
    other.write_text("theirs")
    plant(kind, tmp_path / "target" / "odd", other)

    with pytest.raises(NotRegularError):
        tree.place("odd").open_regular(os.O_RDWR, sole=True)


# Folders that go or are exchanged


@each_way
def test_a_folder_that_was_moved_away_gets_nothing_any_more(
    tree: Tree, target: Path, tmp_path: Path
) -> None:
    tree.folder("a/b", is_made=True)
    (target / "a").rename(tmp_path / "moved")

    assert not tree.exists("a/b")
    tree.folder("a/b", is_made=True)
    put(tree, "a/b/x")

    assert (target / "a" / "b" / "x").exists()
    assert list((tmp_path / "moved" / "b").iterdir()) == []


@each_way
def test_a_target_that_went_is_not_made_again(tree: Tree, target: Path, tmp_path: Path) -> None:
    tree.folder("a", is_made=True)
    assert not tree.is_gone()
    target.rename(tmp_path / "unplugged")

    for is_there in (False, True):
        if is_there:
            target.mkdir()
        assert tree.is_gone()
        for action in (
            lambda: tree.folder("a", is_made=True),
            lambda: tree.folder("b/c", is_made=True),
            lambda: made(tree, "x"),
        ):
            with pytest.raises(OSError, match="is no longer there") as caught:
                action()
            assert caught.value.errno == errno.ENODEV
    assert list(target.iterdir()) == []


@each_way
def test_many_threads_may_make_the_same_folders(tree: Tree, target: Path) -> None:
    start = threading.Barrier(4)

    def make(number: int) -> None:
        start.wait()
        for folder in range(200):
            tree.folder(f"{folder // 10}/{folder}", is_made=True)
            put(tree, f"{folder // 10}/{folder}/{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))

    assert {len(list(one.iterdir())) for one in target.glob("*/*")} == {4}


# What it costs


def test_a_look_a_level_tells_whether_a_folder_is_on_another_disk(
    tree: Tree, looks: list[Any]
) -> None:
    tree.folder("a/b/c/d/e", is_made=True)
    looks.clear()

    assert tree.other_disk("a/b/c/d/e") == ""
    assert len(looks) == 6  # the target's, too
    assert tree.other_disk("a/b/new/folder") == ""
    assert len(looks) == 6 + 4


# What is kept open


@counts_descriptors
def test_few_folders_are_kept_open_and_in_the_end_none(tree: Tree, target: Path) -> None:
    before = open_files()
    for number in range(3 * MOST_OPEN):
        tree.folder(f"{number}/deeper", is_made=True)
        put(tree, f"{number}/deeper/x")

    assert open_files() - before == MOST_OPEN
    tree.close()
    assert open_files() == before
    assert len(list(target.glob("*/deeper/x"))) == 3 * MOST_OPEN
    put(tree, "0/deeper/y")  # it can be used again


@links_needed
def test_a_folder_that_is_held_is_itself_whatever_gets_its_place(
    tree: Tree, target: Path, outside: Path
) -> None:
    held = tree.folder("a/b", is_made=True)
    (target / "a").rename(target / "moved")
    (target / "a").symlink_to(outside)
    (outside / "b").mkdir()

    os.close(Place(held, "x").create())
    held.make("folder")
    Place(held, "file").remove()

    assert sorted(one.name for one in (target / "moved" / "b").iterdir()) == ["folder", "x"]
    assert sorted(outside.rglob("*")) == [outside / "b", outside / "file"]


@links_needed
@each_way
def test_a_folder_that_was_moved_out_and_linked_back_to_is_behind_a_link(
    tree: Tree, target: Path, tmp_path: Path
) -> None:
    tree.folder("a/b/c", is_made=True)
    for name in ("a/b/c", "a/b", "a"):
        tree.folder("a/b/c").names()  # it is known
        (target / name).rename(tmp_path / "moved")
        (target / name).symlink_to(tmp_path / "moved")

        with pytest.raises(EscapeError):
            tree.folder("a/b/c", is_made=True)

        (target / name).unlink()
        (tmp_path / "moved").rename(target / name)


@counts_descriptors
def test_a_folder_stays_open_for_whoever_holds_it(tree: Tree, target: Path) -> None:
    held = tree.folder("held", is_made=True)
    for number in range(2 * MOST_OPEN):
        tree.folder(str(number), is_made=True)
    tree.close()

    os.close(Place(held, "x").create())
    assert (target / "held" / "x").exists()
