"""What the picker asks a bucket for: pieces that grow, and nothing once it is closed."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ossh.commands.browsing import gathering
from ossh.commands.browsing.browser import Browser
from ossh.commands.browsing.entries import Level
from ossh.commands.browsing.gathering import Gatherer
from ossh.demo import DemoServer
from ossh.python.arguments import connection_of
from ossh.selection import Matcher, Selection
from ossh.session import Options
from ossh.session.browsing.place import Place
from tests.integration.rig import credentials
from tests.waiting import wait_until

PAGES = 30
NewGatherer = Callable[..., Gatherer]


@pytest.fixture
def server(own_server: DemoServer) -> DemoServer:
    """Give a bucket with a folder of many small pages, which are a level of many, too."""
    own_server.add_bucket(bucket := "gathered")
    own_server.bucket = bucket
    own_server.fill("large/{:02}", PAGES, 1)
    own_server.fault("short-page", keys=1)
    return own_server


@pytest.fixture
def new_gatherer(server: DemoServer) -> NewGatherer:
    """Make what gathers for a browser; by default every object passes."""
    options = Options(endpoint=server.endpoint, region=server.region)
    catalog = connection_of(options, lambda: credentials(server)).catalog(Place(server.bucket))
    every = Selection().matcher("", datetime.now(UTC))

    def new(browser: Browser, matches: Matcher = every) -> Gatherer:
        return Gatherer(browser, catalog, matches)

    return new


def piece(gatherer: Gatherer, is_new: Callable[[], object]) -> None:
    """Ask, and take what comes until something is new."""
    gatherer.ask()

    def is_taken() -> bool:
        gatherer.take()
        return bool(is_new())

    wait_until(is_taken)


def test_a_level_begins_with_a_page_and_goes_on_for_a_while(
    new_gatherer: NewGatherer, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(Level("large/"))
    gatherer = new_gatherer(browser)
    entries = browser.level.entries

    monkeypatch.setattr(gathering, "PIECE_SECONDS", 60)
    piece(gatherer, lambda: entries)
    assert (len(entries), browser.level.is_complete) == (1, False)

    monkeypatch.setattr(gathering, "PIECE_SECONDS", 0)
    piece(gatherer, lambda: len(entries) > 1)
    assert len(entries) == 2

    monkeypatch.setattr(gathering, "PIECE_SECONDS", 60)
    piece(gatherer, lambda: len(entries) > 2)
    assert (len(entries), browser.level.is_complete) == (PAGES, True)


def test_a_single_page_is_known_to_be_all(server: DemoServer, new_gatherer: NewGatherer) -> None:
    browser = Browser(Level(""))

    piece(new_gatherer(browser), lambda: browser.level.entries)

    assert browser.level.is_complete
    assert len(server.requests()) == 1


def test_a_folder_of_which_nothing_passes_is_counted_in_large_pieces_too(
    new_gatherer: NewGatherer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PIECE_SECONDS", 60)
    browser = Browser(Level(""))
    gatherer = new_gatherer(browser, lambda _info: False)
    piece(gatherer, lambda: browser.level.entries)
    tallies = browser.tallies

    piece(gatherer, lambda: tallies)
    assert not tallies["large/"].is_complete
    first = tallies["large/"]
    piece(gatherer, lambda: tallies["large/"] is not first)

    assert tallies["large/"].is_complete


@pytest.mark.parametrize("prefix", ["", "large/"], ids=["folder", "level"])
def test_what_is_under_way_ends_with_its_page_once_it_is_closed(
    server: DemoServer, new_gatherer: NewGatherer, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setattr(gathering, "PIECE_SECONDS", 60)
    browser = Browser(Level(prefix))
    gatherer = new_gatherer(browser)
    piece(gatherer, lambda: browser.level.entries)
    if not prefix:
        piece(gatherer, lambda: browser.tallies)
    server.clear_faults()
    server.fault("short-page", keys=1, seconds=0.2)
    gatherer.ask()

    gatherer.close()
    asked = len(server.requests())
    wait_until(lambda: all(one.name != "ossh-call" for one in threading.enumerate()))

    assert len(server.requests()) <= asked + 1
