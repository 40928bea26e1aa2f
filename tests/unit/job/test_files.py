"""Job files on disk: written as a whole or not at all, found again, and named."""

import os
import re
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.errors import JobFileError, LocalError, UsageError
from ossh.job import (
    Job,
    default_name,
    job_path,
    list_jobs,
    load,
    natural_sort_key,
    own_folder,
    save,
)
from ossh.job.files import candidates, check_name, is_free
from ossh.model import Target
from ossh.selection import Selection
from ossh.text_files import HINT
from tests import usual
from tests.holding import Hold
from tests.planting import where_nobody_can_look


@pytest.fixture
def job(tmp_path: Path) -> Job:
    filters = Selection(suffix=(".gz",))
    return usual.job(tmp_path / "jobs" / "logs.toml", "../logs", selection=filters)


def test_a_saved_job_is_loaded_as_it_was(job: Job) -> None:
    save(job)

    assert load(job.path) == load(str(job.path)) == job
    assert list(job.path.parent.iterdir()) == [job.path]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is not replaced there")
def test_saving_replaces_the_file_as_a_whole(job: Job) -> None:
    save(job)
    with job.path.open() as old:
        save(replace(job, target=Target("../elsewhere")))
        assert 'directory = "../logs"' in old.read()

    assert load(job.path).target == Target("../elsewhere")


@pytest.mark.fault("F37")
def test_a_job_file_that_another_program_has_open_is_named_and_stays(job: Job, hold: Hold) -> None:
    save(job)
    hold(job.path)

    with pytest.raises(LocalError, match=r"logs\.toml': another program has it open") as caught:
        save(replace(job, target=Target("../elsewhere")))

    assert caught.value.hint == "close the program that has it open, then try again"
    assert load(job.path) == job
    assert list(job.path.parent.iterdir()) == [job.path]


@pytest.mark.fault("F47")
def test_a_file_in_place_of_the_jobs_folder_is_named(job: Job) -> None:
    job.path.parent.write_text("a file")

    with pytest.raises(LocalError, match=r"cannot write '.*logs\.toml': ") as caught:
        save(job)

    assert caught.value.hint == "choose another jobs folder: --jobs-dir"


def test_a_folder_in_place_of_the_file_is_named_and_nothing_is_left_over(job: Job) -> None:
    job.path.mkdir(parents=True)

    with pytest.raises(LocalError, match=r"cannot write '.*logs\.toml': "):
        save(job)

    assert list(job.path.parent.iterdir()) == [job.path]


