"""A login page or a redirection where the service should be: every command says so."""

from collections.abc import Callable

import pytest

from tests.shell.conftest import Driver
from tests.unit.network.peer import Peer, Wire

PAGE = b"<html><head><title>Welcome</title></head><body>Please log in</body></html>"
COMMANDS = (
    "ls",
    "ls -R",
    "stat a.bin",
    "cd oss://other/",
    "buckets",
    "preview",
    "get",
    "get a.bin",
)


def login(wire: Wire) -> None:
    wire.request()
    wire.answer(PAGE, "Content-Type: text/html", "Connection: close")


def redirected(wire: Wire) -> None:
    wire.request()
    there = "Location: http://login.example/?next=1"
    wire.answer(PAGE, there, "Connection: close", status="302 Found")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(login, "does not come from OSS", marks=pytest.mark.fault("F19")),
        pytest.param(redirected, "redirects to", marks=pytest.mark.fault("F20")),
    ],
)
def test_every_command_tells_a_stranger_from_the_service(
    fresh: Driver,
    script: Callable[[Wire], None],
    words: str,
    command: str,
) -> None:

    with Peer([script]) as peer:
        fresh(f"connect --endpoint {peer.url}")
        said = fresh(command)

    assert said.status == 3
    assert words in said.err
    assert "log in to the network" in said.err
    assert "html" not in said.out + said.err.replace("text/html", "")
    assert "Welcome" not in said.out + said.err


@pytest.mark.fault("F14")
@pytest.mark.fault("F15")
def test_get_says_what_has_only_its_length_for_proof_and_what_changed(fresh: Driver) -> None:
    for number in range(3):
        fresh.server.put(f"{number}.bin", size=1000, crc=False, type="Multipart")
    fresh.server.put("changed.bin", size=1000)
    fresh.server.fault("changed-etag", key="changed.bin", size=999)

    said = fresh("get --to here")

    assert said.status == 0
    assert "verified: 1 by CRC64, 3 by length only (no checksum is known for them)" in said.out
    assert "1 object changed in the bucket after the listing" in said.out
    assert "proof\tlength" in fresh("status --key 0.bin").lines
