"""A gateway that ignores the parameters of a listing: nothing of it is shown, or fetched."""

import pytest

from ossh.commands import completion
from ossh.demo import DemoServer
from ossh.errors import OsshError
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


def test_tab_offers_nothing_that_was_not_asked_for(fresh: Driver) -> None:
    ignore(fresh.server)
    # on a busy machine the answer may come at a later Tab
    tabs = (list(completion.keys(fresh.session, "one")) for _ in range(20))

    with pytest.raises(OsshError, match=f"{UNASKED} 'one"):
        next(filter(None, tabs))


@pytest.mark.parametrize("how", ["get one.bin", "get --from keys.txt"])
def test_a_job_fetches_nothing_that_was_not_asked_for(fresh: Driver, how: str) -> None:
    (fresh.folder / "keys.txt").write_text("one.bin\nz\n", "utf-8")
    fresh(f"{how.replace('get', 'save j')} --to out")
    ignore(fresh.server)

    said = fresh("get j")

    assert said.status == 3
    assert UNASKED in said.err
    assert fetched(fresh.server) == 0
    assert not (fresh.folder / "out" / "many").exists()


def test_a_listing_that_begins_again_and_again_does_not_go_on_for_ever(fresh: Driver) -> None:
    fresh.server.fill("more/{:04d}", 1200, 10)
    ignore(fresh.server, "continuation-token")

    said = fresh("ls -r more/ --limit 5000")

    assert said.status == 3
    assert "the listing makes no progress" in said.err
