"""Files that no object of a job has."""

import os
import sys
from pathlib import Path

import pytest

from ossh.manifest import Manifest, NewEntry
from ossh.model import ObjectInfo, Source
from ossh.paths import NameRules, long_path
from ossh.transfer.disk.foreign_files import files_below, find_foreign, own_paths
from tests import usual
from tests.planting import cannot_be_read, links_needed
from tests.usual import MODIFIED

LINUX, MAC = NameRules.native("linux"), NameRules.native("darwin")


def put(target: Path, *names: str) -> None:
    for name in names:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def add(manifest: Manifest, rules: NameRules, **paths: str) -> None:
    """Add rows by key and path below the prefix "p/"."""
    wanted = [(f"p/{key}", path) for key, path in paths.items()]
    taken = manifest.claim(wanted, rules)
    manifest.add(
        [
            NewEntry(ObjectInfo(key, 1, "E", MODIFIED), path)
            for (key, _), path in zip(wanted, taken, strict=True)
        ]
    )


def found(manifest: Manifest, target: Path, rules: NameRules = LINUX) -> list[str]:
    return sorted(path for some in find_foreign(manifest, str(target), rules, ()) for path in some)


def test_a_file_without_a_row_is_foreign(manifest: Manifest, target: Path) -> None:
    add(manifest, LINUX, a="a", b="mapped%2Fb")
    put(target, "a", "mapped%2Fb", "c", "sub/a")

    assert found(manifest, target) == ["c", "sub/a"]


def test_a_row_knows_its_file_as_the_disk_compares_names(manifest: Manifest, target: Path) -> None:
    add(manifest, MAC, Read="Read", cafe="caf\u00e9")
    put(target, "read", "cafe\u0301", "other")

    assert found(manifest, target, MAC) == ["other"]


def test_rules_that_were_too_careful_make_nothing_foreign(manifest: Manifest, target: Path) -> None:
    add(manifest, LINUX, Read="Read")
    put(target, "Read")

    assert found(manifest, target, MAC) == []


def test_what_ossh_keeps_at_the_top_is_no_foreign_file(manifest: Manifest, target: Path) -> None:
    put(target, ".oss-failed.csv", ".ossh/cafe/1", "sub/.oss-failed.csv")

    assert found(manifest, target) == ["sub/.oss-failed.csv"]


@pytest.mark.parametrize("below", ["jobs", ""])
def test_of_a_job_only_its_files_and_a_folder_of_them_alone_are_its_own(
    target: Path, below: str
) -> None:
    source = Source("http://127.0.0.1:9", "", "bucket")
    job = usual.job(target / below / "a.toml", ".", source=source)
    put(target, "b")
    put(target / below, "a.toml", "a.sqlite", "a.sqlite-wal", "a.lock", "c.toml")

    root = long_path(str(target))
    foreign = set(files_below(root, own_paths(job, root)))

    assert foreign == ({"b"} if below else {"b", "c.toml"})


def test_many_files_come_in_batches(manifest: Manifest, target: Path) -> None:
    put(target, *(f"{number}" for number in range(600)))

    batches = [len(some) for some in find_foreign(manifest, str(target), LINUX, ())]

    assert sum(batches) == 600
    assert max(batches) == 250  # of two spellings each: no more can be looked up at once


@links_needed
def test_links_are_not_followed(target: Path) -> None:
    put(target, "sub/a")
    (target / "folder").symlink_to(target / "sub")
    (target / "file").symlink_to(target / "sub" / "a")
    (target / "nowhere").symlink_to(target / "none")
    (target / "circle").symlink_to("circle")

    assert sorted(files_below(str(target), ())) == ["circle", "file", "nowhere", "sub/a"]


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_a_name_that_is_no_text_is_foreign(manifest: Manifest, target: Path) -> None:
    (target / os.fsdecode(b"\xff")).write_bytes(b"x")

    assert found(manifest, target) == [os.fsdecode(b"\xff")]


def test_a_folder_that_cannot_be_read_stands_for_what_is_in_it(
    manifest: Manifest, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(target, "a", "bad/b", "good/c")
    cannot_be_read(target / "bad", monkeypatch)

    assert sorted(found(manifest, target)) == ["a", "bad/", "good/c"]
