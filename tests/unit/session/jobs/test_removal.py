"""What goes with a job, and what stays."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ossh.errors import JobFileError
from ossh.manifest import ManifestReader
from ossh.run_lock import RunLock
from ossh.selection import Selection
from ossh.session import JobRequest, Session
from ossh.session.jobs.opening import save_job
from ossh.session.jobs.removal import forget_empty, forget_unbegun, plan_removal, remove
from ossh.transfer.run import Run
from tests.unit.session.started import finished, started


def got(session: Session, name: str) -> Path:
    """Return the file of a job that has fetched a folder."""
    return finished(session, JobRequest(("logs/",), name, name)).job.path


def test_all_files_of_a_job_go_and_the_job_file_last(session: Session) -> None:
    path = got(session, "one")
    for end in (".sqlite.old", ".sqlite.old2-wal", ".sqlite.older"):
        path.with_suffix(end).write_bytes(b"12345")

    found = plan_removal(session, path)

    assert [one.name for one in found.files] == [
        "one.sqlite",
        "one.sqlite.old",
        "one.sqlite.old2-wal",
        "one.toml",
    ]
    assert found.size == sum(one.stat().st_size for one in found.files)
    assert (found.name, found.partial_files) == ("one", 0)


def test_partial_files_go_and_what_was_fetched_stays(session: Session) -> None:
    path = got(session, "one")
    folder = Path("one", ".ossh", ManifestReader(path.with_suffix(".sqlite")).job_id)
    folder.mkdir(parents=True)
    (folder / "7").write_bytes(b"12345")
    without = plan_removal(session, path).size - 5

    found = plan_removal(session, path)
    remove(session, found)

    assert (found.partial_files, found.size) == (1, without + 5)
    assert not folder.parent.exists()
    assert sorted(one.name for one in Path("one").iterdir()) == ["a.gz", "b.txt", "sub"]
    assert not path.exists()


@pytest.mark.parametrize("text", ["[tool]\n", "no TOML at all"])
def test_of_a_file_that_is_no_job_only_one_in_the_jobs_folder_goes(
    session: Session, text: str
) -> None:
    session.jobs_directory.mkdir(exist_ok=True)
    foreign = Path("pyproject.toml").absolute(), session.jobs_directory / "broken.toml"
    for path in foreign:
        for file in (path, path.with_suffix(".sqlite")):
            file.write_text(text, encoding="utf-8")

    with pytest.raises(JobFileError, match=r"pyproject\.toml"):
        plan_removal(session, foreign[0])
    remove(session, plan_removal(session, foreign[1]))

    assert [path.exists() for path in foreign] == [True, False]
    assert [path.with_suffix(".sqlite").exists() for path in foreign] == [True, False]


def test_beside_a_job_file_elsewhere_only_manifests_go(session: Session) -> None:
    path = Path("elsewhere", "one.toml").absolute()
    path.parent.mkdir()
    kept = got(session, "one")
    for end in (".toml", ".sqlite"):
        kept.with_suffix(end).rename(path.with_suffix(end))
    for end in (".sqlite-wal", ".sqlite.old", ".sqlite.old2-wal"):
        path.with_suffix(end).write_bytes(b"12345")

    remove(session, plan_removal(session, path))

    assert sorted(one.name for one in path.parent.iterdir()) == [
        "one.sqlite.old",
        "one.sqlite.old2-wal",
    ]


def test_removing_another_job_leaves_the_open_one_open(session: Session) -> None:
    first, second = got(session, "one"), got(session, "two")

    remove(session, plan_removal(session, first))
    assert session.job is not None
    remove(session, plan_removal(session, second))

    assert session.job is None


def listed(session: Session, name: str) -> Path:
    """Return the list of keys that a job keeps, which is to fetch what a list names."""
    Path("mine.txt").write_text("logs/a.gz\n", encoding="utf-8")
    job = save_job(session, JobRequest((), name, name, "mine.txt"))
    assert job.keys_path is not None
    return job.keys_path


@pytest.mark.parametrize("mine", ["../mine.txt", "mine.csv"])
def test_a_list_of_keys_that_somebody_wrote_stays(session: Session, mine: str) -> None:
    kept = listed(session, "one")
    path = session.jobs_directory / "one.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(kept.name, mine), encoding="utf-8")
    own = session.jobs_directory / mine
    own.write_bytes(kept.read_bytes())

    remove(session, plan_removal(session, path))

    assert own.exists()


def test_a_list_of_keys_stays_while_the_file_of_another_job_cannot_be_read(
    session: Session,
) -> None:
    kept = listed(session, "one")
    broken = session.jobs_directory / "two.toml"
    text = (session.jobs_directory / "one.toml").read_text(encoding="utf-8")
    broken.write_text(text + "?", encoding="utf-8")

    remove(session, plan_removal(session, session.jobs_directory / "one.toml"))

    assert kept.exists()


def unbegun(session: Session) -> Run:
    """Return the run of a new job, with a list of keys, whose target is in the way."""
    Path("mine.txt").write_text("logs/a.gz\n", encoding="utf-8")
    Path("taken").write_bytes(b"")
    run = started(session, JobRequest((), "taken", "one", "mine.txt"))
    run.join(60)
    return run


def empty(session: Session) -> Run:
    """Return the run of a new job that selects nothing."""
    session.selection = Selection(suffix=(".none",))
    return finished(session, JobRequest(("logs/",), "one", "one"))


@pytest.mark.parametrize(("begin", "forget"), [(unbegun, forget_unbegun), (empty, forget_empty)])
def test_a_job_that_goes_by_itself_leaves_what_an_earlier_one_of_its_name_left(
    session: Session, begin: Callable[[Session], Run], forget: Callable[[Session, Run], None]
) -> None:
    session.jobs_directory.mkdir()
    aside = session.jobs_directory / "one.sqlite.old"
    aside.write_bytes(b"12345")

    run = begin(session)
    was_there = run.job.path.exists()
    forget(session, run)

    assert was_there
    assert list(session.jobs_directory.iterdir()) == [aside]


def test_a_job_that_could_not_begin_stays_while_another_process_runs_it(session: Session) -> None:
    run = unbegun(session)
    before = sorted(session.jobs_directory.iterdir())

    lock = RunLock.take(run.job.path)
    forget_unbegun(session, run)
    lock.release()

    assert run.job.path in before
    assert sorted(session.jobs_directory.iterdir()) == before
