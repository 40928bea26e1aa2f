"""The page about dependencies, and what it is made from."""

import io
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest
from needed import command, files


def test_every_package_that_ossh_needs_is_explained() -> None:
    text = command.PAGE.read_text(encoding="utf-8")

    explained = [line.split(" ")[1] for line in text.splitlines() if line.startswith("| ")]
    assert [name for name in command.direct() if name not in explained] == []


def test_what_is_needed_includes_what_that_needs_in_turn() -> None:
    found = command.closure(["requests"])

    assert {"requests", "urllib3", "certifi", "idna", "charset-normalizer"} <= found
    assert "pysocks" not in found  # of an extra


def test_a_package_that_is_not_here_is_an_end() -> None:
    assert command.closure(["no-such-package"]) == {"no-such-package"}


def test_a_wheel_for_every_system_is_pure(tmp_path: Path) -> None:
    path = tmp_path / "one-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(zipfile.ZipInfo("one.py", (2026, 1, 2, 3, 4, 6)), "")

    found = files.described(path)

    assert (found.made, found.is_pure, found.size) == (
        date(2026, 1, 2),
        True,
        path.stat().st_size,
    )


def test_a_wheel_without_a_clock_tells_no_day(tmp_path: Path) -> None:
    path = tmp_path / "one-1.0-cp313-cp313-win_amd64.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(zipfile.ZipInfo("one.pyd"), "")

    found = files.described(path)

    assert (found.made, found.is_pure) == (None, False)


@pytest.mark.parametrize(("name", "pure"), [("one.py", True), ("one.c", False)])
def test_sources_are_pure_without_a_language_to_compile(
    tmp_path: Path, name: str, *, pure: bool
) -> None:
    path = tmp_path / "one-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(f"one-1.0/{name}")
        member.mtime = 1_767_312_000
        tar.addfile(member, io.BytesIO())

    found = files.described(path)

    assert (found.made, found.is_pure) == (date(2026, 1, 2), pure)


def test_a_package_without_a_wheel_is_told_where_it_has_none() -> None:
    sources = files.File("one-1.0.tar.gz", 1, None, is_pure=False)
    wheel = files.File("one-1.0-cp313-cp313-win_amd64.whl", 1, None, is_pure=False)
    found = {("Windows x86_64", "3.13"): wheel, ("macOS arm64", "3.13"): sources}

    assert list(command.lacking("one", found)) == [
        "one: needs a compiler on macOS arm64, Python 3.13"
    ]
    assert list(command.lacking("one", {("macOS arm64", "3.14"): None})) == [
        "one: nothing for macOS arm64, Python 3.14"
    ]
    assert list(command.lacking("crcmod", found)) == []
