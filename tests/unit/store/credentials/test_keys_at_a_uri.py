"""Keys from a stand-in of a credentials URI."""

import json
from pathlib import Path

import pytest

from ossh.demo import certificates
from ossh.demo.impostor import server_context
from ossh.errors import StoreError, UsageError
from ossh.model import Route
from ossh.store.credentials import Environment
from ossh.store.credentials.key_server import keys_at
from tests.integration.middleman import behind_tls
from tests.unit.network.peer import Peer
from tests.unit.store.credentials.standins import StandIn, keys_json

OUTSIDE = Environment({}, Path("/nowhere"))


def test_an_address_of_this_machine_is_not_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        StandIn(lambda _asked: (500, "")) as proxy,
        StandIn(lambda _asked: (200, json.dumps(keys_json()))) as server,
    ):
        monkeypatch.setenv("http_proxy", proxy.url)

        assert keys_at(OUTSIDE, server.url, "ME").key_id == "STS.given-1"


def test_an_address_elsewhere_is_asked_as_everything_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn(lambda _asked: (200, json.dumps(keys_json()))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert keys_at(OUTSIDE, "http://keys.invalid/x", "ME").key_id == "STS.given-1"

    assert proxy.paths == ["GET http://keys.invalid/x"]


@pytest.mark.parametrize("is_verified", [True, False])
def test_an_address_of_this_machine_proves_who_it_is_as_any_other_does(
    tmp_path: Path, *, is_verified: bool
) -> None:
    bundle = tmp_path / "authority.pem"
    bundle.write_text(certificates.AUTHORITY.read_text())
    route = Route("http://127.0.0.1:9", str(bundle) if is_verified else "", is_verified)
    environment = Environment({}, Path("/nowhere"), route)
    answer = json.dumps(keys_json()).encode()

    with (
        Peer([lambda wire: wire.serve(answer)]) as server,
        behind_tls(server, server_context(certificates.GOOD)) as endpoint,
    ):
        assert keys_at(environment, endpoint, "ME").key_id == "STS.given-1"
        with pytest.raises(StoreError, match="certificate"):
            keys_at(OUTSIDE, endpoint, "ME")


@pytest.mark.parametrize(
    "uri",
    [
        *("file:///etc/passwd", "keys", "http://", "http://[", "ftp://h/"),
        *("http://me:hush@localhost:1/ä", "http://me:hush@localhost:1/\0"),
    ],
)
def test_what_is_no_address_is_refused_and_not_quoted(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        keys_at(OUTSIDE, uri, "ME")

    assert str(caught.value) == "the credentials URI of ME is not an address"
    assert "hush" not in f"{caught.value.hint}"


def test_an_answer_that_is_no_success_is_told_without_the_address() -> None:
    with StandIn(lambda _asked: (403, "hush")) as server, pytest.raises(StoreError) as caught:
        keys_at(OUTSIDE, f"{server.url}/hush", "ME")

    assert str(caught.value) == (
        "cannot get keys from the credentials URI at 127.0.0.1: the answer was 403"
    )
