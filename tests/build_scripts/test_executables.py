"""What surrounds the build of executables: names, lists, archives, licences, what runs first."""

import hashlib
import os
import sys
import tarfile
import zipfile
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import pytest
from executables import command, notices, start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "lib").mkdir(parents=True)
    (made / "ossh").write_bytes(b"program")
    (made / "ossh").chmod(0o755)
    (made / "lib" / "data").write_bytes(b"data")
    return made


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("linux", "x86_64", "ossh-1.0.0b1-linux-x86_64"),
        ("linux", "aarch64", "ossh-1.0.0b1-linux-aarch64"),
        ("darwin", "arm64", "ossh-1.0.0b1-macos-arm64"),
        ("win32", "AMD64", "ossh-1.0.0b1-windows-x86_64"),
    ],
)
def test_a_build_is_named_by_version_system_and_processor(
    system: str, machine: str, name: str
) -> None:
    assert command.build_name("1.0.0b1", system, machine) == name
    assert command.suffix(system) == (".exe" if system == "win32" else "")


def test_files_are_summed_in_order_and_as_sha256sum_reads_it(folder: Path) -> None:
    data, program = (hashlib.sha256(text).hexdigest() for text in (b"data", b"program"))
    files = [folder / "ossh", folder / "lib" / "data"]

    assert command.sums(files) == f"{data}  data\n{program}  ossh\n"


@pytest.mark.parametrize("ending", [".tar.gz", ".zip"])
def test_the_same_files_make_the_same_archive_whenever_they_were_written(
    folder: Path, tmp_path: Path, ending: str
) -> None:
    first, second = tmp_path / f"first{ending}", tmp_path / f"second{ending}"

    command.pack(folder, first, "inside")
    os.utime(folder / "ossh", (1, 1))
    command.pack(folder, second, "inside")

    assert first.read_bytes() == second.read_bytes()


def test_a_packed_program_can_be_run_once_it_is_unpacked(folder: Path, tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such modes")
    archive = tmp_path / "made.tar.gz"
    command.pack(folder, archive, "inside")

    with tarfile.open(archive) as tar:
        found = {member.name: member for member in tar.getmembers()}

    assert {name: member.mode for name, member in found.items()} == {
        "inside/lib/data": 0o644,
        "inside/ossh": 0o755,
    }
    assert {member.mtime for member in found.values()} == {command.TIME}


def test_a_zip_holds_the_folder(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "made.zip"
    command.pack(folder, archive, "inside")

    with zipfile.ZipFile(archive) as packed:
        assert packed.read("inside/lib/data") == b"data"
        assert packed.namelist() == ["inside/lib/data", "inside/ossh"]


@pytest.mark.parametrize(
    ("binaries", "version"),
    [
        ([b"\0GLIBC_2.2.5\0GLIBC_2.38\0GLIBC_2.9\0"], (2, 38)),
        ([b"\0GLIBC_2.2.5\0", b"\0GLIBC_PRIVATE\0printf\0"], (2, 2)),
        ([b"\0GLIBC_2.17\0", b"\0GLIBC_2.28\0"], (2, 28)),
        ([], (0, 0)),
    ],
)
def test_the_newest_c_library_that_any_binary_asks_for_is_told(
    tmp_path: Path, binaries: list[bytes], version: tuple[int, int]
) -> None:
    for number, binary in enumerate(binaries):
        (tmp_path / str(number)).write_bytes(binary)

    assert command.glibc_floor(tmp_path.iterdir()) == version


@pytest.mark.parametrize(
    ("name", "project"),
    [
        ("libcurl-330bcbb6.so.4.8.0", "curl"),
        ("libkrb5support-4c5795d1.so.0.1", "MIT Kerberos"),
        ("libz.so.1", "zlib"),
        ("libzstd.so.1", "Zstandard"),
        ("VCRUNTIME140.dll", "Microsoft C runtime"),
    ],
)
def test_a_native_library_is_known_by_its_name(name: str, project: str) -> None:
    assert notices.origin(name).startswith(f"{project}, ")


def test_a_native_library_that_nobody_knows_is_named_all_the_same() -> None:
    text = notices.render([], {"libstranger.so.1": Path("/nowhere/libstranger.so.1")})

    assert "libstranger.so.1: origin and license unknown" in text


def test_extension_modules_belong_to_their_package_not_to_the_libraries() -> None:
    names = ["_ssl.cpython-311-x86_64-linux-gnu.so", "_rust.abi3.so", "_x.pyd", "libssl.so.3"]

    assert list(notices.libraries(map(Path, names))) == ["libssl.so.3"]


def test_notices_say_who_made_what_is_inside_and_on_which_terms() -> None:
    import certifi

    inside = notices.packages([Path(certifi.where())])
    text = notices.render(inside, {})

    assert [one.name for one in inside] == ["certifi", "pyinstaller"]
    assert f"certifi {distribution('certifi').version}: MPL-2.0" in text
    assert "Mozilla Public License" in text
    assert "exception" in text  # by which PyInstaller's program may be in any other
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in text


def test_a_text_that_several_share_stands_once() -> None:
    one, two = (notices.render([distribution("certifi")] * number, {}) for number in (1, 2))

    assert one.count("Mozilla Public License") == two.count("Mozilla Public License")


def test_what_is_left_out_is_what_the_sdk_asks_for() -> None:
    for name, classes in start.UNUSED.items():
        module = import_module(name)
        assert [one for one in classes if not hasattr(module, one)] == []


def test_a_build_knows_whether_it_was_unpacked_for_this_run(tmp_path: Path) -> None:
    program = str(tmp_path / "ossh")

    assert not start.is_one_file(program, str(tmp_path / "lib"))
    assert start.is_one_file(program, str(tmp_path / "_MEIabcdef"))
