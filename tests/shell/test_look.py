"""Looking at one object: stat, head, cat, url."""

import gzip
import json
import urllib.request

import pytest

from tests.shell.conftest import Driver, on_screen
from tests.shell.programs import COUNT_BYTES, python


def test_each_of_several_names_has_a_heading_on_a_terminal(say: Driver) -> None:
    shown = on_screen(say, "ls photos web")

    assert shown[0] == "photos:"
    assert shown[shown.index("web:") - 1] == ""
    assert ":" not in "".join(on_screen(say, "ls photos"))
    assert ":" not in say("ls photos web").out


def test_stat_shows_what_the_service_says(say: Driver) -> None:
    facts = dict(line.split("\t", 1) for line in say("stat readme.txt").lines)

    assert facts["key"] == "readme.txt"
    assert (facts["type"], facts["class"]) == ("Normal", "Standard")
    assert facts["crc64"].isdigit()
    record = json.loads(say("stat readme.txt --json").out)
    assert record["key"] == "readme.txt"
    assert record["headers"]["content-type"]


def test_head_shows_ten_lines_or_as_many_as_told(say: Driver) -> None:
    assert len(say("head readme.txt").lines) == 9
    assert len(say("head logs/2026/01/access-2026-01-01.log.gz").lines) == 10
    assert say("head readme.txt -n 1").lines == say("cat readme.txt").lines[:1]
    assert say("head readme.txt -c 7").out == "Welcome"


def test_head_unpacks_gzip_unless_told_otherwise(say: Driver) -> None:
    key = "dataset/weather/station-01.csv.gz"

    assert say(f"head {key} -n 1").lines == ["time,temperature,wind"]
    assert not say(f"head {key} -c 10 --binary").out.startswith("time")


def test_head_fetches_a_first_range_and_more_only_for_lines_that_are_not_complete(
    fresh: Driver,
) -> None:
    fresh.server.put("small-lines", b"line\n" * 100_000)
    fresh.server.put("one-line", b"x" * 100_000 + b"\n" + b"y" * 900_000)
    fresh.server.clear_requests()

    assert len(fresh("head small-lines").lines) == 10
    assert len(fresh("head one-line -n 1").out) == 100_001
    assert len(fresh("head one-line -c 10").out) == 10

    assert [request["range"] for request in fresh.server.requests("small-lines")] == [
        "bytes=0-65535"
    ]
    assert [request["range"] for request in fresh.server.requests("one-line")] == [
        "bytes=0-65535",
        "bytes=65536-196607",
        "bytes=0-9",
    ]


@pytest.fixture
def bomb(fresh: Driver) -> Driver:
    """Give a shell in a bucket with 64 MiB of one line, in 64 KiB of gzip."""
    fresh.server.put("bomb.gz", gzip.compress(b"x" * (64 << 20)))
    return fresh


@pytest.mark.parametrize("line", ["head bomb.gz", "head bomb.gz -n 1", "head bomb.gz -n 100"])
def test_head_of_a_small_gzip_stops_at_what_a_person_reads(bomb: Driver, line: str) -> None:
    said = bomb(line)

    assert said.status == 0
    assert 1 << 20 <= len(said.out) < 2 << 20
    assert "warning: the lines are long, so only the first 1." in said.err
    assert "-c SIZE" in said.err


def test_head_shortens_long_lines_on_a_terminal(bomb: Driver) -> None:
    bomb.server.put("wide.txt", b"a" * 1000 + b"\n" + b"b" * 1001 + b"\nshort\n")

    assert on_screen(bomb, "head bomb.gz -n 1") == ["x" * 1000 + "…"]
    assert on_screen(bomb, "head wide.txt") == ["a" * 1000, "b" * 1000 + "…", "short"]
    assert on_screen(bomb, "head wide.txt -c 1500")[1] == "b" * 499


def test_head_takes_as_many_lines_as_it_is_told(fresh: Driver) -> None:
    fresh.server.put("rows.csv", b"x" * 99 + b"\n" + (b"y" * 99 + b"\n") * 20_000)

    said = fresh("head rows.csv -n 20000")

    assert (len(said.out), said.err) == (2_000_000, "")


def test_cat_writes_objects_as_they_are_stored(fresh: Driver) -> None:
    fresh.server.put("a", bytes(range(256)) * 2000)
    fresh.server.put("b", "日志\n".encode())
    three_bytes = python("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read(3))")

    assert fresh("cat a b > both").status == 0

    assert (fresh.folder / "both").read_bytes() == bytes(range(256)) * 2000 + "日志\n".encode()
    assert fresh(f"cat b | {COUNT_BYTES}").out.strip() == "7"
    assert fresh(f"cat a | {three_bytes} | {COUNT_BYTES}").out.strip() == "3"


