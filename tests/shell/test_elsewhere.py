"""A bucket that is not where one thinks: found from the service's error, told in one line."""

from collections.abc import Iterator

import pytest

from ossh.demo import DemoServer
from ossh.session import Options
from tests.servers import Lender
from tests.shell.conftest import Driver, Launcher


@pytest.fixture(scope="module")
def lender_there() -> Iterator[Lender]:
    lender = Lender(bucket="far")
    yield lender
    lender.close()


@pytest.fixture
def there(lender_there: Lender) -> Iterator[DemoServer]:
    """Give the server that has the bucket."""
    with lender_there.lend() as server:
        server.put("logs/a.txt", b"one\ntwo\n")
        server.put("logs/large.bin", size=600_000)
        yield server


@pytest.fixture
def server(server: DemoServer, there: DemoServer) -> DemoServer:
    """Give the server that sends everybody to the other one."""
    server.add_bucket("far", elsewhere=f"127.0.0.1:{there.port}")
    return server


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("cd oss://far/logs/", ""),
        ("ls oss://far/logs/", "a.txt"),
        ("stat oss://far/logs/a.txt", "logs/a.txt"),
        ("cat oss://far/logs/a.txt", "one\ntwo"),
        ("head oss://far/logs/a.txt -n 1", "one"),
        ("preview oss://far/logs/", "largest\t8\tlogs/a.txt"),
        ("get oss://far/logs/ --to out", "done: 2 objects"),
    ],
)
def test_whatever_comes_first_goes_there_and_says_so_once(
    fresh: Driver, there: DemoServer, line: str, shown: str
) -> None:
    said, again = fresh(line), fresh("ls oss://far/logs/")

    assert said.status == 0, said
    assert shown in said.out
    assert said.err.count(f"bucket 'far' is at {there.endpoint}, not at") == 1
    assert (again.status, "not at" in again.err) == (0, False)


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "line", ["ls oss://lost/", "stat oss://lost/a", "cat oss://lost/a", "get oss://lost/ --to out"]
)
def test_a_stranger_is_told_and_not_followed(fresh: Driver, line: str) -> None:
    fresh.server.add_bucket("lost", elsewhere="oss.stranger.example")

    said = fresh(line)

    assert said.status == 3
    assert "the bucket must be reached at the endpoint 'oss.stranger.example'" in said.err
    assert "requests now go there" not in said.err


@pytest.mark.fault("F27")
@pytest.mark.parametrize("how", ["get", "get --background"])
def test_a_saved_job_goes_there_before_it_runs(fresh: Driver, there: DemoServer, how: str) -> None:
    fresh("get oss://far/logs/ --name far --to out")
    fresh.edit("far", there.endpoint, fresh.server.endpoint)
    (fresh.folder / "out" / "a.txt").unlink()
    fresh.session.connect(Options())  # knows nothing of what was learnt
    assert fresh("open far").status == 0

    begun, waited = fresh(how), fresh("wait far") if "background" in how else None

    assert f"bucket 'far' is at {there.endpoint}, not at {fresh.server.endpoint}" in begun.err
    assert begun.status == 0
    assert waited is None or waited.status == 0
    assert (fresh.folder / "out" / "a.txt").read_bytes() == b"one\ntwo\n"


@pytest.mark.fault("F27")
def test_in_the_middle_of_a_run_nobody_is_sent_elsewhere(fresh: Driver) -> None:
    fresh.server.fill("many/{:03d}", 50, 100)
    details = {"Endpoint": "127.0.0.1:9"}
    fresh.server.fault("status", key="many/*", after=20, status=403, details=details)

    said = fresh("get many/ --to out")

    assert said.status == 3
    assert "127.0.0.1:9" in said.err
    assert "not at" not in said.err


@pytest.mark.fault("F27")
@pytest.mark.parametrize("line", ["ls", "stat a", "cat a", "get --to out"])
def test_a_wrong_region_is_corrected_and_told(fresh: Driver, line: str) -> None:
    fresh.server.put("a", b"a")
    fresh("connect --region cn-beijing --endpoint " + fresh.server.endpoint)

    said, again = fresh(line), fresh("ls")

    assert said.status == 0, said
    assert said.err.count("the region of bucket 'demo-bucket' is cn-hangzhou, not cn-beijing") == 1
    assert again.lines == ["a"]
    assert "region\tcn-hangzhou" in fresh("whoami").lines


def test_on_the_command_line_it_is_one_line_on_stderr(own: Launcher, there: DemoServer) -> None:

    loud = own("oss://far/logs/", "-c", "ls")
    quiet = own("--quiet", "oss://far/logs/", "-c", "ls")

    assert (loud.returncode, quiet.returncode) == (0, 0)
    assert loud.stdout == quiet.stdout == "logs/a.txt\nlogs/large.bin\n"
    assert len(loud.stderr.splitlines()) == 1
    assert there.endpoint in loud.stderr
    assert quiet.stderr == ""


def test_a_buckets_own_domain_lists_no_buckets(fresh: Driver) -> None:
    fresh(f"connect --cname --endpoint {fresh.server.endpoint}")

    said = fresh("buckets")

    assert said.status == 2
    assert "cannot list buckets" in said.err
    assert "without --cname" in said.err


def test_the_command_line_chooses_an_endpoint_too(own: Launcher) -> None:

    said = own("--internal", "--region", "cn-beijing", "-c", "whoami")
    both = own("--internal", "--cname", "-c", "pwd")

    assert "https://oss-cn-beijing-internal.aliyuncs.com" in said.stdout
    assert (said.returncode, both.returncode) == (0, 2)


def test_a_domain_without_its_region_is_warned_of(fresh: Driver) -> None:
    where = f"connect --cname --endpoint {fresh.server.endpoint}"

    assert "add --region REGION" in fresh(where).err
    assert "--region" not in fresh(f"{where} --region cn-hangzhou").err
