import json
import re

import pytest

import ossh.demo
from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher
from tests.unit.store.credentials.standins import MetadataServer, StandIn, in_an_hour


def test_whoami_names_the_source_and_hides_the_secret(say: Driver) -> None:
    said = say("whoami")

    assert "environment OSS_ACCESS_KEY_ID" in said.out
    assert say.server.endpoint in said.out
    assert say.server.access_key_secret not in said.out
    record = json.loads(say("whoami --json").out)
    assert (record["endpoint"], record["kind"]) == (say.server.endpoint, "long-lived key")


def test_buckets_come_with_their_region(say: Driver) -> None:
    records = [json.loads(line) for line in say("buckets --json").lines]

    assert say.server.bucket in [record["name"] for record in records]
    assert say("buckets").lines[0].endswith(f"\t{records[0]['name']}")


@pytest.mark.fault("F25")
@pytest.mark.parametrize(
    "line", ["stat a.bin", "buckets", "ls", "head a.bin", "get a.bin --version-id null"]
)
def test_every_command_goes_on_with_keys_that_were_renewed_where_they_came_from(
    fresh: Driver, line: str
) -> None:
    def write(key: str, secret: str) -> None:
        text = f"[default]\naccessKeyID={key}\naccessKeySecret={secret}\n"
        (fresh.session.home / ".ossutilconfig").write_text(text, encoding="utf-8")

    fresh.server.put("a.bin", b"abc")
    fresh.server.set_versioning("Enabled")
    fresh.session.home.mkdir()
    write(fresh.server.access_key_id, fresh.server.access_key_secret)
    assert fresh("connect --profile default").status == 0
    assert fresh("ls").status == 0

    fresh.server.set_credentials("second-key", "new-secret-0123456789")
    write("second-key", "new-secret-0123456789")

    said = fresh(line)

    assert (said.status, "error" in said.err) == (0, False), said


@pytest.mark.parametrize(
    ("line", "status"),
    [("get", 1), ("refresh", 0), ("retry", 1), ("restore --yes", 0)],
)
def test_the_open_job_goes_where_connect_says_and_no_key_goes_elsewhere(
    fresh: Driver, line: str, status: int
) -> None:
    with ossh.demo.start(empty=True) as other:
        other.set_credentials("other-key", "other-secret-0123456789")
        for one in (fresh.server, other):
            one.put("old", b"old", storage_class="ColdArchive")
        fresh("get --to here")
        job = fresh.job
        fresh.server.clear_requests()
        fresh.session.environ = other.environ

        connected = fresh(f"connect --endpoint {other.endpoint} --region {other.region}")
        said = fresh(line)

        assert other.requests()
    assert (connected.status, said.status, "error" in said.err) == (0, status, False), said
    assert fresh.server.requests() == []
    assert fresh.job.path == job.path


@pytest.mark.fault("F49")
@pytest.mark.parametrize(
    ("line", "why"), [("guide", "needs a person"), ("connect --ask", "without a person")]
)
def test_nobody_is_asked_in_a_script(say: Driver, line: str, why: str) -> None:
    said = say(line)

    assert (said.status, why in said.err) == (2, True)


def given_keys(server: DemoServer) -> MetadataServer:
    """Return a metadata server that gives keys which a server accepts."""
    return MetadataServer(
        give=lambda: {
            "Code": "Success",
            "AccessKeyId": server.access_key_id,
            "AccessKeySecret": server.access_key_secret,
            "SecurityToken": server.security_token,
            "Expiration": f"{in_an_hour():%Y-%m-%dT%H:%M:%SZ}",
        }
    )


def test_the_role_of_the_machine_is_used_and_shown_without_its_secrets(fresh: Driver) -> None:
    fresh.server.set_credentials("STS.role-key-of-the-machine", "role-secret", "role-token")
    with StandIn(given_keys(fresh.server)) as machine:
        fresh.session.environ = {"OSSH_METADATA_ENDPOINT": machine.url}

        said = fresh("connect --ecs-role")
        who = fresh("whoami")
        record = json.loads(fresh("whoami --json").out)
        doctor = fresh("doctor")

    assert said.status == 0
    assert re.search(r"from --ecs-role: role reader until [-0-9: ]{5,16}$", said.err, re.MULTILINE)
    assert "role reader until" in who.out
    assert record["kind"].startswith("role reader until")
    assert (record["temporary"], record["source"]) == ("yes", "--ecs-role")
    assert "from --ecs-role: role reader until" in doctor.out
    for shown in (said.err, who.out, doctor.out):
        assert "role-secret" not in shown
        assert "role-token" not in shown
        assert "STS.role-key-of-the-machine" not in shown


@pytest.mark.parametrize("words", [["--internal", "--cname", "jobs"], ["jobs", "--ecs-role", "r"]])
def test_so_it_is_on_the_command_line(launch: Launcher, words: list[str]) -> None:
    said = launch("--profile", "a", *words)

    assert said.returncode == 2
    assert "cannot be combined" in said.stderr


def test_the_command_line_takes_a_role(launch: Launcher, server: DemoServer) -> None:
    with StandIn(given_keys(server)) as machine:
        where = {
            "OSSH_METADATA_ENDPOINT": machine.url,
            "OSS_ENDPOINT": server.endpoint,
            "OSS_REGION": server.region,
        }
        done = launch("-c", "whoami --json", "--ecs-role", **where)
        named = launch("--ecs-role", "reader", "-c", "whoami --json", **where)
        slip = launch("--ecs-role", "oss://bucket/", "-c", "whoami", **where)

    assert json.loads(done.stdout)["source"] == "--ecs-role"
    assert json.loads(named.stdout)["kind"] == json.loads(done.stdout)["kind"]
    assert slip.returncode == 2
    assert "'oss://bucket/' is not a role name; put --ecs-role after it" in slip.stderr
