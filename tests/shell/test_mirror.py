"""get --mirror: the target becomes what the selection is, and what goes can be had back."""

import errno
import json
import os
import re
import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.job import load
from tests.planting import links_needed
from tests.shell.conftest import Driver, Launcher, on_screen

EARLIER = 1_700_000_000.0
NAMES = ("a.gz", "b.gz", "c.gz", "sub/d.gz", "sub/e.gz", "note.txt")


def put(server: DemoServer, *names: str, **where: str) -> None:
    for name in names or NAMES:
        server.put(f"logs/{name}", name.encode(), last_modified=EARLIER, **where)


@pytest.fixture
def fetched(fresh: Driver) -> Driver:
    """Give a shell with the job "logs", a mirror that is done."""
    put(fresh.server)
    assert fresh("get logs/ --to logs --name logs --mirror").status == 0
    fresh("open logs")
    return fresh


@pytest.fixture
def plain(fresh: Driver) -> Driver:
    """Give a shell with the job "logs", done, and not a mirror yet."""
    put(fresh.server)
    assert fresh("get logs/ --to logs --name logs").status == 0
    fresh("open logs")
    return fresh


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {path.relative_to(folder).as_posix() for path in found}


def trashed(logs: Path) -> set[str]:
    """Return what is in the trash, below the folders of its days."""
    return {path.partition("/")[2] for path in files(logs / ".ossh" / "trash")}


def test_what_is_gone_goes_to_the_trash_and_what_is_new_and_changed_is_fetched(
    fetched: Driver, logs: Path
) -> None:
    fetched.server.delete("logs/c.gz")
    fetched.server.delete("logs/sub/d.gz")
    fetched.server.put("logs/b.gz", b"other bytes")
    fetched.server.put("logs/new.gz", b"new")

    said = fetched("get --mirror")

    assert said.status == 0, said
    assert "gone from the bucket: 2 files moved to " in said.out
    assert trashed(logs) == {"c.gz", "sub/d.gz"}
    assert files(logs) - {f".ossh/trash/{one}" for one in files(logs / ".ossh/trash")} == {
        "a.gz", "b.gz", "new.gz", "note.txt", "sub/e.gz",
    }  # fmt: skip
    assert (logs / "b.gz").read_bytes() == b"other bytes"
    assert fetched("verify").status == 0
    assert "mirror = true" in Path("jobs/logs.toml").read_text(encoding="utf-8")
    assert not (logs / ".oss-failed.csv").exists()
    assert "done" in fetched("jobs").out


def test_refresh_and_then_get_do_the_same(fetched: Driver, logs: Path) -> None:
    fetched.server.delete("logs/c.gz")

    said = fetched("refresh")
    assert (logs / "c.gz").exists()
    assert {"to_trash\t1\t4", "to_trash_refused\tno"} <= set(said.lines)
    assert fetched("get").status == 0

    assert trashed(logs) == {"c.gz"}
    assert not (logs / "c.gz").exists()


@pytest.mark.fault("F57")
def test_what_was_gone_before_does_not_make_too_much_look_like_little(
    fresh: Driver, logs: Path
) -> None:
    put(fresh.server, "k1", "k2", "k3", *(f"n{number:02}" for number in range(20)))
    assert fresh("get logs/ --to logs --name logs").status == 0
    fresh.server.delete("logs/n00")
    fresh("open logs")
    fresh("refresh")
    fresh.edit("logs", "[target]", '[filter]\ninclude = ["k*"]\n\n[target]')
    fresh("open logs")
    fresh("refresh")
    assert fresh("get").status == 0
    for name in ("k1", "k2", "k3"):
        fresh.server.delete(f"logs/{name}")

    said = fresh("get --mirror")

    assert said.status == 3, said
    assert "gone from the bucket: 4 of 4 objects, more than the 50% allowed" in said.err
    assert trashed(logs) == set()


