"""Names: every key gets a file of its own inside the target, whatever it is called."""

import sys
from pathlib import Path

import pytest

from ossh.model import Cause, Target
from tests.integration.rig import Place

HOSTILE = (
    "../../x",
    "a/../../x",
    "..",
    ".",
    "a/./b",
    "a/b",
    "a//b",
    "/etc/x",
    "//x",
    "C:\\x",
    "C:/x",
    "a\\..\\b",
    "\\\\srv\\x",
    "x",
    "x/y",
    "x/y/z",
    "dir/",
    "dir/file",
    ".ossh/1",
    ".oss-failed.csv",
    ".OSSH/2",
    "con/nul.txt",
    "COM\u00b9",
    "tab\there",
    "new\nline",
    "nul\x00here",
    '<>:"?*|',
    "AUX",
    "lpt1.log",
    "end.",
    "end ",
    "%2e%2e/x",
    f"{'l' * 255}",
    f"{'l' * 256}",
    f"{'l' * 300}.tar.gz",
    f"{'m' * 300}.tar.gz",
    "/".join(["deep" * 20] * 12),
    "\u202etxt.exe",
    "\x1b[31mred",
    "\U0001f680",
)


@pytest.mark.fault("F1")
@pytest.mark.fault("F2")
@pytest.mark.fault("F3")
@pytest.mark.fault("F5")
@pytest.mark.fault("F6")
@pytest.mark.fault("F7")
@pytest.mark.fault("F8")
@pytest.mark.parametrize("names", ["native", "portable"])
def test_hostile_keys_all_arrive_inside_the_target(place: Place, names: str) -> None:
    for number, key in enumerate(HOSTILE):
        place.server.put(key, f"object {number}".encode())
    job = place.job(target=Target("../target", names=names))

    summary = place.get(job)

    assert summary.status == 0
    outside = {path for path in place.folder.iterdir() if path.name not in {"jobs", "target"}}
    assert outside == set()
    entries = {key: place.entry(key) for key in HOSTILE}
    assert len({entry.path for entry in entries.values()}) == len(HOSTILE)
    for number, key in enumerate(HOSTILE):
        path = place.target / entries[key].path
        assert path.resolve().is_relative_to(place.target)
        assert path.read_bytes() == f"object {number}".encode()
    odd = [key for key, entry in entries.items() if entry.path != key]
    assert summary.mapped == len(odd) > 15


@pytest.mark.fault("F7")
@pytest.mark.fault("F35")
def test_path_that_no_system_takes_fails_its_object_alone(place: Place, tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 3300:
        deep /= "d" * 200
    key = "/".join(["k" * 250] * 4)  # 1003 bytes; OSS takes up to 1023
    place.server.put(key, b"far")
    place.server.put("near", b"near")

    summary = place.get(place.job(target=Target(str(deep))))

    assert summary.status == (0 if sys.platform == "win32" else 1)
    assert (deep / "near").read_bytes() == b"near"
    if sys.platform != "win32":
        failure = place.failure(key)
        assert (failure.cause, failure.code) == (Cause.CANNOT_WRITE, "ENAMETOOLONG")
        [(_cause, _number, advice)] = summary.by_cause
        assert "choose a shorter --to, or leave out folders" in advice
