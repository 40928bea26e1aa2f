"""The keys of a file, what another job lacks, and which report a text means."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ossh import demo
from ossh.errors import StoreError, UsageError
from ossh.job import Job, save
from ossh.manifest import Manifest, NewEntry
from ossh.model import Cause, Failure, Source, Status
from ossh.selection import KeyList, Selection
from ossh.session import Connection, JobRequest, Options, Place, Session
from ossh.session.jobs.key_sources import inventory_for, keys_from
from tests import usual
from tests.reports import put_report

HERE = Place("my-bucket", "logs/")

Keys = Callable[[str], tuple[str, ...]]


@pytest.fixture
def night(tmp_path: Path) -> Job:
    """Give the job "night", in which all but one object failed."""
    source = Source("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "my-bucket")
    job = usual.job(tmp_path / "jobs" / "night.toml", "../out", source=source)
    save(job)
    denied = Failure(Cause.DENIED, "AccessDenied", "access denied")
    statuses = {
        "z": Status.FAILED,
        "done": Status.DONE,
        "a": Status.GONE,
        "m": Status.ARCHIVED,
        "pending": Status.PENDING,
    }
    rows = [NewEntry(usual.info(key), key, status, denied) for key, status in statuses.items()]
    with Manifest.create(job.manifest_path) as manifest:
        manifest.add(rows)
    return job


@pytest.fixture
def keys(night: Job, tmp_path: Path) -> Keys:
    """Return what a text stands for where the jobs are."""
    session = Session(environ={}, home=tmp_path, jobs_directory=night.path.parent)
    session.place = HERE
    return partial(keys_from, session, here=session.place)


@pytest.mark.parametrize("text", ["night", "{jobs}/night.toml", "{jobs}/night.sqlite"])
def test_a_job_stands_for_what_it_lacks(keys: Keys, night: Job, text: str) -> None:
    jobs = night.path.parent

    assert keys(text.format(jobs=jobs)) == ("a", "m", "z")


def test_a_manifest_without_its_job_file_will_do(keys: Keys, night: Job) -> None:
    night.path.unlink()

    assert keys(str(night.manifest_path)) == ("a", "m", "z")


def test_a_file_goes_before_a_job_of_its_name_and_that_before_a_folder(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    night = tmp_path / "night"
    night.write_text("logs/a\n", encoding="utf-8")
    assert keys("night") == ("logs/a",)

    night.unlink()
    night.mkdir()

    assert keys("night") == ("a", "m", "z")


def test_what_is_neither_is_refused(keys: Keys, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no list of keys 'day'") as raised:
        keys("day")
    assert "takes a job" in (raised.value.hint or "")
    with pytest.raises(UsageError, match="there is no job file"):
        keys(str(tmp_path / "day.toml"))


@pytest.mark.parametrize("text", ["new", "{jobs}/new.toml", "{jobs}/new.sqlite"])
def test_a_job_that_has_never_run_is_refused_and_named(keys: Keys, night: Job, text: str) -> None:
    save(replace(night, path=night.path.with_name("new.toml")))

    with pytest.raises(UsageError, match="the job 'new' has never run") as raised:
        keys(text.format(jobs=night.path.parent))

    assert raised.value.hint == "'resume new' runs it"


def test_a_job_of_another_bucket_or_without_failures_is_refused(keys: Keys, night: Job) -> None:
    other = replace(night, path=night.path.with_name("other.toml"))
    save(replace(other, source=replace(night.source, bucket="elsewhere")))
    whole = replace(night, path=night.path.with_name("whole.toml"))
    save(whole)
    Manifest.create(whole.manifest_path).close()

    with pytest.raises(UsageError, match="the job 'other' is for another bucket, elsewhere"):
        keys("other")
    with pytest.raises(UsageError, match="the job 'whole' has no failures"):
        keys("whole")


@pytest.fixture(scope="module")
def report_server() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True) as running:
        running.add_bucket("reports")
        for scan in ("2026-01-01T00-00Z", "2026-02-01T00-00Z"):
            put_report(running, [], home="reports", folder="weekly/", scan=scan)
        running.put("weekly/2026-03-01T00-00Z/manifest.json.tmp", b"", bucket="reports")
        running.put("weekly/zzz/manifest.json", b"", bucket="reports")
        yield running


@pytest.fixture
def connection(report_server: demo.DemoServer, tmp_path: Path) -> Connection:
    options = Options(endpoint=report_server.endpoint, region=report_server.region)
    return Connection(options, environ=report_server.environ, home=tmp_path)


def found(connection: Connection, text: str, bucket: str = "demo-bucket") -> str:
    return inventory_for(connection, Place(bucket), JobRequest(inventory=text), Selection())


@pytest.mark.parametrize(
    ("text", "scan"),
    [
        ("weekly/2026-01-01T00-00Z/manifest.json", "2026-01-01T00-00Z"),
        ("weekly/2026-01-01T00-00Z/", "2026-01-01T00-00Z"),
        ("weekly/2026-01-01T00-00Z", "2026-01-01T00-00Z"),
        ("weekly/", "2026-02-01T00-00Z"),
        ("weekly", "2026-02-01T00-00Z"),
    ],
)
def test_a_manifest_its_folder_or_that_of_the_rule_will_do(
    connection: Connection, text: str, scan: str
) -> None:
    address = found(connection, f"oss://reports/{text}")

    assert address == f"oss://reports/weekly/{scan}/manifest.json"


@pytest.mark.parametrize("text", ["oss://reports/", "oss://reports/weekly/data", "nowhere"])
def test_where_no_report_is_that_is_said(connection: Connection, text: str) -> None:
    with pytest.raises(UsageError, match="there is no inventory at oss://") as raised:
        found(connection, text)

    assert "manifest.json" in (raised.value.hint or "")


def test_a_manifest_that_is_not_there_is_an_error_of_the_store(connection: Connection) -> None:
    with pytest.raises(StoreError, match="no such object"):
        found(connection, "oss://reports/none/manifest.json")


def test_an_inventory_takes_no_list_of_keys(connection: Connection) -> None:
    listed = Selection(keys_from=(KeyList("keys.txt", frozenset({"a"})),))

    with pytest.raises(UsageError, match="a list of keys and --inventory"):
        inventory_for(connection, Place("b"), JobRequest(inventory="x"), listed)
