"""refresh: what is new, changed and gone in the bucket, and manifests that are made anew."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.manifest import ManifestReader
from ossh.model import Status
from ossh.units import local_time, utc_time
from tests.shell.conftest import Driver, on_screen

EARLIER = 1_700_000_000.0


@pytest.fixture
def fetched(fresh: Driver) -> Driver:
    """Give a shell with the job "logs", which is done: a, b, c and note.txt."""
    for name in ("a.gz", "b.gz", "c.gz", "note.txt"):
        fresh.server.put(f"logs/{name}", name.encode(), last_modified=EARLIER)
    fresh("cd logs")
    assert fresh("get").status == 0
    return fresh


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tmp_path / "jobs" / "logs.sqlite"


def edit(say: Driver, old: str, new: str) -> None:
    """Edit the file of the job, and open it."""
    say.edit("logs", old, new)
    say("open logs")


def change_bucket(server: DemoServer) -> None:
    server.put("logs/new.gz", b"new")
    server.put("logs/b.gz", b"other bytes")
    server.delete("logs/c.gz")


NOTE = re.compile(r"^listed (.{16}): '(.+)' looks for what is new$", re.MULTILINE)


def listed_at(manifest: Path) -> datetime:
    return datetime.fromisoformat(ManifestReader(manifest).get_meta("planned_at"))


@pytest.mark.parametrize(
    "line",
    ["get", "get --dry-run", "preview", "resume logs", "get --adopt", "get --adopt --dry-run"],
)
def test_what_finds_nothing_to_do_by_an_old_listing_says_how_old_it_is(
    fetched: Driver, manifest: Path, line: str
) -> None:
    change_bucket(fetched.server)

    said = fetched(line)

    assert said.status == 0
    assert NOTE.findall(said.err) == [(local_time(listed_at(manifest)), "refresh logs")]


def test_the_age_of_a_listing_is_told_to_programs_too(fetched: Driver, manifest: Path) -> None:
    plans = [json.loads(fetched(line).out) for line in ("preview --json", "refresh --json")]
    ends = [json.loads(fetched(f"get {name} --json").lines[-1]) for name in ("", "--mirror")]

    before = utc_time(listed_at(manifest))
    assert plans[1]["listed"] is None
    assert plans[0]["listed"] <= ends[0]["listed"] <= before
    assert ends[1]["listed"] is None
    for line in ("preview --json", "get --json"):
        assert not NOTE.search(fetched(line).err)


@pytest.mark.parametrize(
    "line",
    ["get --mirror", "preview --mirror", "refresh", "get x/ --to x", "get x/ --to x --adopt"],
)
def test_the_age_of_a_listing_of_this_very_command_is_not_told(fetched: Driver, line: str) -> None:
    (fetched.folder / "x").mkdir()
    (fetched.folder / "x" / "a").write_bytes(b"a")
    fetched.server.put("logs/x/a", b"a")

    said = fetched(line)

    assert said.status == 0
    assert not NOTE.search(said.err)


def test_the_age_of_a_listing_is_told_only_where_there_was_nothing_to_do(
    fetched: Driver, logs: Path
) -> None:
    (logs / "a.gz").unlink()

    for line in ("preview", "get"):
        assert not NOTE.search(fetched(line).err)
    assert NOTE.search(fetched("get").err)


@pytest.mark.parametrize("names", ["a.gz b.gz --name two", "a.gz --name one"])
def test_the_age_of_a_listing_does_not_matter_where_keys_are_named(
    fetched: Driver, names: str
) -> None:
    for _ in range(2):
        said = fetched(f"get {names} --to keys")
        assert said.status == 0
        assert not NOTE.search(said.err)


@pytest.mark.fault("F30")
def test_refresh_shows_what_is_new_changed_and_gone_and_get_fetches_it(
    fetched: Driver, logs: Path
) -> None:
    change_bucket(fetched.server)
    assert "done: 4 objects" in fetched("get").out  # a listing that is finished is not begun again

    said = fetched("refresh")

    assert said.status == 0
    assert said.lines[:7] == [
        "changes\t1\tnew", "changes\t1\tchanged", "changes\t1\tgone", "changes\t0\tunselected",
        "changed_keys\tnew\tlogs/new.gz",
        "changed_keys\tchanged\tlogs/b.gz",
        "changed_keys\tgone\tlogs/c.gz",
    ]  # fmt: skip
    assert "objects\t4" in said.lines
    assert (logs / "b.gz").read_bytes() == b"b.gz"  # refresh itself fetches nothing
    assert "done: 4 objects" in fetched("get").out
    assert (logs / "new.gz").read_bytes() == b"new"
    assert (logs / "b.gz").read_bytes() == b"other bytes"
    assert (logs / "c.gz").read_bytes() == b"c.gz"


def test_on_a_terminal_refresh_names_the_changes_before_the_sheet(fetched: Driver) -> None:
    change_bucket(fetched.server)

    lines = on_screen(fetched, "refresh")

    assert lines[:7] == [
        "since the last listing:",
        "  1  new",
        "      logs/new.gz",
        "  1  changed",
        "      logs/b.gz",
        "  1  gone; files already here stay",
        "      logs/c.gz",
    ]
    assert lines[7].startswith("4 objects, ")


def test_a_refresh_that_finds_no_change_says_no_more_than_what_is_left_to_do(
    fetched: Driver, logs: Path
) -> None:
    unchanged = "nothing has changed since the last listing"

    assert on_screen(fetched, "refresh") == [unchanged]
    (logs / "a.gz").unlink()
    (logs / "b.gz").write_bytes(b"mine")
    fetched.server.put("logs/cold.gz", b"cold", storage_class="ColdArchive")
    fetched("refresh")
    assert on_screen(fetched, "refresh") == [
        unchanged,
        "still to fetch: 1 object, 4 B",
        "archived: 1 object, 4 B",
        "kept: something else is in the way: 1 object, 4 B",
    ]


@pytest.mark.fault("F30")
def test_an_object_that_was_replaced_within_two_seconds_by_one_as_long_is_fetched(
    fetched: Driver, logs: Path
) -> None:
    for later, body in ((0, b"1111"), (1, b"2222"), (1, b"3333")):
        fetched.server.put("logs/b.gz", body, last_modified=EARLIER + later)

        assert "changes\t1\tchanged" in fetched("refresh").lines
        assert fetched("get").status == 0
        assert (logs / "b.gz").read_bytes() == body
    (logs / "b.gz").write_bytes(b"mine")
    fetched.server.put("logs/b.gz", b"4444", last_modified=EARLIER + 1)
    fetched("refresh")
    assert fetched("get").status == 1
    assert (logs / "b.gz").read_bytes() == b"mine"


@pytest.mark.parametrize("body", [b"more bytes", b"C.GZ"])
def test_an_object_that_is_back_after_a_refresh_without_it_replaces_what_ossh_left(
    fetched: Driver, logs: Path, body: bytes
) -> None:
    fetched.server.delete("logs/c.gz")
    fetched("refresh")
    fetched.server.put("logs/c.gz", body, last_modified=EARLIER + 1)

    assert "changes\t1\tnew" in fetched("refresh").lines
    said = fetched("get")

    assert said.status == 0, said
    assert (logs / "c.gz").read_bytes() == body


def test_an_object_that_is_back_unchanged_is_here_already_and_proved(
    fetched: Driver, manifest: Path
) -> None:
    fetched.server.delete("logs/c.gz")
    fetched("refresh")
    fetched.server.put("logs/c.gz", b"c.gz", last_modified=EARLIER)
    fetched("refresh")
    assert fetched("get").status == 0

    entry = ManifestReader(manifest).entry("logs/c.gz")

    assert entry is not None
    assert entry.is_current
    assert entry.status is Status.SKIPPED


def test_what_ossh_left_stays_known_while_a_filter_leaves_its_object_out(
    fetched: Driver, logs: Path
) -> None:
    edit(fetched, "[target]", '[filter]\nexclude = ["c.gz"]\n\n[target]')
    assert "changes\t1\tunselected" in fetched("refresh").lines
    assert fetched("get").status == 0
    edit(fetched, 'exclude = ["c.gz"]', "")
    fetched.server.put("logs/c.gz", b"more bytes")
    fetched("refresh")

    said = fetched("get")

    assert said.status == 0, said
    assert (logs / "c.gz").read_bytes() == b"more bytes"


@pytest.mark.fault("F30")
@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_marker_that_has_content_now_is_fetched_as_a_file(
    fresh: Driver, logs: Path, manifest: Path, *, is_there: bool
) -> None:
    fresh.server.put("logs/sub/", b"")
    fresh.server.put("logs/sub/x", b"x")
    fresh("cd logs")
    fresh("get")
    if not is_there:
        shutil.rmtree(logs / "sub")
    fresh.server.put("logs/sub/", b"content")

    assert "changes\t1\tchanged" in fresh("refresh").lines
    assert fresh("get").status == 0

    entry = ManifestReader(manifest).entry("logs/sub/")
    assert entry is not None
    assert (logs / entry.path).read_bytes() == b"content"
    assert (logs / "sub" / "x").read_bytes() == b"x"
    assert fresh("verify").status == 0


@pytest.mark.fault("F30")
@pytest.mark.fault("F29")
@pytest.mark.parametrize("fault", ["disorder", "omit"])
def test_a_listing_that_contradicts_itself_makes_nothing_gone(fetched: Driver, fault: str) -> None:
    fetched.server.fault(fault, operation="list")

    said = fetched("refresh")

    assert said.status == 3
    assert "gone" not in said.out
    assert "'refresh' starts over" in said.err
    fetched.server.clear_faults()
    assert fetched("refresh").lines[:3] == [
        "changes\t0\tnew",
        "changes\t0\tchanged",
        "changes\t0\tgone",
    ]


@pytest.mark.fault("F30")
def test_a_refresh_without_an_answer_leaves_a_finished_job_as_it_was_and_shows_no_result(
    fetched: Driver,
) -> None:
    change_bucket(fetched.server)
    fetched.server.fault("status", operation="list", status=403)

    for command in ("refresh", "refresh --json"):
        said = fetched(command)
        assert (said.status, said.out) == (3, "")
        assert "planning was cut short; 'refresh' starts over" in said.err
        assert "error: cannot continue job 'logs'" in said.err

    assert json.loads(fetched("jobs --json").out)["state"] == "done"
    assert fetched("verify").status == 0
    fetched.server.clear_faults()
    assert "changed_keys\tgone\tlogs/c.gz" in fetched("refresh").lines


@pytest.mark.fault("F30")
@pytest.mark.fault("F29")
def test_a_refresh_that_breaks_off_shows_no_result_and_get_lists_the_rest(
    fetched: Driver,
) -> None:
    fetched.server.fill("logs/new/{:04d}", 1500, 1)
    fetched.server.fault("status", operation="list", status=403, after=1)

    said = fetched("refresh")

    assert (said.status, said.out) == (3, "")
    assert json.loads(fetched("jobs --json").out)["state"] == "stopped"
    assert fetched("verify").status == 1
    fetched.server.clear_faults()
    assert "done: 1,504 objects" in fetched("get").out
    assert fetched("verify").status == 0


@pytest.mark.fault("F30")
def test_keys_that_changed_are_shown_escaped_and_not_all_of_them(fetched: Driver) -> None:
    fetched.server.fill("logs/\x1b[31m{}.gz", 9, 10)

    shown = on_screen(fetched, "refresh")

    assert "\x1b" not in "".join(shown)
    assert "      logs/\\x1b[31m0.gz" in shown
    assert "      and 4 more" in shown
    fetched.server.fill("logs/\x1b[32m{}.gz", 9, 10)
    said = fetched("refresh")
    assert "\x1b" not in said.out
    assert "changed_keys\tnew\tlogs/\\x1b[32m0.gz" in said.lines
    assert len([line for line in said.lines if line.startswith("changed_keys")]) == 5


@pytest.mark.fault("F42")
@pytest.mark.parametrize("harm", ["garbage", "rows"])
def test_refresh_mends_a_job_whatever_happened_to_its_manifest(
    fetched: Driver, manifest: Path, harm: str
) -> None:
    harmed(manifest, harm)
    fetched.server.clear_requests()

    refused = fetched("get")
    before = manifest.read_bytes()
    refreshed = fetched("refresh")
    done = fetched("get")

    assert (refused.status, refused.err.count("error: "), refused.err.count("hint: ")) == (2, 1, 1)
    assert "logs.sqlite" in refused.err
    assert refreshed.status == 0
    assert "the old manifest is kept as logs.sqlite.old" in refreshed.err
    assert manifest.with_name("logs.sqlite.old").read_bytes() == before
    assert "done: 4 objects" in done.out
    assert ManifestReader(manifest).counts().objects[Status.SKIPPED] == 4
    assert not any(one["key"] for one in fetched.server.requests()), (
        "what is here was fetched again"
    )


def harmed(path: Path, how: str) -> None:
    """Harm a manifest as a whole, or only its rows."""
    if how == "garbage":
        path.write_bytes(b"garbage" * 1000)
        return
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE entries SET cause = 'bad luck', status = 'failed'")


def test_files_of_another_prefix_are_not_taken_for_objects_of_their_size_and_date(
    fetched: Driver, logs: Path
) -> None:
    for name in ("a.gz", "b.gz"):
        fetched.server.put(f"other/{name}", name.upper().encode(), last_modified=EARLIER)
    edit(fetched, '"logs/"', '"other/"')
    fetched("refresh")

    said = fetched("get")

    assert said.status == 1, said
    assert "not complete: 0 of 2 objects" in said.out
    assert (logs / "a.gz").read_bytes() == b"a.gz"
    assert fetched("retry --replace").status == 0
    assert {(logs / name).read_bytes() for name in ("a.gz", "b.gz")} == {b"A.GZ", b"B.GZ"}
    # and back: the record of the first prefix fits these files, too, by size and date
    edit(fetched, '"other/"', '"logs/"')
    fetched("refresh")
    fetched("get")
    assert fetched("retry --replace").status == 0
    assert {(logs / name).read_bytes() for name in ("a.gz", "b.gz")} == {b"a.gz", b"b.gz"}
    assert fetched("verify").status == 0


def test_the_list_of_failures_goes_with_a_manifest_that_is_put_aside(
    fetched: Driver, logs: Path
) -> None:
    fetched.server.put("logs/d.gz", b"d")
    fetched.server.fault("status", key="logs/d.gz", status=403)
    fetched("refresh")
    assert fetched("get").status == 1
    assert (logs / ".oss-failed.csv").exists()
    fetched.server.clear_faults()

    edit(fetched, '"logs/"', '"logs/d"')
    fetched("refresh")

    assert not (logs / ".oss-failed.csv").exists()


@pytest.mark.fault("F30")
def test_an_edited_filter_asks_for_refresh_and_the_first_one_that_ends_takes_it(
    fetched: Driver,
) -> None:
    edit(fetched, "[target]", '[filter]\nsuffix = [".gz"]\n\n[target]')
    fetched.server.fault("status", operation="list", status=403)
    assert fetched("refresh").status == 3
    fetched.server.clear_faults()

    refused = fetched("get")  # or it would fetch what is not selected any more
    refreshed = fetched("refresh")

    assert refused.status == 2
    assert "the source or filter of job 'logs' changed since the bucket was listed" in refused.err
    assert "hint: 'refresh' lists the bucket again" in refused.err
    assert "changes\t1\tunselected" in refreshed.lines
    assert "objects\t3" in refreshed.lines
    assert fetched("get").status == 0


@pytest.mark.fault("F30")
def test_what_was_begun_of_an_object_that_is_gone_leaves_with_its_row(
    fresh: Driver, logs: Path
) -> None:
    fresh.server.put("logs/large.bin", size=3_000_000)
    fresh.server.fault("cut", key="logs/large.bin", bytes=500_000)
    fresh("cd logs")
    assert fresh("get").status == 1
    assert list((logs / ".ossh").rglob("*"))
    fresh.server.clear_faults()
    fresh.server.delete("logs/large.bin")

    assert fresh("refresh").status == 0

    assert not (logs / ".ossh").exists()