def flat_mirror(server: DemoServer, say: Driver, *keys: str, options: str = "") -> None:
    """Make a mirror whose first file goes while it may not be moved, and see another come."""
    first, *others = keys
    server.put(first, b"first", last_modified=EARLIER)
    for number in range(3):
        server.put(f"logs/z/{number}", b"z", last_modified=EARLIER)
    assert say(f"get logs/ --to logs --name logs {options}").status == 0
    say("open logs")
    server.delete(first)
    assert say("refresh").status == 0
    assert say("get").status == 0
    for key in others:
        server.put(key, b"another", last_modified=EARLIER)


@pytest.mark.fault("F57")
def test_a_key_that_wants_the_name_of_one_that_is_gone_comes_as_that_one_goes(
    fresh: Driver, logs: Path
) -> None:
    flat_mirror(fresh.server, fresh, "logs/x/a.gz", "logs/y/a.gz", options="--flat")
    without = fresh("get --mirror --max-gone 0")
    assert (without.status, (logs / "a.gz").read_bytes()) == (3, b"first")
    assert "gone from the bucket: 1 of" in without.err

    said = fresh("get --mirror")

    assert said.status == 0, said
    assert "gone from the bucket: 1 file moved to " in said.out
    assert trashed(logs) == {"a.gz"}
    assert (logs / "a.gz").read_bytes() == b"another"
    assert fresh("verify").status == 0


def come_back_under_another_name(fresh: Driver) -> None:
    """Let the object of a flat job go, another one take its name, and the first one come again."""
    flat_mirror(fresh.server, fresh, "logs/x/a.gz", "logs/y/a.gz", options="--flat")
    fresh("refresh")
    fresh.server.put("logs/x/a.gz", b"back", last_modified=EARLIER)
    assert fresh("refresh").status == 0
    assert fresh("get").status == 1


@pytest.mark.fault("F57")
def test_a_first_file_of_a_key_that_is_back_under_another_name_stays_until_the_other_is_there(
    fresh: Driver, logs: Path
) -> None:
    flat_mirror(fresh.server, fresh, "logs/x/a.gz", "logs/y/a.gz", options="--flat")
    fresh("refresh")
    fresh.server.put("logs/x/a.gz", b"first", last_modified=EARLIER)
    fresh.server.fault("status", operation="get", key="logs/x/a.gz", status=403)
    for _time in range(2):
        assert fresh("get --mirror").status == 1
        assert ((logs / "a.gz").read_bytes(), trashed(logs)) == (b"first", set())
    fresh.server.clear_faults()

    assert fresh("retry").status == 1
    assert fresh("get --mirror").status == 0

    assert trashed(logs) == {"a.gz"}
    assert (logs / "a.gz").read_bytes() == b"another"


@pytest.mark.fault("F57")
def test_each_file_of_a_key_that_was_there_under_two_names_goes(fresh: Driver, logs: Path) -> None:
    come_back_under_another_name(fresh)
    [second] = logs.glob("a%~*.gz")
    fresh.server.delete("logs/x/a.gz")
    assert fresh("refresh").status == 0

    assert fresh("get --mirror").status == 0

    assert trashed(logs) == {"a.gz", second.name}
    assert (logs / "a.gz").read_bytes() == b"another"


@pytest.mark.fault("F35")
def test_a_first_file_of_a_key_that_is_back_under_another_name_is_named_if_it_cannot_be_moved(
    fresh: Driver, logs: Path
) -> None:
    come_back_under_another_name(fresh)
    fresh.server.delete("logs/y/a.gz")
    fresh("refresh")
    assert fresh("get").status == 0
    trash = logs / ".ossh" / "trash"
    trash.parent.mkdir(exist_ok=True)
    trash.write_bytes(b"")

    said = fresh("get --mirror")

    assert said.status == 1, said
    assert "left alone: 1 file" in said.out
    assert "  a.gz  (" in said.out
    trash.unlink()
    assert fresh("get --mirror").status == 0
    assert trashed(logs) == {"a.gz"}


