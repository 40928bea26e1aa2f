from dataclasses import replace
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.errors import UsageError
from ossh.selection import Selection
from ossh.session import Options, Place, Session, Wish
from ossh.session.ledger import state_of
from ossh.transfer.preflight import Preflight


def finished(session: Session, wish: Wish) -> int:
    run = session.start(session.job_for(wish))
    run.join(30)
    assert run.error is None
    assert run.summary is not None
    return run.summary.status


def test_a_session_connects_when_it_must(server: DemoServer, tmp_path: Path) -> None:
    session = Session(
        environ={"OSS_ACCESS_KEY_ID": "a", "OSS_ACCESS_KEY_SECRET": "b"},
        home=tmp_path,
        jobs_directory=tmp_path,
        options=Options(endpoint=server.endpoint),
    )

    source = session.source(Place("bucket"))

    assert source.endpoint == server.endpoint


@pytest.mark.parametrize(
    "said", [Options(region="mars"), Options(endpoint="cn-hangzhou"), Options(profile="nobody")]
)
def test_a_slip_of_who_connects_leaves_the_former_connection(
    session: Session, said: Options
) -> None:
    before = session.connection

    with pytest.raises(UsageError):
        session.connect(said)

    assert session.connection is before
    assert session.enter("logs/").prefix == "logs/"


def test_a_prefix_beats_an_object_of_the_same_name_for_cd(
    session: Session, server: DemoServer
) -> None:
    server.put("x", b"1")
    server.put("x/y", b"2")

    assert session.enter("x") == Place(server.bucket, "x/")


def test_going_back_and_forth_asks_nothing(session: Session, server: DemoServer) -> None:
    session.enter("logs/")
    server.stop()

    assert session.enter("-").prefix == ""
    assert session.enter("-").prefix == "logs/"


def test_a_job_is_opened_with_the_present_keys(session: Session) -> None:
    session.save(Wish(("logs/",), name="mine"))
    provider = session.connection.provider
    session.environ = {}

    session.open("mine")

    assert session.connection.provider is provider


def test_a_job_that_was_there_before_stays_however_its_run_ends(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_bytes(b"")
    job = session.save(Wish(directory="taken", name="mine"))

    run = session.start(job)
    run.join(30)
    session.forget_unbegun(run)

    assert run.error is not None or (run.summary is not None and run.summary.ended == "error")
    assert job.path.exists()
    assert state_of(job).state == "new"


def test_an_edit_of_the_job_file_counts_at_the_next_run(session: Session, tmp_path: Path) -> None:
    session.enter("logs/")
    job = session.save(Wish(name="mine"))
    moved = replace(job, target=replace(job.target, directory=str(tmp_path / "moved")))
    job_files.save(moved)

    assert finished(session, Wish()) == 0

    assert (tmp_path / "moved" / "a.gz").read_bytes() == b"a.gz"


def test_open_goes_by_name_and_by_path(session: Session, tmp_path: Path) -> None:
    session.enter("logs/")
    session.selection = Selection(suffix=(".gz",))
    path = session.save(Wish(name="mine")).path
    session.selection = Selection()
    session.enter("/")

    for name in ("mine", str(path), path.relative_to(tmp_path).as_posix()):
        job = session.open(name)

        assert job.path == path
        assert session.place.prefix == "logs/"
        assert session.selection.suffix == (".gz",)
        assert session.job == job


def test_a_second_run_waits_for_one_that_is_about_to_end(session: Session) -> None:
    first = session.start(session.job_for(Wish(("logs/",))))

    second = session.start(session.job_for(Wish(("logs/",))))
    second.join(30)

    assert not first.is_alive()
    assert second.error is None


def test_a_preflight_leaves_no_trace(session: Session, tmp_path: Path) -> None:
    sheet = Preflight()

    with session.preflight(Wish(("logs/",)), sheet) as run:
        run.join(30)

    assert sum(sheet.objects.values()) == 3
    assert list(tmp_path.iterdir()) == []
