from collections.abc import Iterator
from itertools import count as numbers

from ossh.console.live_count import UntilCut, told_live
from ossh.console.views.ls import FilterCount
from ossh.model import ObjectInfo
from tests.shell.conftest import Screen
from tests.usual import info

OBJECTS = [info(key, 1024) for key in "abc"]


def test_a_terminal_shows_the_count_as_it_grows_and_nothing_in_the_end() -> None:
    filter_count, screen, clock = FilterCount(), Screen(), numbers()

    passing = filter_count.passing(OBJECTS, lambda _info: True)
    live = told_live(
        passing, lambda _info: filter_count.counts(), screen, quiet=False, clock=clock.__next__
    )
    shown = list(live)

    assert shown == OBJECTS
    assert "2 objects, 2.0 KiB …" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_a_quiet_shell_shows_no_count() -> None:
    screen, clock = Screen(), numbers()

    list(told_live(OBJECTS, str, screen, quiet=True, clock=clock.__next__))

    assert screen.getvalue() == ""


def test_a_cut_ends_the_wait_for_more_and_keeps_the_count() -> None:
    def interrupted() -> Iterator[ObjectInfo]:
        yield OBJECTS[0]
        items.cut()
        yield OBJECTS[1]

    items = UntilCut(interrupted())

    assert list(items) == OBJECTS[:1]
    assert items.was_cut


def test_a_cut_disturbs_nothing_that_is_done_with_an_object() -> None:
    items, done = UntilCut(OBJECTS), list[ObjectInfo]()

    for one in items:
        items.cut()
        done.append(one)

    assert (done, items.was_cut) == (OBJECTS[:1], True)
