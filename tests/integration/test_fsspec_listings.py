"""What lists, looks up and finds agrees, whatever was asked before and whatever keys there are."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ossh.demo import DemoServer
from ossh.fsspec.file_system import OsshFileSystem

_buckets = count(1)
_names = st.lists(st.sampled_from(["a", "b", "a.zip", ""]), min_size=1, max_size=4)
_keys = st.sets(_names.map("/".join).filter(bool), max_size=7)


class Model:
    """What the paths of a bucket are, made from its keys alone."""

    def __init__(self, bucket: str, keys: set[str]) -> None:
        self.files = {f"{bucket}/{key}" for key in keys if not key.endswith("/")}
        self.folders = {bucket}
        for path in [*self.files, *(f"{bucket}/{key}" for key in keys)]:
            while "/" in path:
                if path not in self.files or path.endswith("/"):
                    self.folders.add(path.rstrip("/"))
                path = path.rpartition("/")[0].rstrip("/")  # noqa: PLW2901 - upwards
                self.folders.add(path)
        self.folders.discard("")

    def type_of(self, path: str) -> str:
        if path in self.files:
            return "file"
        return "directory" if path in self.folders else ""

    def level(self, path: str) -> set[tuple[str, str]]:
        """Return what `ls` of a path shows: what is in the folder, else the file."""
        inside = {
            (one, kind)
            for kind, paths in (("file", self.files), ("directory", self.folders))
            for one in paths
            if one != path and one.startswith(f"{path}/") and _is_in(one, path)
        }
        return inside or ({(path, "file")} if path in self.files else set())

    def below(self, path: str) -> set[str]:
        inside = {one for one in self.files if one.startswith(f"{path}/")}
        is_empty = not inside and not any(one.startswith(f"{path}/") for one in self.folders)
        return {path} & self.files if is_empty else inside

    def folders_below(self, path: str) -> set[str]:
        return {one for one in self.folders if one == path or one.startswith(f"{path}/")}


def _is_in(path: str, folder: str) -> bool:
    return path.rpartition("/")[0].rstrip("/") == folder


def check_ls(fs: OsshFileSystem, model: Model, path: str) -> None:
    if not model.type_of(path):
        with pytest.raises(FileNotFoundError):
            fs.ls(path)
        return
    found = fs.ls(path)
    assert {(one["name"], one["type"]) for one in found} == model.level(path)
    assert len(found) == len(model.level(path))
    assert fs.ls(path, detail=False) == sorted({name for name, _kind in model.level(path)})


def check_info(fs: OsshFileSystem, model: Model, path: str) -> None:
    kind = model.type_of(path)
    assert fs.exists(path) == bool(kind)
    assert fs.isfile(path) == (kind == "file")
    assert fs.isdir(path) == (kind == "directory")
    if kind:
        info = fs.info(path)
        assert (info["name"], info["type"]) == (path, kind)
        assert info["size"] == (len(path.partition("/")[2]) if kind == "file" else 0)


def check_find(fs: OsshFileSystem, model: Model, path: str) -> None:
    assert set(fs.find(path)) == model.below(path)
    is_file_alone = model.below(path) == {path}
    folders = set() if is_file_alone else model.folders_below(path)
    assert set(fs.find(path, withdirs=True)) == model.below(path) | folders
    found = fs.find(path, withdirs=True, detail=True)
    assert {name for name, one in found.items() if one["type"] == "file"} == model.below(path)


def check_one_level(fs: OsshFileSystem, model: Model, path: str) -> None:
    files = {name for name, kind in model.level(path) if kind == "file"}
    assert set(fs.find(path, maxdepth=1)) == files


def check_walk(fs: OsshFileSystem, model: Model, path: str) -> None:
    walked = list(fs.walk(path))
    files = {f"{at}/{name}" if name else at for at, _dirs, names in walked for name in names}
    folders = {f"{at}/{name}" for at, names, _files in walked for name in names}
    assert files == model.below(path)
    assert folders == model.folders_below(path) - {path}
    assert [one[0] for one in fs.walk(path, topdown=False)][-1:] == [path] * bool(walked)


def check_du(fs: OsshFileSystem, model: Model, path: str) -> None:
    assert fs.du(path) == sum(len(one.partition("/")[2]) for one in model.below(path))


def check_glob(fs: OsshFileSystem, model: Model, path: str) -> None:
    inside = {name for name, _kind in model.level(path) if name != path}
    visible = {name for name in inside if "/" not in name[len(path) + 1 :]}
    assert set(fs.glob(f"{path}/*")) == visible
    everything = model.below(path) | model.folders_below(path)
    assert set(fs.glob(f"{path}/**")) - {path} == everything - {path}


def check_open(fs: OsshFileSystem, model: Model, path: str) -> None:
    if model.type_of(path) != "file":
        missing = OSError if "//" in path else FileNotFoundError  # OSS refuses such names
        with pytest.raises(IsADirectoryError if model.type_of(path) else missing):
            fs.open(path)
        return
    with fs.open(path) as file:
        assert file.read() == path.partition("/")[2].encode()


def check_prefix(fs: OsshFileSystem, model: Model, path: str) -> None:
    for prefix in ("a", "a/", "a.", "none"):
        start = f"{path}/{prefix}"
        files = {one for one in model.files if one.startswith(start)}
        folders = {one for one in model.folders if one.startswith(start)}
        assert set(fs.find(path, prefix=prefix)) == files
        assert set(fs.find(path, prefix=prefix, withdirs=True)) == files | folders
        near = {name for name, kind in model.level(path) if kind == "file"}
        assert set(fs.find(path, 1, prefix=prefix)) == files & near


def forget(fs: OsshFileSystem, _model: Model, _path: str) -> None:
    fs.invalidate_cache()


_CHECKS: list[Callable[[OsshFileSystem, Model, str], None]] = [
    check_ls,
    check_info,
    check_find,
    check_one_level,
    check_walk,
    check_du,
    check_prefix,
    check_glob,
    check_open,
    forget,
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=_keys, data=st.data())
@pytest.mark.parametrize("remembers", ["all", "nothing"])
def test_all_questions_have_one_answer_in_any_order(
    server: DemoServer,
    options: dict[str, Any],
    remembers: str,
    keys: set[str],
    data: st.DataObject,
) -> None:
    bucket = f"listed-{next(_buckets)}"
    server.add_bucket(bucket)
    for key in keys:
        server.put(key, key.encode(), bucket=bucket)
    options |= {"use_listings_cache": remembers == "all", "skip_instance_cache": True}
    fs, model = OsshFileSystem(**options), Model(bucket, keys)
    paths = sorted(model.files | model.folders | {f"{bucket}/none", f"{bucket}/a", f"{bucket}/a/b"})
    question = st.tuples(st.sampled_from(_CHECKS), st.sampled_from(paths))
    for check, path in data.draw(st.lists(question, min_size=1, max_size=8)):
        check(fs, model, path)


def test_what_is_looked_at_again_and_again_takes_no_more_and_more_memory(
    server: DemoServer, options: dict[str, Any]
) -> None:
    fs = OsshFileSystem(max_paths=5, skip_instance_cache=True, **options)
    server.fill("many/{:03d}", 20, 10)
    for number in range(20):
        path = f"{server.bucket}/many/{number:03d}"
        assert fs.exists(path)
        fs.open(path).close()
        assert fs.info(f"{server.bucket}/many")["type"] == "directory"

    assert len(fs.dircache) == 5


def info(fs: OsshFileSystem, path: str, **options: Any) -> Any:
    return fs.info(path, **options)


def first_of_ls(fs: OsshFileSystem, path: str, **options: Any) -> Any:
    return fs.ls(path, **options)[0]


@pytest.mark.parametrize("ask", [info, first_of_ls])
def test_what_was_looked_at_again_stays_as_it_was_then(
    fs: OsshFileSystem, server: DemoServer, ask: Callable[..., Any]
) -> None:
    folder = f"{server.bucket}/data"
    server.put("data/a", b"old")
    fs.ls(folder)
    server.put("data/a", b"newer")

    assert ask(fs, f"{folder}/a")["size"] == 3
    assert ask(fs, f"{folder}/a", refresh=True)["size"] == 5
    assert ask(fs, f"{folder}/a")["size"] == 5
    server.delete("data/a")
    assert fs.exists(f"{folder}/a")
    with pytest.raises(FileNotFoundError):
        ask(fs, f"{folder}/a", refresh=True)
    assert not fs.exists(f"{folder}/a")


@pytest.mark.parametrize("ask", [info, first_of_ls])
def test_a_folder_that_was_looked_for_in_vain_is_not_there_any_more(
    fs: OsshFileSystem, server: DemoServer, ask: Callable[..., Any]
) -> None:
    folder = f"{server.bucket}/data"
    server.put("data/in/a", b"a")
    fs.ls(folder)
    fs.ls(f"{folder}/in")
    server.delete("data/in/a")

    with pytest.raises(FileNotFoundError):
        ask(fs, f"{folder}/in", refresh=True)
    assert not fs.exists(f"{folder}/in")
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{folder}/in")


def test_what_a_sweep_did_not_find_is_not_there_any_more(
    fs: OsshFileSystem, server: DemoServer
) -> None:
    folder = f"{server.bucket}/data"
    for key in ("data/in/a", "data/b", "database/c"):
        server.put(key, b"x")
    fs.find(server.bucket)
    server.delete("data/in/a")
    server.delete("database/c")

    assert fs.find(folder) == [f"{folder}/b"]
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{folder}/in")
    assert fs.ls(f"{folder}base", detail=False) == [f"{folder}base/c"]  # not swept, so remembered
    server.delete("data/b")
    assert fs.find(f"{folder}/b", refresh=True) == fs.find(f"{folder}/b") == []


def test_a_walk_that_looks_again_is_remembered(fs: OsshFileSystem, server: DemoServer) -> None:
    for key in ("data/a", "data/in/b", "data/in/deep/c"):
        server.put(key, b"x")
    walked = list(fs.walk(server.bucket, refresh=True))
    server.clear_requests()

    assert list(fs.walk(server.bucket)) == walked
    assert server.requests() == []


def test_a_prefix_asks_for_no_more_than_what_starts_so(
    fs: OsshFileSystem, server: DemoServer
) -> None:
    folder = f"{server.bucket}/data"
    for key in ("data/2025-1", "data/2026-1", "data/2026-2/a", "database/2026"):
        server.put(key, b"x")
    server.clear_requests()

    assert fs.find(folder, prefix="2026-") == [f"{folder}/2026-1", f"{folder}/2026-2/a"]
    [request] = server.requests()
    assert request["query"]["prefix"] == "data/2026-"
    assert fs.ls(folder, detail=False)[0] == f"{folder}/2025-1"
    assert fs.find("", prefix=f"{folder}/2026-1") == [f"{folder}/2026-1"]
