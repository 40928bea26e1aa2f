"""Each key counts once, whatever the pages, splits, delays and kills, by whatever counts.

The server's pages are small and take their time, so a listing is split while pages are under way.
"""

from collections import Counter
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import ossh
from ossh.catalog.catalog import Catalog
from ossh.catalog.tree import branches, totals
from ossh.commands.browsing.browser import Browser
from ossh.commands.browsing.entries import Level, Tally
from ossh.commands.browsing.gathering import Gatherer
from ossh.demo import DemoServer
from ossh.fsspec.file_system import OsshFileSystem
from ossh.model import ObjectInfo
from ossh.python.arguments import connection_of
from ossh.selection import Selection
from ossh.session import Options
from ossh.session.browsing.place import Place as Somewhere
from ossh.transfer.listing.range_lister import SLOW_PAGE_SECONDS
from ossh.transfer.planning.preflight import Change, Changes, Preflight
from tests.integration.rig import Place, credentials, finish
from tests.waiting import wait_until

SLOW = SLOW_PAGE_SECONDS + 0.005
FOLDERS, FILES = 20, 4
KEYS = [f"{folder:02d}/{name}.bin" for folder in range(FOLDERS) for name in range(FILES)]
# Of each page: at most so many keys, after so many seconds.
PAGES = st.lists(st.tuples(st.integers(1, 8), st.sampled_from((0.0, SLOW))), max_size=30)
LEVEL_SECONDS = st.sampled_from((0.0, SLOW, 3 * SLOW))  # until it is known where to split
KILLS = st.lists(st.integers(1, 25), max_size=3)  # steps of a run until it is killed

_numbers = count(1)


@pytest.fixture
def places(own_server: DemoServer, tmp_path: Path) -> "Places":
    return Places(own_server, tmp_path)


class Places:
    """Makes buckets of the same keys, each with a folder for a job."""

    def __init__(self, server: DemoServer, folder: Path) -> None:
        self.server = server
        self._folder = folder

    def new(self) -> Place:
        number = next(_numbers)
        self.server.bucket = f"counted-{number}"
        self.server.add_bucket(self.server.bucket)
        for key in KEYS:
            self.server.put(key, size=1)
        folder = self._folder / str(number)
        folder.mkdir()
        return Place(self.server, folder)

    def slow_down(self, pages: list[tuple[int, float]], level_seconds: float) -> None:
        """Make the next pages small and slow, those after them small, and levels slow."""
        self.server.clear_faults()
        for keys, seconds in [(2, SLOW), (2, SLOW), *pages]:
            self.server.fault("short-page", operation="flat", keys=keys, seconds=seconds, times=1)
        self.server.fault("short-page", operation="flat", keys=5)
        self.server.fault("delay", operation="level", seconds=level_seconds)


@pytest.mark.fault("F29")
def test_plans_count_each_key_once_whatever_is_slow_split_and_killed(places: Places) -> None:
    @settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))
    @example(pages=[(4, 0.0)] * 12, level_seconds=SLOW, kills=[])
    @example(pages=[(2, 0.0)] * 20, level_seconds=SLOW, kills=[12])
    @given(pages=PAGES, level_seconds=LEVEL_SECONDS, kills=KILLS)
    def count_them(pages: list[tuple[int, float]], level_seconds: float, kills: list[int]) -> None:
        place = places.new()
        for steps in kills:  # what is left is listed on
            places.slow_down(pages, level_seconds)
            with place.run(preflight=Preflight()) as killed:
                for _step in zip(range(steps), killed, strict=False):
                    pass
        sheet = Preflight()
        places.slow_down(pages, level_seconds)
        run = place.run(preflight=sheet)
        finish(run)
        assert (sum(sheet.objects.values()), sum(sheet.size.values())) == (len(KEYS), len(KEYS))
        assert sheet.suffixes == {".bin": len(KEYS)}
        assert run.progress.listed <= len(KEYS)  # less what was listed before a kill
        assert place.reader().counts().total == len(KEYS)

        place.server.delete(KEYS[-1])
        place.server.put("new", size=1)
        for steps in kills:  # begins anew each time
            places.slow_down(pages, level_seconds)
            with place.run(preflight=Preflight(), changes=Changes()) as killed:
                for _step in zip(range(steps), killed, strict=False):
                    pass
        sheet, changes = Preflight(), Changes()
        places.slow_down(pages, level_seconds)
        run = place.run(preflight=sheet, changes=changes)
        finish(run)
        assert sum(sheet.objects.values()) == run.progress.listed == len(KEYS)
        both = {Change.NEW: 1, Change.GONE: 1}
        learned = ({Change.GONE: 1}, {}) if kills else ()  # rows that a killed one changed
        assert changes.objects in (both, *learned)

    count_them()


@pytest.mark.fault("F29")
def test_whatever_walks_a_bucket_counts_each_key_once(places: Places) -> None:
    server = places.new().server
    options = Options(endpoint=server.endpoint, region=server.region)
    address = f"oss://{server.bucket}/"

    def walked() -> list[ObjectInfo]:
        return [*ossh.walk(address, options=options, credentials=lambda: credentials(server))]

    @settings(max_examples=12, deadline=None, phases=(Phase.generate,))
    @given(keys=st.integers(1, 9), resets=st.sets(st.integers(0, 30), max_size=4))
    def count_them(keys: int, resets: set[int]) -> None:
        server.clear_faults()
        for after in resets:  # pages that are lost on their way, and asked for again
            server.fault("reset", operation="list", after=after, times=1)
        server.fault("short-page", keys=keys)
        connection = connection_of(options, lambda: credentials(server))
        catalog = connection.catalog(Somewhere(server.bucket))

        assert [info.key for info in walked()] == KEYS
        assert [one.objects for one in totals(walked(), "", 1)] == [*[FILES] * FOLDERS, len(KEYS)]
        drawn = Counter(type(one.item) for one in branches(catalog.level, ""))
        assert sorted(drawn.values()) == [FOLDERS, len(KEYS)]
        files = OsshFileSystem(
            endpoint=server.endpoint,
            region=server.region,
            credentials=lambda: credentials(server),
            skip_instance_cache=True,
        )
        assert [name.partition("/")[2] for name in files.find(server.bucket)] == KEYS
        level, folders = gathered(catalog)
        assert [entry.name for entry in level.entries] == list(folders)
        assert [tally.objects for tally in folders.values()] == [FILES] * FOLDERS

    count_them()


def gathered(catalog: Catalog) -> tuple[Level, dict[str, Tally]]:
    """Return what `browse` knows in the end of a bucket's first level and the folders in it."""
    browser = Browser(Level(""))
    browser.height = FOLDERS
    gatherer = Gatherer(browser, catalog, Selection().matcher("", datetime.now(UTC)))

    def is_counted() -> bool:
        gatherer.take()
        gatherer.ask()
        return browser.level.is_complete and not any(browser.uncounted)

    wait_until(is_counted)
    return browser.level, dict(sorted(browser.tallies.items()))
