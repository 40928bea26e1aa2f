"""Jobs that somebody vouched for."""

import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.errors import UsageError
from ossh.job import Job
from ossh.model import Source, Target
from ossh.selection import Selection
from ossh.session.trust.trusted_jobs import TrustedJobs

pytestmark = pytest.mark.fault("F52")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    source = Source("https://files.example.com", "", "bucket", "logs/")
    created = datetime(2026, 1, 1, tzinfo=UTC)
    return Job(tmp_path / "j.toml", created, source, Selection(), Target("../out"))


def test_a_job_is_remembered_by_later_sessions_for_its_owner_alone(
    job: Job, tmp_path: Path
) -> None:
    file = tmp_path / "state" / "trusted"
    assert not TrustedJobs(lambda: file).includes(job)

    TrustedJobs(lambda: file).remember(job)
    TrustedJobs(lambda: file).remember(job)

    assert TrustedJobs(lambda: file).includes(job)
    assert len(file.read_text().splitlines()) == 1
    assert "bucket" not in file.read_text()
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_is_read_from_its_file_is_the_same_job(job: Job) -> None:
    trusted = TrustedJobs()
    job_files.save(job)

    trusted.remember(job)

    assert trusted.includes(job_files.load(job.path))


def test_somebody_is_asked_once_about_an_unusual_job_only(job: Job) -> None:
    asked: list[tuple[str, ...]] = []
    trusted = TrustedJobs()

    trusted.check(job, ())
    with pytest.raises(UsageError, match=r"j\.toml' is not trusted: odd; strange"):
        trusted.check(job, ("odd", "strange"))

    def agree(_job: Job, reasons: tuple[str, ...]) -> bool:
        asked.append(reasons)
        return True

    trusted.vouches = agree
    trusted.check(job, ("odd",))
    trusted.check(job, ("odd",))

    assert asked == [("odd",)]


def test_another_source_or_target_is_another_job(job: Job) -> None:
    trusted = TrustedJobs()
    trusted.remember(job)

    others = [
        replace(job, source=replace(job.source, endpoint="https://evil.example")),
        replace(job, target=Target("../.ssh")),
        replace(job, target=replace(job.target, existing="replace")),
        replace(job, path=job.path.parent / "deeper" / "j.toml"),
        replace(job, keys="keys.csv"),
    ]

    assert not any(map(trusted.includes, others))
    assert trusted.includes(replace(job, selection=Selection(suffix=(".gz",))))


def test_trust_does_not_follow_a_link_that_leads_elsewhere_now(job: Job, tmp_path: Path) -> None:
    trusted, link = TrustedJobs(), tmp_path / "link"
    linked = replace(job, target=Target("link/out"))
    link.symlink_to(tmp_path / "one")
    trusted.remember(linked)
    assert trusted.includes(linked)

    link.unlink()
    link.symlink_to(tmp_path / "other")

    assert not trusted.includes(linked)


def test_where_nothing_can_be_written_a_session_still_remembers(job: Job, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    trusted = TrustedJobs(lambda: tmp_path / "file" / "trusted")

    trusted.remember(job)

    assert trusted.includes(job)
