from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.errors import UsageError
from ossh.selection import Selection
from ossh.session import Session, Wish
from ossh.units import parse_moment


def finished(session: Session, wish: Wish) -> int:
    run = session.start(session.job_for(wish))
    run.join(30)
    assert run.error is None
    assert run.summary is not None
    return run.summary.status


def test_one_job_fetches_from_one_bucket(session: Session) -> None:
    with pytest.raises(UsageError, match="from only one bucket"):
        session.job_for(Wish(("logs/", "oss://another/x")))


def test_names_in_another_bucket_are_fetched_from_there(
    session: Session, server: DemoServer
) -> None:
    server.add_bucket("another-bucket")
    server.put("x/y", b"1", bucket="another-bucket")

    job = session.job_for(Wish(("oss://another-bucket/x/",)))

    assert (job.source.bucket, job.source.prefix) == ("another-bucket", "x/")


def test_the_open_job_is_what_a_bare_get_goes_on_with(session: Session) -> None:
    session.enter("logs/")
    job = session.save(Wish(name="mine", directory="out"))

    assert session.job_for(Wish()).path == job.path
    assert session.job_for(Wish(directory="else")).path != job.path
    session.enter("sub/")
    assert session.job is None


def test_a_bare_get_means_the_last_job_until_one_moves_or_filters(session: Session) -> None:
    finished(session, Wish(("logs/sub/",), name="part"))

    assert session.job_for(Wish()).name == "part"
    assert session.job_for(Wish((".",))).source.prefix == ""
    session.selection = Selection(suffix=(".gz",))
    assert session.job_for(Wish()).source.prefix == ""


def test_a_job_saved_from_another_endpoint_is_the_same_work(session: Session) -> None:
    session.enter("logs/")
    saved = session.save(Wish())
    elsewhere = replace(saved, source=replace(saved.source, endpoint="http://127.0.0.1:1"))
    job_files.save(elsewhere)
    session.job = None

    found = session.job_for(Wish())

    assert found.path == saved.path
    assert found.source.endpoint == saved.source.endpoint


@pytest.mark.fault("F54")
@pytest.mark.parametrize("newer", [timedelta(days=7), parse_moment("2026-01-15")])
def test_the_same_wish_is_the_same_job_on_the_next_day(
    session: Session, newer: datetime | timedelta
) -> None:
    session.selection = Selection(newer=newer)
    session.now = lambda: datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)
    before = session.save(Wish())
    session.job = None
    session.now = lambda: datetime(2026, 3, 29, 0, 0, 1, tzinfo=UTC)

    assert session.job_for(Wish()).path == before.path


def test_a_long_name_that_is_made_leaves_room_for_a_number(session: Session) -> None:
    names = [session.save(Wish(("logs/",), name)).name for name in ("x/" + "a" * 70, "a" * 70)]

    assert names == ["a" * 60, "a" * 58 + "-2"]