def test_a_missing_job_is_no_job(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no job file '.*a\.toml'") as caught:
        load(tmp_path / "a.toml")

    assert caught.value.hint == "'jobs' lists them"


def test_a_folder_is_no_job(tmp_path: Path) -> None:
    where = re.escape(f"cannot read '{tmp_path}': ")
    with pytest.raises((LocalError, UsageError), match=where):
        load(tmp_path)


def test_a_mark_in_front_of_the_text_does_no_harm(job: Job) -> None:
    save(job)
    job.path.write_bytes(b"\xef\xbb\xbf" + job.path.read_bytes().replace(b"\n", b"\r\n"))

    assert load(job.path) == job


@pytest.mark.fault("F43")
def test_what_is_not_utf8_is_named_with_its_line(job: Job) -> None:
    save(job)
    job.path.write_bytes(b"version = 1\nprefix = '\xc4\xe3'\n")  # GBK

    with pytest.raises(JobFileError) as caught:
        load(job.path)

    assert str(caught.value) == f"'{job.path}', line 2: not UTF-8 text"
    assert caught.value.hint == HINT


def test_a_huge_file_is_no_job_file(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 257 << 10)

    with pytest.raises(JobFileError) as caught:
        load(path)

    assert str(caught.value) == f"'{path}' is too large for a job file"
    assert caught.value.hint == (
        "accepted: up to 256 KiB; a list of keys can be a file of its own: 'keys'"
    )


def test_a_job_file_may_be_as_long_as_one_is_written(job: Job) -> None:
    save(job)
    with job.path.open("ab") as file:
        file.write(b"#" * ((256 << 10) - file.tell()))

    assert load(job.path) == job


def test_no_job_file_is_written_that_could_not_be_read(job: Job) -> None:
    globs = tuple(f"photos/{number:010d}/*.jpg" for number in range(20_000))

    with pytest.raises(JobFileError) as caught:
        save(replace(job, selection=Selection(include=globs)))
    assert str(caught.value) == f"the filters of '{job.path}' are too long for a job file"
    assert caught.value.hint == "use fewer filters, or list the keys in a file: 'get --from FILE'"
    assert not job.path.exists()

    save(replace(job, selection=Selection(include=globs[:5000])))

    assert load(job.path).selection.include == globs[:5000]


def test_jobs_are_listed_by_name_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("a-10.toml", "b.toml", "a-9.toml", "a.sqlite", ".b.toml.new", ".hidden.toml"):
        (tmp_path / name).touch()
    (tmp_path / "folder.toml").mkdir()

    assert [path.name for path in list_jobs(tmp_path)] == ["a-9.toml", "a-10.toml", "b.toml"]


def test_a_missing_folder_has_no_jobs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert list_jobs(tmp_path / "nowhere") == []
    assert list_jobs(tmp_path / "file") == []


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    with pytest.raises(LocalError, match=rf"cannot read '{re.escape(str(loop))}': ") as caught:
        list_jobs(loop)

    assert caught.value.hint == "choose another jobs folder: --jobs-dir"


def test_a_name_leads_to_a_file_in_the_jobs_folder_only(tmp_path: Path) -> None:
    assert job_path(tmp_path, "logs-2026") == tmp_path / "logs-2026.toml"

    with pytest.raises(UsageError):
        job_path(tmp_path, "../logs")


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    names = [path.name for path in islice(candidates(tmp_path, "a"), 3)]

    assert names == ["a.toml", "a-2.toml", "a-3.toml"]


def test_a_name_is_taken_by_a_job_file_or_by_a_manifest_alone(tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()
    (tmp_path / "b.sqlite").touch()

    free = [is_free(tmp_path / f"{name}.toml") for name in "abc"]

    assert free == [False, False, True]


def test_a_name_of_60_characters_leaves_room_for_a_number(tmp_path: Path) -> None:
    paths = list(islice(candidates(tmp_path, "x-" + "a" * 49 + "-16-of-16"), 101))

    assert len(set(paths)) == 101
    assert paths[1].stem == "a" * 49 + "-16-of-16-2"
    assert len(paths[100].stem) == 60


def test_a_name_is_not_free_where_nobody_can_look(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot read"):
        is_free(where_nobody_can_look(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="XDG variables")
def test_jobs_of_ones_own_are_where_the_user_keeps_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert own_folder() == tmp_path / "ossh" / "jobs"


@pytest.mark.parametrize("name", ["logs-2026", "my job", "a.b_c", "日志", "x" * 60])
def test_ordinary_names_are_accepted(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "../x", "a/b", "a\\b", "C:x", ".hidden", "x.", " x", "x ", "-x", "~x", "a*", "a\nb", "\x1b",
        "CON", "nul.txt", "com1", "LPT²", "x" * 61, "a\u202eb", "..", "logs.toml", "it's", "$x",
        "a;b", "a&b", "a`b", "100%", "no!",
    ],
)  # fmt: skip
def test_what_is_no_name_on_some_system_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a job name") as caught:
        check_name(name)

    assert caught.value.hint is not None
    assert caught.value.hint.startswith("accepted: letters")


def test_names_are_sorted_as_people_count() -> None:
    names = ["web-10", "web-10b", "web", "2026-10", "2026-9", "web-2"]

    assert sorted(names, key=natural_sort_key) == [
        "2026-9", "2026-10", "web", "web-2", "web-10", "web-10b",
    ]  # fmt: skip


@given(st.sets(st.text(), max_size=4))
def test_any_names_can_be_sorted_and_none_counts_as_another(names: set[str]) -> None:
    assert len({natural_sort_key(name) for name in names}) == len(
        sorted(names, key=natural_sort_key)
    )


def test_a_name_that_is_refused_is_shown_as_a_terminal_may_and_there_must_be_one() -> None:
    with pytest.raises(UsageError) as caught:
        check_name("a\x1b")
    with pytest.raises(UsageError, match="a job needs a name"):
        check_name("")

    assert str(caught.value) == r"'a\x1b' cannot be a job name"


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["logs/2026/", "my-bucket"], "logs-2026"),
        (["cold data", "archive/", "my-bucket"], "cold-data"),
        (["..", "archive/", "my-bucket"], "archive"),
        (["", "my-bucket"], "my-bucket"),
        (["///", "my-bucket"], "my-bucket"),
        (["con/", "my-bucket"], "my-bucket"),
        (["照片/夏 天/"], "照片-夏-天"),
        (["a" * 100 + "/end"], "a" * 56 + "-end"),
        (["../.x"], "x"),
        (["etc/conf.toml"], "etc-conf"),  # not as its file would be called
        (["a.toml.toml/"], "a"),
        ([".toml", "my-bucket"], "toml"),
        (["..", "con"], "job"),
    ],
)
def test_a_name_is_made_of_the_first_text_that_gives_one(texts: list[str], name: str) -> None:
    assert default_name(*texts) == name


def test_a_long_name_leaves_room_for_what_is_added() -> None:
    name = default_name("a" * 100, "my-bucket", suffix="-3-of-16")

    assert len(check_name(f"{name}-3-of-16")) == 60


@settings(deadline=None)
@given(prefix=st.text(), bucket=st.text())
def test_whatever_is_made_is_accepted(prefix: str, bucket: str) -> None:
    assert check_name(default_name(prefix, bucket))