@pytest.mark.fault("F57")
def test_a_key_that_wants_the_name_of_a_file_that_was_edited_waits_and_both_are_named(
    fresh: Driver, logs: Path
) -> None:
    flat_mirror(fresh.server, fresh, "logs/x/a.gz", "logs/y/a.gz", options="--flat")
    (logs / "a.gz").write_bytes(b"mine")

    said = fresh("get --mirror")

    assert said.status == 1
    assert "a.gz  (the local file was edited since it was downloaded)" in said.out
    assert "logs/y/a.gz" in said.out
    assert (logs / "a.gz").read_bytes() == b"mine"
    (logs / "a.gz").unlink()
    assert fresh("get --mirror").status == 0
    assert (logs / "a.gz").read_bytes() == b"another"


@pytest.mark.fault("F57")
def test_a_key_that_wants_a_file_where_a_folder_goes_comes_at_once(
    fresh: Driver, logs: Path
) -> None:
    flat_mirror(fresh.server, fresh, "logs/a/b.gz", "logs/a")

    assert fresh("get --mirror").status == 0

    assert trashed(logs) == {"a/b.gz"}
    assert (logs / "a").read_bytes() == b"another"


@pytest.mark.fault("F4")
@pytest.mark.fault("F57")
@pytest.mark.parametrize("is_here", [False, True])
def test_the_file_of_a_key_that_came_back_in_other_letters_goes_too(
    fresh: Driver, logs: Path, *, is_here: bool
) -> None:
    fresh.server.put("logs/else", b"else", last_modified=EARLIER)
    fresh("save logs logs/ --to logs")
    job = Path("jobs/logs.toml")
    job.write_text(job.read_text(encoding="utf-8").replace('"native"', '"portable"'), "utf-8")
    flat_mirror(fresh.server, fresh, "logs/A.txt", "logs/a.txt")
    if is_here:
        assert fresh("refresh").status == 0
        assert fresh("get").status == (1 if (logs / "a.TXT").exists() else 0)

    said = fresh("get --mirror")

    assert said.status == 0, said
    assert trashed(logs) == {"A.txt"}
    assert (logs / "a.txt").read_bytes() == b"another"
    assert "A.txt" not in {one.name for one in logs.iterdir()}


@pytest.mark.fault("F57")
def test_what_a_person_made_or_edited_stays_and_is_listed(fetched: Driver, logs: Path) -> None:
    (logs / "mine.txt").write_text("mine")
    (logs / "c.gz").write_bytes(b"edited")
    os.utime(logs / "b.gz", (EARLIER + 60, EARLIER + 60))
    (logs / "a.gz").chmod(0o444)
    for name in ("a.gz", "b.gz", "c.gz"):
        fetched.server.delete(f"logs/{name}")

    said = fetched("get --mirror")

    assert said.status == 0
    assert trashed(logs) == set()
    assert files(logs) >= {"mine.txt", "a.gz", "b.gz", "c.gz"}
    assert "left alone: 3 files, gone from the bucket or no longer selected" in said.out
    assert "  c.gz  (the local file was edited since it was downloaded)" in said.lines
    assert "  a.gz  (the local file is read-only)" in said.lines
    again = fetched("get --mirror")
    assert again.status == 0
    assert "left alone" not in again.out  # they are no longer the job's
    assert "        4  foreign  not part of the job; left as they are" in fetched("verify").lines
    assert files(logs) >= {"mine.txt", "a.gz", "b.gz", "c.gz"}


def test_an_edit_that_shows_in_no_time_stays(fetched: Driver, logs: Path) -> None:
    fetched.server.put("logs/new.gz", b"new.gz", last_modified=time.time())
    assert fetched("get --mirror").status == 0
    left = (logs / "new.gz").stat()
    (logs / "new.gz").write_bytes(b"edited")
    os.utime(logs / "new.gz", ns=(left.st_atime_ns, left.st_mtime_ns))
    fetched.server.delete("logs/new.gz")

    said = fetched("get --mirror")

    assert said.status == 0
    assert (logs / "new.gz").read_bytes() == b"edited"
    assert trashed(logs) == set()
    assert "left alone: 1 file" in said.out


