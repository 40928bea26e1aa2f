"""Which names objects may have below a folder."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ossh.fsspec.targets import NATIVE, check_links, check_names, check_targets
from ossh.paths import NameRules

WINDOWS = NameRules.native("win32")


def named(folder: Path, name: str) -> list[tuple[str, str]]:
    return [(f"bucket/{name}", f"{folder}/{name}")]


@pytest.mark.fault("F1")
@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "../../evil", "/../evil"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="cannot be a file of that name") as caught:
        check_names(named(tmp_path / "to", name), str(tmp_path / "to"))
    assert "ossh.download" in caught.value.hint  # type: ignore[attr-defined] # it is of ossh, too


@pytest.mark.parametrize("name", ["a", "a/b/c", "..a/..b", "a/../b", ""])
def test_other_names_are_as_they_are(tmp_path: Path, name: str) -> None:
    check_names(named(tmp_path / "to", name), str(tmp_path / "to"))
    check_names(named(tmp_path / "to", name), f"{tmp_path}/to/")


@pytest.mark.fault("F2")
@pytest.mark.parametrize("name", ["a:b", "con", "x/nul.txt", "end.", "a?"])
def test_names_that_mean_something_else_on_windows_are_refused_there(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(OSError, match="cannot be a file of that name"):
        check_names(named(tmp_path, name), str(tmp_path), WINDOWS)


def test_a_file_that_a_caller_names_has_that_name_on_windows_too(tmp_path: Path) -> None:
    check_names(named(tmp_path, "a"), str(tmp_path / "a"), WINDOWS)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize("name", ["link", "link/a", "link/../a", "folder/link"])
def test_no_path_below_the_folder_leads_through_a_link(tmp_path: Path, name: str) -> None:
    elsewhere, to = tmp_path / "elsewhere", tmp_path / "above" / "to"
    (elsewhere / "to" / "folder").mkdir(parents=True)
    (tmp_path / "above").symlink_to(elsewhere)  # which the caller wished
    (to / "link").symlink_to(tmp_path)
    (to / "folder" / "link").symlink_to("missing")

    with pytest.raises(OSError, match=r"would go through '.*link', which is a link"):
        check_links(named(to, name), str(to))
    check_links(named(to, "folder/a/b"), f"{to}/")


@pytest.mark.fault("F4")
@pytest.mark.parametrize("names", [("a", "A"), ("a", "A/b"), ("A/b", "a"), ("\u00e9", "e\u0301")])
def test_names_that_the_disk_of_the_target_takes_for_one_are_a_clash(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    pairs = [pair for name in names for pair in named(tmp_path, name)]
    asked: list[Path] = []

    def rules_of(folder: Path, *, folds: bool) -> NameRules:
        asked.append(folder)
        return replace(NATIVE, windows=False, fold_case=folds, fold_form=folds)

    check_targets(pairs, lambda _path: False, partial(rules_of, folds=False))
    with pytest.raises(OSError, match="cannot both be fetched"):
        check_targets(pairs, lambda _path: False, partial(rules_of, folds=True))
    assert asked == [tmp_path, tmp_path]


def test_folders_that_the_disk_takes_for_one_are_no_clash(tmp_path: Path) -> None:
    pairs = [pair for name in ("a", "a/x", "A", "A/y") for pair in named(tmp_path, name)]
    folds = replace(NATIVE, fold_case=True)

    check_targets(pairs, lambda path: path in {"bucket/a", "bucket/A"}, lambda _folder: folds)
