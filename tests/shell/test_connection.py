import json
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, NewDriver


def test_whoami_names_the_source_and_hides_the_secret(say: Driver, teaching: DemoServer) -> None:
    said = say("whoami")

    assert "environment OSS_ACCESS_KEY_ID" in said.out
    assert teaching.endpoint in said.out
    assert teaching.access_key_secret not in said.out
    assert json.loads(say("whoami --json").out)["endpoint"] == teaching.endpoint


def test_buckets_come_with_their_region(say: Driver, teaching: DemoServer) -> None:
    records = [json.loads(line) for line in say("buckets --json").lines]

    assert teaching.bucket in [record["name"] for record in records]
    assert say("buckets").lines[0].endswith(f"\t{records[0]['name']}")


def test_connect_takes_a_profile_of_another_tool(
    say: Driver, teaching: DemoServer, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".ossutilconfig").write_text(
        f"[default]\naccessKeyID={teaching.access_key_id}\n"
        f"accessKeySecret={teaching.access_key_secret}\n",
        encoding="utf-8",
    )

    said = say("connect --profile default")

    assert said.status == 0
    assert "ossutilconfig" in say("whoami").out
    assert say("ls").status == 0


def test_connect_to_an_unknown_profile_keeps_the_former_connection(say: Driver) -> None:
    said = say("connect --profile nobody")

    assert said.status == 2
    assert say("ls").status == 0


def test_a_wrong_secret_is_one_clear_error(teaching: DemoServer, new_driver: NewDriver) -> None:
    say = new_driver(teaching)
    say.session.environ = {**say.session.environ, "OSS_ACCESS_KEY_SECRET": "wrong"}
    say("connect")

    said = say("ls")

    assert said.status == 3
    assert "the access key secret is wrong" in said.err
    assert "Traceback" not in said.err


@pytest.mark.fault("F49")
def test_without_credentials_a_script_fails_at_once_and_does_not_ask(say: Driver) -> None:
    say.session.environ = {}

    said = say("connect")

    assert said.status == 3
    assert "no credentials" in said.err
    assert "hint:" in said.err


@pytest.mark.fault("F49")
def test_the_guide_needs_a_person(say: Driver) -> None:
    said = say("guide")

    assert said.status == 2
    assert "needs a person" in said.err