@links_needed
@pytest.mark.fault("F57")
def test_a_link_in_the_path_keeps_what_lies_behind_it(fetched: Driver, logs: Path) -> None:
    (logs / "sub").rename(fetched.folder / "elsewhere")
    (logs / "sub").symlink_to(fetched.folder / "elsewhere")
    fetched.server.delete("logs/sub/d.gz")

    said = fetched("get --mirror")

    assert "sub/d.gz  (a link is in its path)" in said.out
    assert files(fetched.folder / "elsewhere") == {"d.gz", "e.gz"}


def test_what_only_a_changed_filter_excludes_stays_and_is_listed(
    fetched: Driver, logs: Path
) -> None:
    fetched.server.delete("logs/c.gz")
    fetched.edit("logs", "[target]", '[filter]\nexclude = ["*.txt"]\n[target]')
    fetched("open logs")

    said = fetched("get --mirror")

    assert said.status == 0, said
    assert "  note.txt  (the filters no longer select its object)" in said.lines
    assert (logs / "note.txt").exists()
    assert trashed(logs) == {"c.gz"}


def test_a_file_that_was_there_before_the_job_is_not_its_own(fresh: Driver, logs: Path) -> None:
    logs.mkdir()
    put(fresh.server, "a.gz", "b.gz", "c.gz")
    (logs / "a.gz").write_bytes(b"a.gz")
    os.utime(logs / "a.gz", (EARLIER, EARLIER))
    fresh("get logs/ --to logs --mirror --max-gone 100%")
    fresh.server.delete("logs/a.gz")
    fresh.server.delete("logs/b.gz")

    said = fresh("get logs/ --to logs --mirror --max-gone 100%")

    assert said.status == 0, said
    assert (logs / "a.gz").exists()
    assert "a.gz  (this job neither downloaded nor verified it)" in said.out
    assert trashed(logs) == {"b.gz"}


@pytest.mark.fault("F57")
def test_too_much_gone_stops_before_anything_is_moved_and_says_what_to_do(
    fetched: Driver, logs: Path
) -> None:
    for name in NAMES[:4]:
        fetched.server.delete(f"logs/{name}")
    fetched.server.put("logs/new.gz", b"new")

    said = fetched("get --mirror")

    assert said.status == 3
    assert (
        "gone from the bucket: 4 of 6 objects, more than the 50% allowed: nothing was moved"
        in said.err
    )
    assert "get --mirror --max-gone 4" in said.err
    assert files(logs) == set(NAMES)
    assert fetched("get").status == 3  # nor does the next one
    assert fetched("get --mirror --max-gone 60%").status == 3  # nothing new counts
    assert fetched("get --mirror --max-gone 4").status == 0
    assert trashed(logs) == set(NAMES[:4])
    assert not (logs / "sub" / "d.gz").exists()


@pytest.mark.fault("F57")
@pytest.mark.parametrize("is_displaced", [False, True])
def test_what_was_refused_is_refused_whatever_comes_until_somebody_decides(
    fresh: Driver, logs: Path, *, is_displaced: bool
) -> None:
    put(fresh.server, "k/8", "k/9", *(f"x/{number}" for number in range(8)))
    assert fresh("get logs/ --to logs --name logs --flat").status == 0
    fresh("open logs")
    for number in range(8):
        fresh.server.delete(f"logs/x/{number}")
    if is_displaced:
        assert fresh("refresh").status == 0
        put(fresh.server, *(f"other/{number}" for number in range(8)))
        assert fresh("refresh").status == 0
    assert fresh("get --mirror").status == 3
    put(fresh.server, *(f"new/new{number}" for number in range(20)))

    for line in ("get --mirror", "get --mirror", "refresh", "refresh", "get --mirror"):
        said = fresh(line)
        assert said.status == (0 if line == "refresh" else 3), said
        assert "8 of 10 objects" in said.err or line == "refresh", said

    assert trashed(logs) == set()
    assert fresh("get --mirror --max-gone 8").status == 0
    assert trashed(logs) == {str(number) for number in range(8)}


