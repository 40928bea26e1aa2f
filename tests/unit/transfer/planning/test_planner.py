"""Plan: a page of the listing becomes rows, compared with what is on disk."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import fastcrc
import pytest

from ossh.manifest import Manifest
from ossh.model import ObjectInfo, OwnFile, Proof, Source, Status, Thaw
from ossh.paths import NameRules
from ossh.selection import Selection
from ossh.transfer.disk.overwrite_rules import LocalState
from ossh.transfer.messages import Page
from ossh.transfer.planning.planner import Planner
from ossh.transfer.planning.preflight import Preflight
from tests import usual
from tests.usual import DATA, MODIFIED, put

STAMP = MODIFIED.timestamp()
info = partial(usual.info, size=len(DATA))
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest().upper()
RULES = NameRules.native("linux")

Plan = Callable[..., Planner]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


@pytest.fixture
def manifest(manifest: Manifest) -> Manifest:
    manifest.start_listing([("", "")])
    return manifest


@pytest.fixture
def planner(manifest: Manifest, target: Path) -> Plan:
    def make(
        selection: Selection | None = None,
        prefix: str = "",
        *,
        replace_existing: bool = False,
        preflight: Preflight | None = None,
    ) -> Planner:
        source = Source("http://oss", "", "b", prefix)
        return Planner(
            usual.job(Path("job.toml"), source=source, selection=selection or Selection()),
            manifest,
            usual.local_files(target, replace=replace_existing),
            RULES,
            MODIFIED,
            preflight=preflight,
        )

    return make


def page(manifest: Manifest, *objects: ObjectInfo, finished: bool = False) -> Page:
    cursor = objects[-1].key if objects else ""
    return Page(manifest.listing()[0].row, objects, cursor, finished)


def rows(manifest: Manifest) -> dict[str, tuple[str, Status]]:
    return {one.key: (one.path, one.status) for one in manifest.entries()}


# Pages


def test_a_page_becomes_rows_and_the_cursor_moves_with_them(
    planner: Plan, manifest: Manifest
) -> None:
    planner(prefix="logs/").add(page(manifest, info("logs/a"), info("logs/b/c")))

    assert rows(manifest) == {
        "logs/a": ("a", Status.PENDING),
        "logs/b/c": ("b/c", Status.PENDING),
    }
    (listing,) = manifest.listing()
    assert (listing.cursor, listing.finished) == ("logs/b/c", False)


def test_only_what_is_selected_becomes_a_row(planner: Plan, manifest: Manifest) -> None:
    one = planner(Selection(suffix=(".gz",)))
    one.add(page(manifest, info("a.gz"), info("b.txt")))
    one.add(page(manifest, info("z.txt"), finished=True))

    assert list(rows(manifest)) == ["a.gz"]
    (listing,) = manifest.listing()
    assert (listing.cursor, listing.finished) == ("z.txt", True)


def test_a_listing_that_repeats_itself_adds_and_counts_each_key_once(
    planner: Plan, manifest: Manifest
) -> None:
    sheet = Preflight()
    one = planner(preflight=sheet)
    one.add(replace(page(manifest, info("a")), absent=("no",)))

    one.add(replace(page(manifest, info("a"), info("b")), absent=("no", "nor")))

    assert sorted(rows(manifest)) == ["a", "b", "no", "nor"]
    assert (sheet.objects, sheet.size) == ({LocalState.NEW: 2}, {LocalState.NEW: 2 * len(DATA)})
    assert [one.key for one in sheet.first] == ["a", "b"]
    assert sheet.absent == 2


@pytest.mark.fault("F3")
def test_keys_that_would_share_a_path_get_paths_of_their_own(
    planner: Plan, manifest: Manifest
) -> None:
    sheet = Preflight()

    planner(preflight=sheet).add(
        page(manifest, info("../up"), info("a"), info("a/b"), info("d/", size=0))
    )

    paths = {key: path for key, (path, _) in rows(manifest).items()}
    assert paths["a"] == "a"
    assert paths["d/"] == "d/"
    assert not paths["a/b"].startswith("a/")
    assert ".." not in paths["../up"].split("/")
    assert (manifest.mapped(), sheet.collisions) == (2, 1)
    assert sheet.objects == {LocalState.NEW: 4}


# What is on disk


def test_a_file_of_another_date_is_here_when_its_md5_is_the_etag(
    planner: Plan, manifest: Manifest, target: Path
) -> None:
    put(target, "a", age=-500.0)

    planner().add(page(manifest, info("a", etag=MD5.lower())))

    (made,) = manifest.entries()
    assert (made.status, made.proof) == (Status.SKIPPED, Proof.MD5)
    assert made.own == OwnFile(len(DATA), round(STAMP + 500) * 10**9, fastcrc.crc64.xz(DATA))


def test_what_is_frozen_is_planned_as_archived_and_not_asked_for(
    planner: Plan, manifest: Manifest
) -> None:
    cold = replace(info("cold"), storage_class="ColdArchive")
    page = (
        cold,
        replace(cold, key="thaws", thaw=Thaw.ONGOING),
        replace(cold, key="thawed", thaw=Thaw.DONE),
        info("warm"),
    )

    planner().add(Page(1, page, "warm", finished=True))

    codes = {one.key: one.failure.code if one.failure else "" for one in manifest.entries()}
    assert codes == {
        "cold": "InvalidObjectState",
        "thaws": "RestoreAlreadyInProgress",
        "thawed": "",
        "warm": "",
    }
    assert manifest.counts().objects[Status.ARCHIVED] == 2


def test_archived_object_that_is_here_already_needs_no_restore(
    planner: Plan, manifest: Manifest, target: Path
) -> None:
    put(target, "cold")

    planner().add(
        Page(1, (replace(info("cold"), storage_class="ColdArchive"),), "cold", finished=True)
    )

    assert manifest.counts().objects[Status.SKIPPED] == 1
