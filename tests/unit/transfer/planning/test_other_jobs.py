"""What other jobs have below a target, told by real manifests beside real job files."""

import sqlite3
import sys
import weakref
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.errors import LocalError
from ossh.job import Job
from ossh.manifest import Manifest, NewEntry, set_aside
from ossh.model import ObjectInfo, OwnFile, Proof, Status, Target
from ossh.transfer.machine import boot_id
from ossh.transfer.planning.name_rules import rules_for
from ossh.transfer.planning.other_jobs import OtherJobs, SingleGets, UnreadableJobError, strangers
from tests import usual
from tests.integration.rig import second_path
from tests.usual import MODIFIED


def job(folder: Path, name: str, target: str = "../target", bucket: str = "bucket") -> Job:
    source = replace(usual.SOURCE, bucket=bucket)
    return usual.job(folder / "jobs" / f"{name}.toml", target, source=source)


def ran(one: Job, *names: str, left: tuple[str, ...] = ()) -> Job:
    """Save a job, and have it run: it has objects of some local names, and left some of them."""
    one.directory.mkdir(parents=True, exist_ok=True)
    job_files.save(one)
    with Manifest.create(one.manifest_path) as manifest:
        manifest.set_meta("target", str(one.real_directory))
        rules_for(one, manifest)
        infos = [ObjectInfo(f"key of {name}", 4, "E1", MODIFIED) for name in names]
        manifest.add(
            [
                NewEntry(info, name, Status.SKIPPED, own=OwnFile(4, 1, 7) if name in left else None)
                for info, name in zip(infos, names, strict=True)
            ]
        )
    return one


@pytest.fixture
def mine(tmp_path: Path) -> Job:
    return ran(job(tmp_path, "mine"), "a", "b/c")


def claimed(mine: Job, *paths: str) -> dict[str, list[tuple[str, bool, str]]]:
    """Return by path who has what there: the job, whether its bucket is the same, the key."""
    found = OtherJobs(mine).claims(paths)
    return {
        path: [(one.job, one.is_same_bucket, one.entry.key) for one in claims]
        for path, claims in found.items()
    }


def test_each_job_that_has_an_object_at_a_path_claims_it(mine: Job, tmp_path: Path) -> None:
    ran(job(tmp_path, "one"), "a", "x")
    ran(job(tmp_path, "two", bucket="other"), "a", "y/z")

    found = claimed(mine, "a", "x", "y/z", "b/c")

    assert sorted(found.pop("a")) == [("one", True, "key of a"), ("two", False, "key of a")]
    assert found == {
        "x": [("one", True, "key of x")],
        "y/z": [("two", False, "key of y/z")],
    }


def test_what_was_put_aside_is_claimed_for_no_job_and_owned_by_none(
    mine: Job, tmp_path: Path
) -> None:
    other = ran(job(tmp_path, "one"), "a", left=("a",))
    for one, row in ((mine, 2), (other, 1)):
        with Manifest.open(one.manifest_path) as manifest:
            manifest.put_aside([row])

    assert claimed(mine, "a", "b/c") == {
        "a": [("", True, "key of a")],
        "b/c": [("", True, "key of b/c")],
    }
    assert OtherJobs(mine).owners(["a", "b/c"]) == {}


def test_a_manifest_that_was_set_aside_is_claimed_for_no_job_and_one_that_cannot_be_read_is_not(
    mine: Job, tmp_path: Path
) -> None:
    for one in (mine, ran(job(tmp_path, "one"), "x")):
        with Manifest.open(one.manifest_path) as manifest:
            manifest.set_meta("wish", job_files.fingerprint(one))
        set_aside(one.manifest_path)
    (tmp_path / "jobs" / "two.sqlite.old2").write_bytes(b"garbage")

    assert claimed(mine, "a", "x") == {
        "a": [("", True, "key of a")],
        "x": [("", True, "key of x")],
    }
    others = OtherJobs(mine)
    others.refuse_unreadable()
    assert others.owners(["a", "x"]) == {}


