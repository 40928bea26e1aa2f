"""RangeLister: the pages of one key range, and where it may be split."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh import demo
from ossh.manifest import ListingRange
from ossh.network import Http
from ossh.store.listing import Lister
from ossh.transfer.listing.range_lister import (
    RANGES,
    RangeLister,
    choose_split_points,
    find_split_points,
)
from ossh.transfer.messages import Page
from tests import usual

COUNT = 12_500
PAGE = 1000


@pytest.fixture(scope="module")
def server() -> Iterator[demo.DemoServer]:
    with demo.start(empty=True, synthetic={"many": (COUNT, 10)}) as running:
        for year in ("2025", "2026"):
            for month in range(1, 13):
                running.put(f"logs/{year}/{month:02d}/a.gz", b"x")
        running.fill("flat/{:03d}.bin", 20, 10)
        yield running


@pytest.fixture
def http() -> Iterator[Http]:
    made = Http()
    yield made
    made.close()


class Rig:
    """Lists ranges of one bucket."""

    def __init__(self, server: demo.DemoServer, http: Http, bucket: str = "many") -> None:
        signer = usual.signer(server, bucket)
        self.lister = Lister(lambda: signer, http)

    def pages(
        self, start: str = "", end: str = "", cursor: str = "", prefix: str = ""
    ) -> list[Page]:
        """Return all pages of a range."""
        listing = ListingRange(3, start, end, cursor, finished=False)
        found = list(RangeLister(self.lister, prefix, listing).pages())
        return [page for page in found if isinstance(page, Page)]

    def keys(self, start: str = "", end: str = "", cursor: str = "") -> list[str]:
        """Return the keys of a range."""
        return [info.key for page in self.pages(start, end, cursor) for info in page.objects]


@pytest.fixture
def rig(server: demo.DemoServer, http: Http) -> Rig:
    return Rig(server, http)


@pytest.fixture
def every(rig: Rig) -> list[str]:
    return rig.keys()


def test_a_range_comes_in_pages_that_say_how_far_they_go(rig: Rig, every: list[str]) -> None:
    pages = rig.pages()

    assert [len(page.objects) for page in pages] == [PAGE] * 12 + [500]
    assert [page.cursor for page in pages] == [page.objects[-1].key for page in pages]
    assert [page.finished for page in pages] == [False] * 12 + [True]
    assert {page.listing for page in pages} == {3}
    assert len(set(every)) == COUNT
    assert every == sorted(every)


def test_a_range_starts_after_its_first_key_and_ends_with_its_last(
    rig: Rig, every: list[str]
) -> None:
    assert rig.keys(start=every[10], end=every[2500]) == every[11:2501]


def test_a_range_that_ends_before_the_next_key_is_finished_without_one(
    rig: Rig, every: list[str]
) -> None:
    (page,) = rig.pages(start=every[10], end=every[10] + "\0")

    assert (page.objects, page.cursor, page.finished) == ((), every[10], True)


# Where a long listing may be split


@given(prefixes=st.lists(st.text(max_size=4), max_size=40), after=st.text(max_size=4))
def test_points_are_few_in_order_and_behind_where_the_listing_stands(
    prefixes: list[str], after: str
) -> None:
    found = choose_split_points(prefixes, after)

    assert len(found) < RANGES
    assert list(found) == sorted(set(found))
    assert all(key in prefixes and key > after for key in found)


def test_points_are_evenly_spaced() -> None:
    found = choose_split_points([f"{number:03d}/" for number in range(10 * RANGES)], "")

    assert found == tuple(f"{10 * number:03d}/" for number in range(1, RANGES))


def points(server: demo.DemoServer, http: Http, prefix: str) -> list[str]:
    return find_split_points(Rig(server, http, server.bucket).lister, prefix)


def test_levels_with_few_prefixes_are_looked_into(server: demo.DemoServer, http: Http) -> None:
    found = sorted(points(server, http, "logs/"))

    assert len(found) == 24 > RANGES
    assert found[:2] == ["logs/2025/01/", "logs/2025/02/"]


def test_keys_without_levels_give_nothing_to_split_at(server: demo.DemoServer, http: Http) -> None:
    assert points(server, http, "flat/") == []


def test_a_listing_that_fails_is_left_to_the_lister(server: demo.DemoServer, http: Http) -> None:
    server.fault("status", operation="list", status=403, times=1)

    assert points(server, http, "logs/") == []