@pytest.mark.usefixtures("fetched")
def test_what_a_script_is_told_to_type_does_it_in_another_process(
    server: DemoServer, logs: Path, own: Launcher
) -> None:
    for name in NAMES[:4]:
        server.delete(f"logs/{name}")
    place, command = f"oss://{server.bucket}/", "get logs/ --to logs --name logs --mirror"
    refused = own("--trust", place, "-c", command)
    hinted = re.search(r'ossh "(.+)" -c "(.+)"', refused.stderr)
    assert hinted, refused

    done = own(hinted[1], "-c", hinted[2])

    assert (refused.returncode, done.returncode) == (3, 0), done
    assert trashed(logs) == set(NAMES[:4])


def test_a_folder_that_is_empty_then_goes_unless_an_object_stands_for_it(
    fetched: Driver, logs: Path
) -> None:
    fetched.server.put("logs/kept/", b"")
    fetched.server.put("logs/kept/f.gz", b"f")
    fetched.server.put("logs/mine/g.gz", b"g")
    fetched("get --mirror")
    (logs / "mine" / "notes").write_text("mine")
    (logs / "kept").chmod(0o750)  # one that was made again would have other rights
    rights = (logs / "kept").stat().st_mode
    for name in ("sub/d.gz", "sub/e.gz", "kept/f.gz", "mine/g.gz"):
        fetched.server.delete(f"logs/{name}")

    assert fetched("get --mirror").status == 0

    assert not (logs / "sub").exists()
    assert (logs / "kept").stat().st_mode == rights
    assert files(logs / "mine") == {"notes"}
    fetched.server.delete("logs/kept/")
    assert fetched("get --mirror").status == 0
    assert not (logs / "kept").exists()


def test_a_trash_that_is_a_file_keeps_what_would_go_there(fetched: Driver, logs: Path) -> None:
    (logs / ".ossh").mkdir(exist_ok=True)
    (logs / ".ossh" / "trash").write_bytes(b"")
    fetched.server.delete("logs/c.gz")

    said = fetched("get --mirror")

    assert said.status == 1
    assert "cannot-write" in said.out
    assert (logs / "c.gz").exists()


@pytest.mark.parametrize("edit", [("logs/", "logs/sub"), ("demo-bucket", "other-bucket")])
def test_a_job_file_that_names_another_place_takes_nothing_away(
    fetched: Driver, logs: Path, edit: tuple[str, str]
) -> None:
    fetched.server.add_bucket("other-bucket")
    put(fetched.server, *NAMES[2:], bucket="other-bucket")
    fetched.edit("logs", *edit)
    fetched.session.trusted_jobs.remember(load(Path("jobs/logs.toml").absolute()))
    fetched("open logs")

    said = fetched("get --mirror --max-gone 100%")

    assert said.status == 2
    assert "the source or filter of job 'logs' changed since the bucket was listed" in said.err
    assert files(logs) == set(NAMES)


def test_what_was_refused_is_still_shown_where_nothing_else_changed(fetched: Driver) -> None:
    for name in NAMES[:4]:
        fetched.server.delete(f"logs/{name}")
    assert fetched("get --mirror").status == 3

    said = fetched("get --mirror --dry-run")

    assert {"to_trash\t4\t20", "to_trash_refused\tyes"} <= set(said.lines)
    shown = on_screen(fetched, "preview --mirror")
    assert shown[0] == "nothing has changed since the last listing"
    assert "'get --mirror' will refuse: more are gone than --max-gone allows" in shown
    assert not any(
        "will refuse" in one for one in on_screen(fetched, "get --mirror --max-gone 4 --dry-run")
    )