def test_what_jobs_of_one_object_left_is_claimed_beside_what_others_have(
    mine: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = "WIN_PD_OVERRIDE_LOCAL_APPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
    monkeypatch.setenv(state, str(tmp_path / "state"))
    single, own = job(tmp_path, "single"), OwnFile(4, 1, 7)
    job_files.save(single)
    with Manifest.create(single.manifest_path) as manifest:
        info = ObjectInfo("the one", 4, "E1", MODIFIED)
        manifest.add([NewEntry(info, "s", Status.DONE, own=own, proof=Proof.MD5)])
    SingleGets().remember(single)
    single.manifest_path.unlink()
    ran(job(tmp_path, "one"), "x")

    found = claimed(mine, "s", "x", "absent")

    assert found == {"s": [("", True, "the one")], "x": [("one", True, "key of x")]}


@pytest.mark.fault("F32")
@pytest.mark.parametrize("boot", ["before", boot_id()], ids=["before", "now"])
def test_a_claim_tells_what_its_job_doubts_after_a_power_cut(
    mine: Job, tmp_path: Path, boot: str
) -> None:
    other = ran(job(tmp_path, "one"), "a", left=("a",))
    with Manifest.open(other.manifest_path) as manifest:
        manifest.begin_run(MODIFIED, boot)

    [claim] = OtherJobs(mine).claims(["a"])["a"]

    assert (claim.doubted_since is not None) == (boot == "before")


def test_what_another_job_doubts_is_found_out_only_where_it_left_a_file(
    mine: Job, tmp_path: Path
) -> None:
    other = ran(job(tmp_path, "one"), "a", "left", left=("left",))
    with Manifest.open(other.manifest_path) as manifest:
        manifest.begin_run(MODIFIED, "before")
    with closing(sqlite3.connect(other.manifest_path)) as db, db:
        db.execute("UPDATE runs SET started = 'never'")
    others = OtherJobs(mine)

    assert others.owners(["a", "absent"]) == {"a": "one"}
    with pytest.raises(UnreadableJobError, match=r"one\.sqlite"):
        others.owners(["left"])


@pytest.mark.parametrize(
    ("target", "name", "path"),
    [
        ("../target/sub", "a", "sub/a"),
        ("../target/sub", "d/", "sub/d/"),
        ("..", "target/a", "a"),
        ("../target-2", "a", None),
        ("../elsewhere", "a", None),
        ("../target", "sub", None),  # as a file, not as the folder that it is asked for
    ],
)
def test_a_job_that_fills_a_folder_around_the_target_or_in_it_has_its_files_there(
    mine: Job, tmp_path: Path, target: str, name: str, path: str | None
) -> None:
    ran(job(tmp_path, "other", target), name)
    paths = ["a", "sub/a", "sub/d/", "sub/", "b", "bus/a", "../target-2/a"]

    assert list(claimed(mine, *paths)) == ([path] if path else [])


def test_a_job_has_its_files_however_the_path_of_its_folder_is_written(tmp_path: Path) -> None:
    with second_path(tmp_path / "target") as other:
        ran(job(tmp_path, "same", str(other)), "a", "sub/a")
        ran(job(tmp_path, "inner", str(other / "sub")), "b")
        mine, below = job(tmp_path, "mine"), job(tmp_path, "below", "../target/sub")

        assert OtherJobs(mine).owners(["a", "b", "sub/b"]) == {"a": "same", "sub/b": "inner"}
        assert OtherJobs(below).owners(["a", "b", "sub/b"]) == {"a": "same", "b": "inner"}


@pytest.mark.parametrize(
    ("folder", "name", "path"), [("../target/sub", "a", "Sub/a"), ("../target", "readme", "ReadMe")]
)
def test_folders_and_names_count_as_the_disk_of_the_other_job_compares_them(
    mine: Job, tmp_path: Path, folder: str, name: str, path: str
) -> None:
    ran(replace(job(tmp_path, "other"), target=Target(folder, names="portable")), name)

    assert list(claimed(mine, path)) == [path]


def test_many_paths_are_asked_for_by_and_by(mine: Job, tmp_path: Path) -> None:
    names = [f"{number:03}" for number in range(600)]
    ran(job(tmp_path, "other"), *names)

    assert list(claimed(mine, *names, "a")) == names


def test_a_name_that_is_no_text_is_nobodys(mine: Job, tmp_path: Path) -> None:
    ran(job(tmp_path, "other"), "x")

    assert list(claimed(mine, "\ud800", "x")) == ["x"]


def test_what_others_have_is_told_by_the_name_of_one_and_left_out(
    mine: Job, tmp_path: Path
) -> None:
    ran(job(tmp_path, "other"), "a")

    assert OtherJobs(mine).owners(["a", "b/c"]) == {"a": "other"}
    assert OtherJobs(mine).without_theirs(["a", "b/c"]) == ["b/c"]


def test_what_neither_a_job_nor_another_has_is_a_stranger(mine: Job, tmp_path: Path) -> None:
    ran(job(tmp_path, "other"), "x")
    for name in ("a", "x", "free"):
        usual.put(mine.directory, name)

    with Manifest.open(mine.manifest_path) as manifest:
        assert list(strangers(mine, manifest)) == [["free"]]


def test_a_job_that_has_never_run_and_a_database_of_another_program_have_nothing(
    mine: Job, tmp_path: Path
) -> None:
    job_files.save(job(tmp_path, "saved"))
    Manifest.create(tmp_path / "jobs" / "planned.sqlite").close()
    (tmp_path / "jobs" / "app.sqlite").write_bytes(b"SQLite format 3\0" + bytes(100))

    assert OtherJobs(mine).owners(["a"]) == {}
    OtherJobs(mine).refuse_unreadable()


def test_jobs_of_the_users_own_folder_have_theirs_too(
    mine: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "home" / "jobs"
    monkeypatch.setattr("ossh.transfer.planning.other_jobs.own_folder", lambda: own)
    ran(job(own.parent, "theirs", str(mine.directory)), "a")

    assert claimed(mine, "a") == {"a": [("theirs", True, "key of a")]}


def test_downloads_in_python_have_theirs_too(mine: Job, tmp_path: Path) -> None:
    jobs = tmp_path / "target" / ".ossh" / "jobs"
    ran(usual.job(jobs / "one.toml", "../..", source=usual.SOURCE), "b/c")

    assert OtherJobs(mine).owners(["a", "b/c"]) == {"b/c": "one"}


def test_a_file_in_the_place_of_downloads_and_what_is_damaged_meanwhile_claim_nothing(
    mine: Job, tmp_path: Path
) -> None:
    usual.put(mine.directory, ".ossh/jobs")
    other, others = ran(job(tmp_path, "other"), "a"), OtherJobs(mine)
    assert others.owners(["a"]) == {"a": "other"}

    other.manifest_path.write_bytes(b"damaged")

    assert others.claims(["a"]) == {}


def test_a_job_whose_file_is_gone_has_its_files_still(mine: Job, tmp_path: Path) -> None:
    ran(job(tmp_path, "other"), "a").path.unlink()
    known = ran(job(tmp_path, "wished"), "a")
    known.path.unlink()
    with Manifest.open(known.manifest_path) as manifest:
        manifest.set_meta("wish", job_files.fingerprint(known))

    found = claimed(mine, "a")["a"]

    assert sorted(found) == [
        ("other.sqlite", False, "key of a"),
        ("wished.sqlite", True, "key of a"),
    ]


@pytest.mark.parametrize("damage", ["job file", "manifest"])
def test_while_another_job_cannot_be_read_it_may_have_any_file(
    mine: Job, tmp_path: Path, damage: str
) -> None:
    other = ran(job(tmp_path, "other"), "a")
    ran(job(tmp_path, "third"), "x")
    path = other.path if damage == "job file" else other.manifest_path
    path.write_bytes(b"= nonsense" * 100)

    with pytest.raises(UnreadableJobError, match=r"files whose objects are gone stay, .*other\."):
        OtherJobs(mine).owners(["b/c"])
    with pytest.raises(UnreadableJobError, match=r"nothing can be replaced, .*other\.") as refused:
        OtherJobs(mine).refuse_unreadable()
    assert refused.value.status == 3
    assert "jobs remove" in (refused.value.hint or "")
    assert list(claimed(mine, "x", "b/c")) == ["x"]
    others = OtherJobs(mine)
    others.claims(())
    held = weakref.ref(others)
    del others
    assert held() is None  # nor is it left to the garbage collector


def test_a_job_that_is_not_saved_has_no_others(tmp_path: Path) -> None:
    assert OtherJobs(job(tmp_path, "mine")).owners(["a"]) == {}


def test_files_are_where_a_run_put_them_whatever_the_job_file_says_now(
    mine: Job, tmp_path: Path
) -> None:
    one = ran(job(tmp_path, "one"), "x")
    job_files.save(replace(one, target=Target("../elsewhere")))

    assert claimed(mine, "x") == {"x": [("one", True, "key of x")]}


def test_where_no_target_is_recorded_the_job_file_tells_it(mine: Job, tmp_path: Path) -> None:
    other = ran(job(tmp_path, "other"), "a")
    with Manifest.open(other.manifest_path) as manifest:
        manifest.set_meta("target", "")

    assert list(claimed(mine, "a")) == ["a"]


def test_a_job_whose_names_are_not_settled_has_no_files_yet(mine: Job, tmp_path: Path) -> None:
    planned = job(tmp_path, "planned")
    job_files.save(planned)
    with Manifest.create(planned.manifest_path) as manifest:
        manifest.set_meta("target", str(planned.real_directory))

    assert claimed(mine, "a") == {}


def test_a_folder_of_jobs_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_bytes(b"")

    with pytest.raises(LocalError, match=r"cannot read '.*jobs': \w"):
        OtherJobs(job(tmp_path, "mine")).claims(["a"])


def test_what_others_remember_is_told_as_far_as_it_can_be_read(mine: Job, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        with Manifest.open(ran(job(tmp_path, name), "a").manifest_path) as manifest:
            manifest.set_meta("name", f"of {name}")
    others = OtherJobs(mine)
    others.refuse_unreadable()
    job(tmp_path, "two").manifest_path.write_bytes(b"damaged")

    assert sorted(others.remembered("name")) == ["of one", "of three"]
