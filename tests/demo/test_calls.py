"""The control calls: how a test changes the server while it runs."""

import pytest

from ossh.demo import DemoError, DemoServer
from ossh.demo.content.bodies import body
from tests.demo.bare import ask


@pytest.mark.parametrize(("call", "problem"), [("explode", "AttributeError"), ("put", "TypeError")])
def test_call_that_makes_no_sense_is_refused(server: DemoServer, call: str, problem: str) -> None:
    with pytest.raises(DemoError, match=problem):
        server.call(call)

    assert server.requests() == []


def test_call_that_fails_leaves_the_server_as_it_was(server: DemoServer) -> None:
    with pytest.raises(DemoError, match="IndexError"):
        server.fill("{1}", 1, 4096)

    server.put("a", b"x")
    assert ask(server, "a").body == b"x"


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
