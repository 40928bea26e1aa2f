"""A gateway that ignores the parameters of a listing: nothing of it is shown, or fetched."""

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver

UNASKED = "keys that start with"
HINT = "a gateway on the way ignores listing parameters"


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
    server.fill("many/{:03d}", 300, 10)
    server.put("one.bin", b"one")
    return server


def ignore(server: DemoServer, parameter: str = "prefix") -> None:
    server.fault("ignore-parameter", operation="list", parameter=parameter)


def fetched(server: DemoServer) -> int:
    return sum(bool(one["key"]) for one in server.requests())


@pytest.mark.fault("F19")
@pytest.mark.parametrize(
    "line",
    [
        "ls one.bin",
        "ls many/ -r",
        "du one",
        "tree one",
        "url one.bin",
        "cd oss://demo-bucket/one/",
        "preview one.bin",
        "get one.bin --to out",
    ],
)
def test_keys_that_were_not_asked_for_are_one_clear_error(fresh: Driver, line: str) -> None:
    ignore(fresh.server)

    said = fresh(line)

    assert (said.status, said.out) == (3, "")
    assert said.err.count(f"{UNASKED} 'one") + said.err.count(f"{UNASKED} 'many/'") == 1
    assert "listing has 'many/000'" in said.err or "listing has 'one.bin'" in said.err
    assert HINT in said.err
    assert fetched(fresh.server) == 0
