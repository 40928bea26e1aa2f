"""What goes with a job, and what stays."""

from pathlib import Path

import pytest

from ossh.errors import JobLockedError
from ossh.manifest import Manifest, ManifestReader
from ossh.session import Session, Wish
from ossh.session.removal import finished, removal, remove


def got(session: Session, name: str) -> Path:
    """Return the file of a job that has fetched a folder."""
    run = session.start(session.job_for(Wish(("logs/",), name, name)))
    run.join(20)
    assert run.error is None
    return run.job.path


def test_all_files_of_a_job_go_and_the_job_file_last(session: Session) -> None:
    path = got(session, "one")
    for end in (".sqlite.old", ".sqlite.old2-wal", ".sqlite.older"):
        path.with_suffix(end).write_bytes(b"12345")

    found = removal(session, path)

    assert [one.name for one in found.files] == [
        "one.sqlite",
        "one.sqlite.old",
        "one.sqlite.old2-wal",
        "one.toml",
    ]
    assert found.size == sum(one.stat().st_size for one in found.files)
    assert (found.name, found.partial) == ("one", 0)


def test_partial_files_go_and_what_was_fetched_stays(session: Session) -> None:
    path = got(session, "one")
    folder = Path("one", ".ossh", ManifestReader(path.with_suffix(".sqlite")).job_id)
    folder.mkdir(parents=True)
    (folder / "7").write_bytes(b"12345")
    without = removal(session, path).size - 5

    found = removal(session, path)
    remove(session, found)

    assert (found.partial, found.size) == (1, without + 5)
    assert not folder.parent.exists()
    assert sorted(one.name for one in Path("one").iterdir()) == ["a.gz", "b.txt", "sub"]
    assert not path.exists()


def test_a_job_that_another_process_runs_is_not_removed(session: Session) -> None:
    path = got(session, "one")
    found = removal(session, path)

    with Manifest.open(path.with_suffix(".sqlite")), pytest.raises(JobLockedError):
        remove(session, found)

    assert path.exists()


def test_only_jobs_that_are_done_are_finished(session: Session) -> None:
    done = got(session, "one")
    session.save(Wish(("logs/a.gz",), "two", "two"))
    (session.jobs_directory / "three.toml").write_text("?", encoding="utf-8")

    assert list(finished(session)) == [done]


def test_removing_another_job_leaves_the_open_one_open(session: Session) -> None:
    first, second = got(session, "one"), got(session, "two")

    remove(session, removal(session, first))
    assert session.job is not None
    remove(session, removal(session, second))

    assert session.job is None
