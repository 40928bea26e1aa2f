"""Members become files: none takes the place of another, whatever the disk makes of names."""

import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh import patient
from ossh.errors import LocalError, UsageError
from ossh.model import ObjectInfo
from ossh.paths import NameRules
from ossh.transfer import unpacking
from ossh.transfer.unpacking import _ROW, Unpacked, Unpacking
from ossh.zipped import MEMBER
from tests.holding import Hold

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
POSIX = NameRules.native("linux")


def member(name: str, content: bytes) -> ObjectInfo:
    etag = f"{zlib.crc32(content):08X}"
    return ObjectInfo(f"a.zip/{name}", len(content), etag, MOMENT, MEMBER)


def unpacked(target: Path, contents: dict[str, bytes | str], rules: NameRules) -> Unpacked:
    """Unpack members, of which those with a text fail with it."""

    def blocks(key: str) -> Iterator[bytes]:
        content = contents[key.removeprefix("a.zip/")]
        if isinstance(content, str):
            raise UsageError(content)
        return iter([content])

    members = [
        member(name, content if isinstance(content, bytes) else b"")
        for name, content in contents.items()
    ]
    one = Unpacking(members, blocks, "a.zip/", target, target / "jobs", rules=rules)
    *_others, last = one.steps()
    return last


@pytest.mark.parametrize(
    ("names", "rules"),
    [
        (("Read.me", "read.me", "READ.ME"), replace(POSIX, fold_case=True)),
        (("\u00e9", "e\u0301"), replace(POSIX, fold_form=True)),
        (("a?", "a%3F", "con", "CON"), NameRules.portable()),
        (("a", "A/b", "a/b"), replace(POSIX, fold_case=True)),
    ],
)
@pytest.mark.fault("F4")
def test_names_that_are_one_on_this_disk_get_a_mark(
    tmp_path: Path, names: tuple[str, ...], rules: NameRules
) -> None:
    found = unpacked(tmp_path, {name: name.encode() for name in names}, rules)

    assert (found.written, found.missing) == (len(names), [])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.read_bytes() for path in files) == sorted(map(str.encode, names))
    folded = {str(path.relative_to(tmp_path)).casefold() for path in files}
    assert len(folded) == len(names)


def test_what_fails_is_no_file_though_one_is_here_that_could_be_it(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"")

    found = unpacked(tmp_path, {"a": b"1", "b": "two of them", "folder/": "a lie"}, POSIX)

    assert (found.written, found.kept) == (1, 0)
    assert found.missing == [("a.zip/b", "two of them"), ("a.zip/folder/", "a lie")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.fault("F60")
def test_a_folder_with_the_name_of_a_job_file_gets_another_beside_jobs(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[source]\n")

    found = unpacked(tmp_path, {"b.toml/": b"", "c.lock/": b"", "d": b""}, POSIX)

    assert (found.written, found.missing) == (1, [])
    names = sorted(path.name.partition("%")[0] for path in tmp_path.iterdir() if path.is_dir())
    assert names == ["b.toml", "c.lock"]
    assert not any((tmp_path / name).exists() for name in names)


@pytest.mark.fault("F37")
def test_a_member_gets_its_name_when_another_program_lets_go(
    hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 60.0)
    monkeypatch.setattr(patient, "OWN_SECONDS", 0.0)
    letting_go = threading.Timer(0.3, hold.release)

    def blocks(_key: str) -> Iterator[bytes]:
        hold(*tmp_path.rglob(str(_ROW)))
        letting_go.start()
        yield b"1"

    jobs = tmp_path / "jobs"
    one = Unpacking([member("a", b"1")], blocks, "a.zip/", tmp_path, jobs, rules=POSIX)
    (found,) = one.steps()

    letting_go.join()
    assert (found.written, found.missing) == (1, [])
    assert (tmp_path / "a").read_bytes() == b"1"


def test_members_that_need_more_than_is_free_do_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "free_space", lambda _target: 5)

    with pytest.raises(LocalError, match="has 5 B free, but the members need 6 B"):
        unpacked(tmp_path / "out", {"a": b"four", "b": b"22"}, POSIX)

    assert not (tmp_path / "out").exists()
