"""What the threads have found goes to the browser, and what it wants goes to the threads."""

import time
from typing import assert_never

from ossh.commands.browsing.browser import Browser
from ossh.commands.browsing.gathering import Arrived, Counted, Gatherer, News, Sorted

_SORT_SECONDS = 0.5  # from one sorting to the next, at least


class Discovery:
    """Brings a browser and its gatherer together, in the thread that draws."""

    def __init__(self, browser: Browser, gatherer: Gatherer) -> None:
        self._browser, self._gatherer = browser, gatherer
        self._counted = 0  # reports on folders
        self._sorted: tuple[object, ...] = ()  # how, and what, was sorted last
        self._sorted_at = 0.0

    def take(self) -> bool:
        """Take what has been found; tell if there was anything."""
        found = self._gatherer.news()
        for one in found:
            self._take(one)
        return bool(found)

    def ask(self) -> None:
        """Ask for what is to be seen."""
        browser = self._browser
        self._gatherer.show(browser.levels, browser.wanted, browser.uncounted)
        self._sort()

    def _take(self, news: News) -> None:
        browser = self._browser
        match news:
            case Arrived(level):
                level.hidden += news.hidden
                level.is_complete |= news.is_complete
                level.is_cut |= news.is_cut
                level.error = news.error
                browser.add(level, news.entries)
            case Counted(name, tally, number):
                if number == self._gatherer.round:
                    browser.tallies[name] = tally
                    self._counted += 1
            case Sorted(level, view, order, is_reversed):
                wanted = (browser.level, browser.order, browser.is_reversed)
                if wanted[0] is level and wanted[1:] == (order, is_reversed):
                    browser.arrange(view)
            case _:
                assert_never(news)

    def _sort(self) -> None:
        """Have the level sorted again if it has changed, but not all the time."""
        browser = self._browser
        if browser.is_listed_order or self._gatherer.is_sorting:
            return
        how = (id(browser.level), browser.order, browser.is_reversed)
        what = (len(browser.level.entries), self._counted)
        if (how, what) == self._sorted:
            return
        is_early = time.monotonic() - self._sorted_at < _SORT_SECONDS
        if is_early and self._sorted and how == self._sorted[0]:
            return
        self._sorted, self._sorted_at = (how, what), time.monotonic()
        self._gatherer.sort(
            browser.level, browser.tallies, browser.order, is_reversed=browser.is_reversed
        )
