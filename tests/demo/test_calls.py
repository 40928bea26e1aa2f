"""The control calls: only with the token, only from this machine."""

import http.client
import json

import pytest

from ossh.demo import DemoError, DemoServer
from ossh.demo.content.bodies import body
from ossh.demo.control.calls import Control
from ossh.demo.http.requests import Request
from ossh.demo.service.object_store import ObjectStore
from tests.demo.bare import ask


def store() -> ObjectStore:
    return ObjectStore("cn-hangzhou")


def request(token: str = "token", call: str = "clear-faults", method: str = "POST") -> Request:
    return Request(method, f"/-demo/{call}", {}, {"x-demo-token": token, "host": "localhost"})


@pytest.mark.parametrize(
    ("given", "peer", "status"),
    [
        (request(), "127.0.0.1", 200),
        (request(), "::1", 200),
        (request(), "192.0.2.1", 403),
        (request(), "", 403),
        (request("wrong"), "127.0.0.1", 403),
        (request("\N{SNOWMAN}"), "127.0.0.1", 403),
        (request(method="GET"), "127.0.0.1", 405),
        (request(call="explode"), "127.0.0.1", 404),
        (request(call="put"), "127.0.0.1", 400),
    ],
)
def test_call_is_checked(given: Request, peer: str, status: int) -> None:
    control = Control(store(), store, "token", print)

    assert control.answer(given, peer).status == status


def test_token_differs_in_each_server(server: DemoServer, story: DemoServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/-demo/requests", headers={"x-demo-token": story._token})

    with connection.getresponse() as response:
        assert response.status == 403
        response.read()
    connection.close()


def test_path_of_calls_is_no_bucket(server: DemoServer) -> None:
    server.put("-demo/put", b"x")

    assert ask(server, "-demo/put").body == b"x"


def test_many_objects_are_filled_in_at_once(server: DemoServer) -> None:
    server.fill("small/{:05d}.bin", 3000, 4096)

    assert ask(server, "small/02999.bin").body == body("small/02999.bin", 4096)
    assert server.body("small/00000.bin") == body("small/00000.bin", 4096)


def test_bucket_is_added_and_used(server: DemoServer) -> None:
    server.add_bucket("second-bucket", public=True)
    server.put("a", b"x", bucket="second-bucket")

    assert server.body("a", bucket="second-bucket") == b"x"
    with pytest.raises(DemoError, match="NoSuchKey"):
        server.body("a")
    with pytest.raises(DemoError, match="NoSuchBucket"):
        server.body("a", bucket="third-bucket")


def test_after_a_reset_it_is_as_at_the_start(server: DemoServer) -> None:
    given, first = server.access_key_id, server.bucket
    server.put("a", b"x")
    server.add_bucket("second-bucket")
    server.set_credentials("another", "secret")
    server.set_clock(3600)
    server.fault("status", status=503)
    server.bucket = "second-bucket"
    server.offline()

    server.reset()

    assert (server.access_key_id, server.bucket, server.requests()) == (given, first, [])
    assert ask(server, "a").status == 404
    with pytest.raises(DemoError, match="NoSuchBucket"):
        server.put("a", b"x", bucket="second-bucket")


def test_synthetic_bucket_is_read_only(story: DemoServer) -> None:
    with pytest.raises(DemoError, match="read-only"):
        story.put("a", b"x", bucket="many-bucket")


@pytest.mark.parametrize("key", ["", "x" * 1024])
def test_key_that_is_none_is_refused(server: DemoServer, key: str) -> None:
    with pytest.raises(DemoError, match="InvalidObjectName"):
        server.put(key, b"x")


def test_negative_size_is_refused(server: DemoServer) -> None:
    with pytest.raises(DemoError, match="InvalidArgument"):
        server.put("a", size=-1)


def test_body_of_a_symlink_is_that_of_its_target(server: DemoServer) -> None:
    server.put("a", b"x")
    server.put("b", symlink_to="a")

    assert server.body("b") == b"x"


def test_result_is_json() -> None:
    control = Control(store(), store, "token", print)

    response = control.answer(request(call="requests"), "127.0.0.1")

    assert json.loads(response.content.read(0, response.stop)) == []