def test_preview_shows_it_and_leaves_no_trace(fetched: Driver, logs: Path) -> None:
    fetched.server.delete("logs/c.gz")
    (logs / "b.gz").write_bytes(b"edited")
    fetched.server.delete("logs/b.gz")
    before = Path("jobs/logs.sqlite").read_bytes()

    lines = on_screen(fetched, "preview --mirror")
    record = json.loads(fetched("preview --mirror --json").out)
    fetched("set language zh")
    record_in_chinese = json.loads(fetched("preview --mirror --json").out)
    fetched("set language en")

    assert "gone from the bucket: 1 file to be moved to the trash, 4 B" in lines
    assert "left alone: 1 file, gone from the bucket or no longer selected" in lines
    assert "  b.gz  (the local file was edited since it was downloaded)" in lines
    assert record["to_trash"] == {"files": 1, "bytes": 4}
    assert record["left_alone_first"][0]["path"] == "b.gz"
    assert record_in_chinese["left_alone_first"] == record["left_alone_first"]
    assert Path("jobs/logs.sqlite").read_bytes() == before
    assert (logs / "c.gz").exists()


def test_a_saved_job_becomes_a_mirror_for_one_run(plain: Driver, logs: Path) -> None:
    plain.server.delete("logs/c.gz")

    assert plain("get /logs/ --to logs --mirror").status == 0

    assert trashed(logs) == {"c.gz"}
    assert "mirror" not in Path("jobs/logs.toml").read_text(encoding="utf-8")


@pytest.mark.fault("F57")
@pytest.mark.parametrize("damaged", ["other.toml", "other.sqlite"])
def test_where_another_job_cannot_be_read_nothing_is_moved_and_the_rest_is_fetched(
    fetched: Driver, logs: Path, damaged: str
) -> None:
    assert fetched("get /logs/sub/ --to logs/sub --name other").status == 0
    fetched("open logs")
    for name in ("c.gz", "sub/d.gz"):
        fetched.server.delete(f"logs/{name}")
    fetched.server.put("logs/new.gz", b"new")
    file = Path("jobs") / damaged
    before = file.read_bytes()
    file.write_bytes(b"= nonsense" * 100)

    sheet = fetched("preview --mirror --json")
    said = fetched("get --mirror")

    assert said.status == 3, said
    assert str(file) in said.err
    assert said.err.count("error: ") == 1, said.err
    assert trashed(logs) == set()
    assert (logs / "new.gz").exists()
    foreseen = json.loads(sheet.out)
    assert (foreseen["to_trash"]["files"], foreseen["to_trash_refused"]) == (0, True)
    assert str(file) in "".join(on_screen(fetched, "preview --mirror"))
    file.write_bytes(before)
    assert fetched("get --mirror").status == 0
    assert trashed(logs) == {"c.gz"}  # the other one has the other file
    assert (logs / "sub" / "d.gz").exists()


def in_trash(server: DemoServer, say: Driver, logs: Path, *names: str, day: str) -> None:
    """Have some files go to the trash, in a folder that is named after a day."""
    for name in names:
        server.delete(f"logs/{name}")
    assert say("get --mirror").status == 0
    trash = logs / ".ossh" / "trash"
    next(one for one in trash.iterdir() if one.name < "2900").rename(trash / day)


@pytest.mark.fault("F59")
def test_jobs_clean_empties_the_trash_of_days_before_the_one_that_is_named(
    fetched: Driver, logs: Path
) -> None:
    in_trash(fetched.server, fetched, logs, "b.gz", day="2998-01-31")
    in_trash(fetched.server, fetched, logs, "c.gz", day="2998-02-01.2")
    (logs / ".ossh" / "trash" / "mine").mkdir()

    assert fetched("jobs clean --trash-before 2998-01-31 --yes").status == 0
    assert trashed(logs) == {"b.gz", "c.gz"}
    refused = fetched("jobs clean --trash-before 2998-02-01")
    assert (refused.status, "needs confirmation" in refused.err) == (2, True)
    said = fetched("jobs clean --trash-before 2998-02-01 --yes")

    assert said.status == 0
    assert "1 file deleted, 4 B freed" in said.err
    assert trashed(logs) == {"c.gz"}
    assert Path("jobs/logs.toml").exists()
    (logs / ".ossh" / "trash" / "mine").rmdir()
    assert fetched("jobs clean --trash-before 2998-02-02 --yes").status == 0
    assert not (logs / ".ossh").exists()  # an emptied trash leaves no folder behind


