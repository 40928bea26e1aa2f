"""cd --as-of, ls --versions and ls --deleted: a bucket as it was, and what is gone now."""

import json
import sqlite3
import tarfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, listed

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
AS_OF = "cd --as-of 2026-03-01T00:00:00Z"


@pytest.fixture
def history(server: DemoServer, fresh: Driver) -> Driver:
    """Give a shell in a bucket with a history around the moment."""
    server.set_versioning("Enabled")
    server.put("logs/a.log", b"old a\n", last_modified=MOMENT - DAY)
    server.put("logs/b.log", b"b, deleted\n", last_modified=MOMENT - DAY)
    server.put("gone/c.log", b"c\n", last_modified=MOMENT - 2 * DAY)
    server.delete("gone/c.log", last_modified=MOMENT - DAY)
    server.put("logs/a.log", b"new a\n", last_modified=MOMENT + DAY)
    server.delete("logs/b.log", last_modified=MOMENT + DAY)
    server.put("logs/later/d.log", b"d\n", last_modified=MOMENT + DAY)
    return fresh


def test_every_command_sees_the_moment(history: Driver) -> None:
    assert history(AS_OF).status == 0

    assert history("ls").out == "logs/\n"
    assert history("ls -R").out == "logs/a.log\nlogs/b.log\n"
    assert history("ls -R *.log").status == 2
    assert history("ls logs/*.log").out == "logs/a.log\nlogs/b.log\n"
    assert history("tree").out == "-\tlogs/\n6\tlogs/a.log\n11\tlogs/b.log\n"
    assert history("du").lines[-1] == "17\t2\t"
    assert history("cat logs/a.log logs/b.log").out == "old a\nb, deleted\n"
    assert history("head logs/b.log -c 2").out == "b,"
    assert "size\t11" in history("stat logs/b.log").out
    assert "versionId=" in history("url logs/b.log").out
    assert "objects\t2" in history("preview").out
    assert history("get logs/ --to then").status == 0
    assert (history.folder / "then" / "a.log").read_bytes() == b"old a\n"
    assert (history.folder / "then" / "b.log").read_bytes() == b"b, deleted\n"
    assert history("verify").status == 0


def test_the_prompt_shows_the_moment_and_now_leaves_it(history: Driver) -> None:
    history(f"{AS_OF} logs")
    assert history.shell.visible_prompt.endswith("/logs/ @2026-03-01> ")
    assert history("pwd").err == "as of 2026-03-01\n"
    history("cd ..")
    history("cd --as-of 2026-03-01T12:30:05Z")
    assert history.shell.visible_prompt.endswith("/ @2026-03-01T12:30:05> ")
    history("cd --as-of now")
    assert "@" not in history.shell.visible_prompt
    assert history("cat logs/a.log").out == "new a\n"
    history("cd -")
    assert history("cat logs/a.log").out == "old a\n"


def test_a_place_that_is_gone_now_can_be_left_and_gone_back_to(history: Driver) -> None:
    assert history("cd gone/").status == 2
    assert history("cd --as-of 2026-02-27T12:00:00Z gone/").status == 0

    assert history("cat c.log").out == "c\n"
    assert history("cd --as-of now").status == 0
    assert history("pwd").out.endswith("/gone/\n")


def test_an_age_counts_from_now(history: Driver) -> None:
    history.server.put("logs/a.log", b"newest\n")

    history("cd --as-of 1h")

    assert history("cat logs/a.log").out == "new a\n"


def test_another_bucket_is_shown_as_it_is(history: Driver) -> None:
    history.server.add_bucket("other")
    history.server.put("k", b"k", bucket="other")
    history(AS_OF)

    assert history("ls oss://other/").out == "k\n"
    assert history(f"cat oss://{history.server.bucket}/logs/a.log").out == "old a\n"
    history("cd oss://other/")
    assert "@" not in history.shell.visible_prompt


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cd --as-of 2126-01-01", "that time is in the future"),
        ("cd --as-of soon", "'soon' is not a date or an age"),
        ("cd --as-of 2026-02-01", "the bucket is empty"),
        ("cd --as-of 2026-03-01 log", "there is no prefix 'log/'"),
        ("cd --as-of 2026-03-01 nothing/", "/nothing/ at 2026-03-01"),
    ],
)
def test_a_moment_that_shows_nothing_is_one_clear_line(
    history: Driver, line: str, said: str
) -> None:
    told = history(line)

    if "empty" in said:
        assert (told.status, history("ls").out) == (0, "")
        return
    assert told.status in {2, 3}
    assert said in told.err
    assert "Traceback" not in told.err
    assert "@" not in history.shell.visible_prompt


def test_a_key_that_was_not_there_yet_names_its_versions(history: Driver) -> None:
    history(AS_OF)

    told = history("cat logs/later/d.log")

    assert told.status == 2
    assert "there was no object 'logs/later/d.log' at 2026-03-01" in told.err
    assert history("ls --versions logs/later/d.log").status == 0


def test_a_bucket_that_keeps_no_versions_says_so(fresh: Driver) -> None:
    fresh.server.put("k", b"k", last_modified=MOMENT)

    told = fresh("cd --as-of 1d")

    assert told.status == 3
    assert "versioning is off for this bucket" in told.err


def test_versions_of_before_it_was_suspended_and_null_ones_are_seen(history: Driver) -> None:
    history.server.set_versioning("Suspended")
    history.server.put("logs/e.log", b"null e\n", last_modified=MOMENT - DAY)
    history.server.put("logs/a.log", b"null a\n", last_modified=MOMENT + 2 * DAY)

    history(AS_OF)

    assert history("cat logs/*.log").out == "old a\nb, deleted\nnull e\n"


