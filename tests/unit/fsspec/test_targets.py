"""Which names objects may have below a folder."""

from pathlib import Path

import pytest

from ossh.fsspec.targets import check_names
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


@pytest.mark.parametrize("name", ["a", "a/b/c", "..a/b..", "a/../b", ""])
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