def test_who_looks_at_gzip_is_told_what_unpacks_it(
    say: Driver, capfd: pytest.CaptureFixture[str]
) -> None:
    assert on_screen(say, "cat dataset/weather/station-01.csv.gz") == []
    assert "it is gzip, which 'head' unpacks" in capfd.readouterr().err


def test_a_terminal_gets_no_binary_unless_asked(
    say: Driver, capfd: pytest.CaptureFixture[str]
) -> None:
    assert on_screen(say, "cat photos/old/scan-1998.jpg") == []
    said = capfd.readouterr().err
    assert "error: 'photos/old/scan-1998.jpg' is not text" in said
    assert "gzip" not in said
    assert "--binary" in said
    assert say.shell.status == 2
    lines = on_screen(say, "head dataset/weather/station-01.csv.gz -n 1 --plain")
    assert lines == ["time,temperature,wind"]


def test_a_bucket_is_no_object(say: Driver) -> None:
    assert "is a bucket, not an object" in say("cat .").err


def test_a_url_fetches_the_object_without_credentials_and_warns_of_it(say: Driver) -> None:
    said = say("url readme.txt --expires 5min")

    with urllib.request.urlopen(said.out.strip(), timeout=60) as answer:  # noqa: S310 - ours, http
        assert answer.read().startswith(b"Welcome")
    assert "warning: anyone who has this URL can read the object until" in said.err
    assert "x-oss-expires=300" in said.out
    record = json.loads(say("url readme.txt --json").out)
    assert sorted(record) == ["expires", "key", "url"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("url readme.txt --expires 8d", "a URL can be valid for 1s to 7d"),
        ("url readme.txt --expires 0", "a URL can be valid for 1s to 7d"),
        ("url readme.txt --expires soon", "is not a duration"),
        ("url logs", "'logs/' is a prefix, not an object"),
        ("url nothing", "no key starts with 'nothing'"),
    ],
)
def test_a_url_that_cannot_work_is_refused(say: Driver, line: str, said: str) -> None:
    refused = say(line)

    assert (refused.out, refused.status) == ("", 2)
    assert said in refused.err


def test_a_url_is_in_no_file_of_ours(say: Driver) -> None:
    signature = say("url readme.txt").out.strip().rpartition("x-oss-signature=")[2][:20]

    files = [path for path in say.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if signature.encode() in path.read_bytes()]


def test_a_url_of_a_public_bucket_is_not_signed(fresh: Driver) -> None:
    fresh.server.add_bucket("open", public=True)
    fresh.server.put("a", b"x", bucket="open")
    fresh(f"connect --anonymous --endpoint {fresh.server.endpoint}")

    said = fresh("url oss://open/a")

    assert said.out == f"{fresh.server.endpoint}/open/a\n"
    assert "as long as the bucket is public" in said.err


@pytest.fixture
def versions(fresh: Driver) -> Driver:
    """Give a shell in a bucket with an object of three versions, and one that was deleted."""
    for number in (1, 2, 3):
        version = {"x-oss-version-id": f"v{number}"}
        fresh.server.put("dir/k", f"number {number}\n".encode(), headers=version)
        fresh.server.put("gone", b"back\n", headers=version)
    fresh.server.delete("gone", marker="v4")
    return fresh


def test_a_version_is_looked_at_by_its_id(versions: Driver) -> None:
    facts = dict(line.split("\t", 1) for line in versions("stat dir/k --version-id v2").lines)

    assert facts["version"] == "v2"
    assert versions("cat dir/k --version-id v1").out == "number 1\n"
    assert versions("head dir/k --version-id v2 -c 3").out == "num"
    assert versions("cat dir/k").out == "number 3\n"
    assert versions("cat gone --version-id v1").out == "back\n"


@pytest.mark.parametrize("command", ["stat", "head", "cat", "get"])
def test_a_delete_marker_and_a_version_that_is_none_are_one_clear_line(
    versions: Driver, command: str
) -> None:
    said, none = (
        versions(f"{command} {one}") for one in ("gone --version-id v4", "dir/k --version-id v9")
    )

    assert said.status == none.status == 2
    assert "this version is a delete marker: it records that the object was deleted" in said.err
    assert "hint: the version before it is the object that was deleted" in said.err
    assert len(said.err.splitlines()) == 2
    assert "no such version of the object" in none.err


@pytest.mark.parametrize("line", ["cat dir/k gone", "get dir/k gone", "get"])
def test_a_version_is_of_one_key(versions: Driver, line: str) -> None:
    said = versions(f"{line} --version-id v1")

    assert said.status == 2
    assert "--version-id needs exactly one key" in said.err
