"""Names: every key gets a file of its own inside the target, whatever it is called."""

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ossh import demo
from ossh.demo import DemoServer
from ossh.demo.content import story
from ossh.model import Cause, Target
from ossh.transfer.planning.preflight import Preflight
from tests.integration.rig import Place, gets

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


@pytest.fixture(scope="module")
def story_server() -> Iterator[DemoServer]:
    """Serve the demo bucket as it is; tests leave it so."""
    with demo.start() as server:
        yield server


@pytest.mark.fault("F1")
@pytest.mark.fault("F6")
@pytest.mark.fault("F17")
def test_demo_bucket_arrives_but_for_what_is_archived(
    story_server: DemoServer, tmp_path: Path
) -> None:
    place = Place(story_server, tmp_path)
    known = {stored.key: stored for stored in story.objects()}

    summary = place.get()

    asleep = [key for key, one in known.items() if "Archive" in one.storage_class]
    assert (summary.status, summary.fetched) == (1, len(known) - len(asleep))
    for key, stored in known.items():
        path = place.target / place.entry(key).path
        if key in asleep:
            assert not path.exists()
        elif key.endswith("/") and not stored.size:
            assert path.is_dir()
        else:
            content = (known[stored.target] if stored.target else stored).content
            assert path.read_bytes() == content.read(0, content.size)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(["a/./b", "a//b", "a/b", "a/b/../b"], marks=pytest.mark.fault("F3")),
        pytest.param(["CASE.TXT", "Case.txt", "case.txt"], marks=pytest.mark.fault("F4")),
        pytest.param(["cafe\u0301", "caf\u00e9", "CAF\u00c9"], marks=pytest.mark.fault("F4")),
        pytest.param(["A/x", "a", "a/X", "a/x"], marks=pytest.mark.fault("F4")),
        pytest.param(["x", "x/y", "x/y/z"], marks=pytest.mark.fault("F5")),
        pytest.param(["dir/", "dir/file", "dir%2F"], marks=pytest.mark.fault("F6")),
        pytest.param(["%2Flead", "/lead", "lead"], marks=pytest.mark.fault("F6")),
    ],
    ids=" ".join,
)
def test_keys_of_one_path_get_names_of_their_own_before_anything_is_fetched(
    place: Place, tmp_path: Path, keys: Sequence[str]
) -> None:
    for key in keys:
        place.server.put(key, key.encode())
    other = Place(place.server, tmp_path / "other")
    other.folder.mkdir()
    job, again = (one.job(target=Target("../target", names="portable")) for one in (place, other))
    sheet = Preflight()

    place.get(job, preflight=sheet)
    planned = {key: place.entry(key).path for key in keys}
    before = gets(place.server)
    summary = place.get(job)
    other.get(again)

    assert before == []
    as_one = {unicodedata.normalize("NFC", path).casefold() for path in planned.values()}
    assert len(as_one) == len(keys)
    assert summary.mapped == sheet.mapped == sum(planned[key] != key for key in keys) > 0
    # A disk that ignores case shows a folder as it was made first.
    spelled = str.lower if sys.platform == "win32" else str
    assert {spelled(path): body.decode() for path, body in place.files().items()} == {
        spelled(path): key for key, path in planned.items()
    }
    assert {key: other.entry(key).path for key in keys} == planned  # the same in every folder


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
