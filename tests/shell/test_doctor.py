"""`doctor` as it is typed: when all is well, and when one thing after the other is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ossh.demo import DemoServer, certificates
from ossh.demo.impostor import server_context
from ossh.session import Options, Session
from ossh.shell.app import OsshShell
from tests.integration.middleman import behind_tls
from tests.shell.conftest import Driver, Launcher, Said, listed

NAMES = [
    "credentials", "endpoint", "tls", "clock", "list", "get", "internal or public",
    "one connection", "many connections", "space", "open files",
]  # fmt: skip
NOWHERE = "http://127.0.0.1:9"  # discard: nobody listens


@pytest.fixture
def well(fresh: Driver) -> Driver:
    """Give a shell in a bucket with something to measure with."""
    fresh.server.put("logs/a.gz", b"a")
    fresh.server.put("logs/big.bin", size=4 << 20)
    return fresh


Stranded = Callable[..., Said]


@pytest.fixture
def stranded(
    server: DemoServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Stranded:
    """Type `doctor` into a shell that has not got far: no keys, no way, no bucket."""
    monkeypatch.chdir(tmp_path)

    def doctor(place: str = "", keys: dict[str, str] | None = None, **options: Any) -> Said:
        session = Session(
            environ=server.environ if keys is None else keys,
            home=tmp_path / "home",
            jobs_directory=tmp_path / "jobs",
            options=Options(**{"endpoint": server.endpoint, "region": server.region} | options),
        )
        return Driver(OsshShell(session), capfd, server, tmp_path)(f"doctor {place}")

    return doctor


def verdicts(said: Said) -> dict[str, str]:
    """Return the verdict of each check, of output to a pipe."""
    return {line.split("\t")[1]: line.split("\t")[0] for line in said.lines}


def found(said: Said, name: str) -> str:
    """Return what a check found, and its remedy."""
    return next(line.split("\t", 2)[2] for line in said.lines if line.split("\t")[1] == name)


def test_all_is_well(well: Driver) -> None:
    said = well("doctor")

    assert said.status == 0
    assert list(verdicts(said)) == NAMES
    assert set(verdicts(said).values()) <= {"ok", "skipped"}
    assert "2.0 MiB read" in found(said, "one connection")
    assert "4.0 MiB read" in found(said, "many connections")
    assert "0 problems, 0 warnings" in said.err
    assert well.server.access_key_secret not in said.out
    assert well.server.access_key_id not in said.out


def test_little_is_read_to_measure(well: Driver) -> None:
    well.server.clear_requests()

    well("doctor")

    # One and many, a byte for each connection before, and a byte for the right to read.
    assert len([one for one in well.server.requests() if one["key"]]) == 1 + 2 + 2 * 8


def test_json_is_an_object_a_check(well: Driver) -> None:
    checks = [json.loads(line) for line in well("doctor --json").lines]

    assert [one["check"] for one in checks] == NAMES
    assert set(checks[0]) == {"check", "verdict", "found", "remedy"}


def test_without_credentials_the_way_is_looked_at_all_the_same(stranded: Stranded) -> None:
    said = stranded(keys={})

    assert said.status == 4
    got = verdicts(said)
    assert list(got) == NAMES
    assert (got["credentials"], got["endpoint"], got["clock"]) == ("problem", "ok", "ok")
    assert "OSS_ACCESS_KEY_ID" in found(said, "credentials")
    assert found(said, "list").startswith("there are no credentials")


def test_an_endpoint_that_nobody_listens_at_ends_what_depends_on_it(stranded: Stranded) -> None:
    said = stranded(endpoint=NOWHERE)

    assert said.status == 4
    got = verdicts(said)
    assert got["endpoint"] == "problem"
    assert {got[name] for name in ("tls", "clock", "list", "get", "one connection")} == {"skipped"}
    assert (got["space"], "cannot be reached" in found(said, "get")) == ("ok", True)


def test_an_endpoint_that_is_none_is_a_problem(stranded: Stranded) -> None:
    said = stranded(endpoint="cn-hangzhou", region="")

    assert said.status == 4
    assert list(verdicts(said)) == NAMES
    assert "is a region, not an endpoint" in found(said, "endpoint")


def test_without_a_bucket_nothing_is_listed(stranded: Stranded) -> None:
    said = stranded()

    assert said.status == 0
    assert found(said, "list").startswith("the key is accepted")
    assert "doctor oss://BUCKET/" in found(said, "list")
    assert "doctor oss://BUCKET/" in found(said, "get")


def test_without_a_bucket_a_wrong_key_is_found_all_the_same(
    stranded: Stranded, server: DemoServer
) -> None:
    said = stranded(keys=server.environ | {"OSS_ACCESS_KEY_SECRET": "wrong"})

    assert (said.status, verdicts(said)["list"]) == (4, "problem")
    assert "the access key" in found(said, "list")


def test_who_may_not_list_buckets_has_a_good_key(stranded: Stranded, server: DemoServer) -> None:
    server.fault("status", operation="any", status=403)

    said = stranded()

    assert (said.status, verdicts(said)["list"]) == (0, "ok")
    assert "may not list the buckets" in found(said, "list")


@pytest.mark.parametrize("options", [{"anonymous": True}, {"cname": True}])
def test_what_cannot_be_checked_without_a_bucket_is_not_called_good(
    stranded: Stranded, options: dict[str, bool]
) -> None:
    said = stranded(**options)

    assert (said.status, verdicts(said)["list"]) == (0, "skipped")
    assert "accepted" not in said.out


def test_on_the_command_line_it_runs_where_nobody_can_stand(
    launch: Launcher, own: Launcher, server: DemoServer
) -> None:
    address = f"oss://{server.bucket}/logs/"

    wrong = own(address, "-c", "doctor", OSS_ACCESS_KEY_SECRET="typo-of-it")
    nobody = launch(address, "-c", "doctor", OSS_ENDPOINT=server.endpoint)
    away = own(address, "-c", "doctor", "-c", "pwd", OSS_ENDPOINT=NOWHERE)

    assert [one.returncode for one in (wrong, nobody, away)] == [4, 4, 4]
    assert "problem\tlist\tthe access key secret is wrong" in wrong.stdout
    assert "typo-of-it" not in wrong.stdout + wrong.stderr
    assert "problem\tcredentials\t" in nobody.stdout
    assert "problem\tendpoint\t" in away.stdout
    assert away.stdout.splitlines()[-1] == address


def test_the_right_to_list_and_that_to_get_are_told_apart(well: Driver) -> None:
    well.server.fault("status", key="logs/*", status=403)

    said = well("doctor")

    assert said.status == 4
    got = verdicts(said)
    assert (got["list"], got["get"], got["one connection"]) == ("ok", "problem", "skipped")
    assert "oss:GetObject" in found(said, "get")
    assert "(request " in found(said, "get")


def test_a_speed_is_measured_where_all_objects_are_small(well: Driver) -> None:
    well.server.fill("small/{:05d}", 100, 60_000)

    said = well("doctor small/")

    assert "2.0 MiB read" in found(said, "one connection")
    assert "3.7 MiB read" in found(said, "many connections")


def test_an_empty_place_and_an_archived_one_are_told(well: Driver) -> None:
    well.server.put("cold/a", b"x", storage_class="Archive")
    well("cd cold")

    said = well("doctor")

    assert (said.status, verdicts(said)["get"]) == (0, "warning")
    assert "archived" in found(said, "get")
    well.server.delete("cold/a")
    assert "nothing below" in found(well("doctor"), "list")


def test_a_login_page_is_no_service(well: Driver) -> None:
    well.server.fault("portal", operation="any")

    said = well("doctor")

    assert (said.status, verdicts(said)["list"]) == (4, "problem")
    assert "does not come from OSS" in found(said, "list")


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_is_named_by_its_issuer(
    stranded: Stranded,
    server: DemoServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    trusted: bool,
) -> None:
    if trusted:
        (tmp_path / "ca.pem").write_text(certificates.AUTHORITY.read_text())
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    with behind_tls(server, server_context(certificates.GOOD)) as endpoint:
        said = stranded(endpoint=endpoint)

    assert "issued by ossh" in found(said, "tls")
    assert verdicts(said)["tls"] == ("ok" if trusted else "problem")
    assert said.status == (0 if trusted else 4)


def test_the_need_of_the_open_job_is_compared_with_the_disk(well: Driver) -> None:
    listed(well, "logs/")

    assert "free at" in found(well("doctor"), "space")
