"""Roles from a stand-in of the metadata server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.errors import StoreError, UsageError
from ossh.store.credentials import Environment
from ossh.store.credentials.ecs_metadata import keys_of_role
from tests.unit.store.credentials.standins import TOKEN_HEADER, MetadataServer, StandIn, keys_json


@pytest.fixture
def machine() -> MetadataServer:
    return MetadataServer()


@pytest.fixture
def server(machine: MetadataServer) -> Iterator[StandIn]:
    with StandIn(machine) as server:
        yield server


def outside(server: StandIn, **more: str) -> Environment:
    return Environment({"OSSH_METADATA_ENDPOINT": server.url, **more}, Path("/nowhere"))


def test_a_server_that_gives_no_tokens_is_asked_without(
    server: StandIn, machine: MetadataServer
) -> None:
    machine.has_tokens = False

    assert keys_of_role(outside(server), "")[0].key_id == "STS.given-1"


def test_a_token_may_be_required(server: StandIn, machine: MetadataServer) -> None:
    machine.has_tokens = False

    with pytest.raises(StoreError, match=r"it returned no token \(status 404\)"):
        keys_of_role(outside(server, ALIBABA_CLOUD_IMDSV1_DISABLED="true"), "")


def test_asking_may_be_forbidden(server: StandIn) -> None:
    with pytest.raises(UsageError, match="ALIBABA_CLOUD_ECS_METADATA_DISABLED forbids"):
        keys_of_role(outside(server, ALIBABA_CLOUD_ECS_METADATA_DISABLED="1"), "")

    assert not server.asked


def test_a_machine_without_that_role_says_so(server: StandIn, machine: MetadataServer) -> None:
    with pytest.raises(StoreError, match="this machine has no role 'writer'"):
        keys_of_role(outside(server), "writer")

    machine.role = ""
    with pytest.raises(StoreError, match="this machine has no RAM role"):
        keys_of_role(outside(server), "")


def test_a_role_without_keys_is_told_by_its_code(server: StandIn, machine: MetadataServer) -> None:
    machine.give = lambda: keys_json(Code="Failed")

    with pytest.raises(StoreError, match="the answer is 'Failed'"):
        keys_of_role(outside(server), "")


def test_any_other_answer_is_told_by_its_status() -> None:
    with (
        StandIn(lambda asked: (200, "t") if asked.method == "PUT" else (418, "")) as server,
        pytest.raises(StoreError, match="the answer was 418"),
    ):
        keys_of_role(outside(server), "")


def test_no_proxy_comes_between(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn(lambda _asked: (200, json.dumps(keys_json(7)))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("all_proxy", proxy.url)

        assert keys_of_role(outside(server), "")[0].key_id == "STS.given-1"

    assert not proxy.asked


def test_elsewhere_than_on_an_instance_one_is_told_so() -> None:
    with StandIn(lambda _asked: (200, "")) as gone:
        nobody = gone.url

    with pytest.raises(StoreError, match="cannot get keys from the metadata server") as caught:
        keys_of_role(Environment({"OSSH_METADATA_ENDPOINT": nobody}, Path()), "")

    assert caught.value.hint is not None
    assert "only on an ECS instance" in caught.value.hint


@pytest.mark.parametrize("token", ["täken", "<html>\n<p>sign in</p>", "a\x1bb", ""])
def test_a_token_that_is_none_is_not_shown(
    server: StandIn, machine: MetadataServer, token: str
) -> None:
    machine.token = token

    assert keys_of_role(outside(server), "")[0].key_id == "STS.given-1"
    assert TOKEN_HEADER not in server.asked[-1].headers


def test_an_address_of_the_server_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="not file://"):
        keys_of_role(Environment({"OSSH_METADATA_ENDPOINT": "file:///etc"}, Path("/nowhere")), "")
