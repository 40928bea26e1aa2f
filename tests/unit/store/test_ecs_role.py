"""The metadata service of ECS, played by a small server on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ossh.errors import StoreError
from ossh.store.ecs_role import role_credentials

ROLES = "/latest/meta-data/ram/security-credentials/"
GOOD = {
    "AccessKeyId": "STS.id",
    "AccessKeySecret": "hush-secret",
    "SecurityToken": "hush-token",
    "Expiration": "2026-11-25T14:00:00Z",
    "Code": "Success",
}


class Metadata(ThreadingHTTPServer):
    """A metadata service with answers by path, hardened or not."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.texts: dict[str, str] = {}
        self.is_hardened = False

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    server: Metadata

    def do_PUT(self) -> None:
        self.say(200, "a-token") if self.server.is_hardened else self.say(405, "")

    def do_GET(self) -> None:
        token = self.headers.get("X-aliyun-ecs-metadata-token", "")
        if self.server.is_hardened and token != "a-token":
            self.say(403, "")
        elif self.path in self.server.texts:
            self.say(200, self.server.texts[self.path])
        else:
            self.say(404, "not found")

    def say(self, status: int, text: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def metadata() -> Iterator[Metadata]:
    """Return a running metadata service without roles."""
    with Metadata() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("is_hardened", [False, True])
def test_credentials_of_a_role_are_fetched(metadata: Metadata, *, is_hardened: bool) -> None:
    metadata.is_hardened = is_hardened
    metadata.texts[f"{ROLES}reader"] = json.dumps(GOOD)

    found = role_credentials("reader", metadata=metadata.address)

    assert (found.access_key_id, found.security_token) == ("STS.id", "hush-token")
    assert found.access_key_secret == "hush-secret"
    assert found.source == "ECS role reader"


def test_the_role_of_the_instance_is_found(metadata: Metadata) -> None:
    metadata.texts[ROLES] = "reader\n"
    metadata.texts[f"{ROLES}reader"] = json.dumps(GOOD)

    assert role_credentials(metadata=metadata.address).source == "ECS role reader"


def test_an_instance_without_a_role_says_so(metadata: Metadata) -> None:
    with pytest.raises(StoreError, match="this instance has no role"):
        role_credentials(metadata=metadata.address)


def test_a_role_of_others_is_told_so(metadata: Metadata) -> None:
    with pytest.raises(StoreError, match="does not have the role 'writer/x'"):
        role_credentials("writer/x", metadata=metadata.address)


@pytest.mark.parametrize(
    "text",
    ["<html>", "[]", json.dumps({**GOOD, "Code": "Failed"}), json.dumps({"Code": "Success"})],
)
def test_an_answer_without_credentials_is_told_so(metadata: Metadata, text: str) -> None:
    metadata.texts[f"{ROLES}reader"] = text

    with pytest.raises(StoreError, match="no credentials for the role 'reader'") as caught:
        role_credentials("reader", metadata=metadata.address)

    assert "hush" not in str(caught.value)


def test_a_computer_that_is_no_instance_is_told_so(metadata: Metadata) -> None:
    address = metadata.address
    metadata.server_close()

    with pytest.raises(StoreError, match="does not answer") as caught:
        role_credentials("reader", metadata=address, timeout_seconds=0.5)

    assert caught.value.hint == "roles can be used on ECS instances of Alibaba Cloud only"