@pytest.mark.parametrize("line", [AS_OF, "ls --versions logs/a.log", "ls --deleted"])
def test_a_missing_right_is_named(history: Driver, line: str) -> None:
    history.server.fault("status", operation="versions", status=403)

    told = history(line)

    assert told.status == 3
    assert "the user needs oss:ListObjectVersions" in told.err
    assert len(told.err.splitlines()) == 2


def test_versions_prove_themselves_where_nobody_may_ask_whether_there_are_any(
    history: Driver,
) -> None:
    history.server.fault("status", operation="versioning", status=403)

    assert history(AS_OF).status == 0
    assert history("cat logs/a.log").out == "old a\n"


def test_without_that_right_a_bucket_of_null_versions_is_not_trusted(fresh: Driver) -> None:
    fresh.server.put("k", b"k", last_modified=MOMENT)
    fresh.server.fault("status", operation="versioning", status=403)

    told = fresh("cd --as-of 1d")

    assert "the user needs oss:GetBucketVersioning" in told.err


def test_all_versions_of_a_key_are_listed(history: Driver) -> None:
    lines = [one.split("\t") for one in history("ls --versions logs/b.log").lines]

    assert [(size, latest, marker) for size, _, latest, marker, _, _ in lines] == [
        ("", "yes", "yes"),
        ("11", "no", "no"),
    ]
    newest, oldest = map(json.loads, history("ls --versions logs/a.log --json").lines)
    assert (newest["latest"], oldest["latest"]) == (True, False)
    assert history(f"cat logs/a.log --version-id {oldest['version_id']}").out == "old a\n"
    assert len(history("ls --versions logs").lines) == 5
    assert len(history("ls --versions logs/*.log").lines) == 4
    assert history("ls --versions log").status == 2
    assert history("ls --versions -t").status == 2


def test_what_is_gone_is_listed_with_how_to_have_it(history: Driver) -> None:
    gone = [json.loads(line) for line in history("ls --deleted --json").lines]

    assert [one["key"] for one in gone] == ["gone/c.log", "logs/b.log"]
    assert gone[1]["as_of"] == "2026-03-01T23:59:59Z"
    assert history(f"get logs/b.log --version-id {gone[1]['version_id']}").status == 0
    assert (history.folder / "b.log").read_bytes() == b"b, deleted\n"
    address = f"oss://{history.session.place.bucket}/logs/b.log"
    assert history(f"get {address} old.log --version-id {gone[1]['version_id']}").status == 0
    assert (history.folder / "old.log").read_bytes() == b"b, deleted\n"
    history(f"cd --as-of {gone[0]['as_of']}")
    assert history("cat gone/c.log").out == "c\n"
    assert "no deleted object" in history("ls --deleted logs/later/").err


def test_the_job_keeps_the_moment_and_the_versions(history: Driver) -> None:
    history(AS_OF)
    history("get logs/")

    text = (history.folder / "jobs" / "logs-2026-03-01.toml").read_text(encoding="utf-8")
    assert "as_of = 2026-03-01T00:00:00Z" in text
    with closing(sqlite3.connect(history.folder / "jobs" / "logs-2026-03-01.sqlite")) as db:
        rows = db.execute("SELECT key, version_id FROM objects ORDER BY key").fetchall()
    assert [key for key, _ in rows] == ["logs/a.log", "logs/b.log"]
    assert all(version for _, version in rows)
    history("cd --as-of now")
    assert history("open logs-2026-03-01").status == 0
    assert history.shell.visible_prompt.endswith("/logs/ @2026-03-01> ")
    assert "as of\t2026-03-01T00:00:00Z" in history("status").out
    assert '"as_of": "2026-03-01T00:00:00Z"' in history("jobs show --json").out
    refreshed = history("refresh")
    assert refreshed.status == 0
    assert "changed\t0" in refreshed.out


def test_one_object_of_the_moment_comes_as_a_file(history: Driver) -> None:
    history(AS_OF)

    assert history("get logs/b.log").out == f"{history.folder / 'b.log'}\n"
    assert (history.folder / "b.log").read_bytes() == b"b, deleted\n"
    assert not list((history.folder / "jobs").glob("*.toml"))  # its work is done
    assert history("get logs/a.log logs/b.log --to some").status == 0
    assert (history.folder / "some" / "a.log").read_bytes() == b"old a\n"


def test_a_tar_of_the_moment_holds_its_versions(history: Driver) -> None:
    history(AS_OF)

    assert history("get logs/ --tar - > then.tar").status == 0
    with tarfile.open(history.folder / "then.tar") as archive:
        found = {one.name: archive.extractfile(one) for one in archive}
        bodies = {name: file.read() for name, file in found.items() if file}
    assert bodies == {"a.log": b"old a\n", "b.log": b"b, deleted\n"}


def test_what_a_moment_cannot_be_combined_with_is_refused(history: Driver) -> None:
    history(AS_OF)

    assert "does not show what was there earlier" in history("get --inventory x/").err
    listed(history, "logs/", name="then")
    refused = history("restore --yes").err
    assert "only in the OSS console" in refused
    assert "restore them there; then 'get --wait-restore' fetches each" in refused


def test_tab_completes_what_was_there(history: Driver) -> None:
    history(AS_OF)

    found = history.shell.complete("logs/", "cat logs/", 4, 9).to_strings()

    assert set(found) == {"logs/a.log", "logs/b.log"}