@pytest.mark.fault("F59")
def test_jobs_clean_empties_a_trash_although_another_target_is_on_a_share_that_is_away(
    fetched: Driver, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_trash(fetched.server, fetched, logs, "b.gz", day="2998-01-31")
    assert fetched("cd /").status == 0
    assert fetched("save away --to share").status == 0
    follow_links = os.path.realpath

    def refuse(path: str | os.PathLike[str]) -> str:
        if os.fspath(path).endswith("share"):
            raise OSError(errno.EINVAL, "the network name cannot be found")  # WinError 64
        return follow_links(path)

    monkeypatch.setattr(os.path, "realpath", refuse)
    said = fetched("jobs clean --trash-before 2998-02-01 --yes")

    assert (said.status, "1 file deleted" in said.err) == (0, True)
    assert trashed(logs) == set()


@pytest.mark.fault("F59")
@pytest.mark.parametrize("days", [120, -120])
@pytest.mark.parametrize("commands", [("get --mirror",), ("refresh", "get")])
def test_a_day_of_the_trash_is_the_services(
    fresh: Driver,
    logs: Path,
    days: int,
    commands: tuple[str, ...],
) -> None:
    put(fresh.server)
    fresh.server.set_clock(days * 86400)
    assert fresh("get logs/ --to logs --name logs --mirror").status == 0
    fresh.server.delete("logs/c.gz")
    around = [
        datetime.now().astimezone().date() + timedelta(days + more) for more in (0, 1)
    ]  # or midnight

    for command in ("open logs", *commands):
        assert fresh(command).status == 0

    (day,) = (logs / ".ossh" / "trash").iterdir()
    assert date.fromisoformat(day.name) in around


@pytest.mark.fault("F59")
def test_while_the_service_does_not_say_what_day_it_is_nothing_is_moved(
    fetched: Driver, logs: Path
) -> None:
    fetched.server.delete("logs/c.gz")
    fetched.server.put("logs/new.gz", b"new")
    fetched("refresh")
    fetched.server.fault("status", status=403, operation="list")

    said = fetched("get")

    assert said.status == 3
    assert said.err.count("error: ") == 1
    assert "error: cannot get today's date from the service" in said.err
    assert (logs / "new.gz").exists()
    assert trashed(logs) == set()
    fetched.server.clear_faults()
    assert fetched("get").status == 0
    assert trashed(logs) == {"c.gz"}


def test_a_target_of_no_job_has_its_trash_emptied_only_if_it_is_named(
    fetched: Driver, logs: Path
) -> None:
    in_trash(fetched.server, fetched, logs, "b.gz", day="2998-01-31")
    fetched("jobs remove logs --yes")

    assert "nothing in the trash" in fetched("jobs clean --trash-before 2999-01-01 --yes").err
    for wrong, said in (
        ("jobs clean --target logs --yes", "requires --trash-before"),
        ("jobs clean --trash-before 30d --target nowhere --yes", "there is no folder 'nowhere'"),
        ("jobs clean --trash-before 30d --target '' --yes", "an argument is empty"),
    ):
        refused = fetched(wrong)
        assert (refused.status, said in refused.err) == (2, True), refused
    assert trashed(logs) == {"b.gz"}

    assert fetched("jobs clean --trash-before 2999-01-01 --target logs --yes").status == 0
    assert not (logs / ".ossh").exists()


def test_a_file_that_another_job_has_stays(fetched: Driver, logs: Path) -> None:
    assert fetched("get /logs/sub/ --to logs/sub --name other --mirror").status == 0
    fetched("open logs")
    fetched.server.delete("logs/sub/d.gz")

    said = fetched("get --mirror")

    assert "sub/d.gz  (job 'other' has it too)" in said.out
    assert (logs / "sub" / "d.gz").exists()
    assert fetched("verify").status == 0
    fetched("open other")
    assert fetched("get --mirror").status == 0  # it took the file over from 'logs'
    assert trashed(logs / "sub") == {"d.gz"}
    assert trashed(logs) == set()
