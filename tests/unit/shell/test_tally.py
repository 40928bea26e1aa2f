from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count as numbers

from ossh.catalog import Prefix
from ossh.model import ObjectInfo
from ossh.shell.tally import Tally
from tests.shell.conftest import Screen

OBJECTS = [ObjectInfo(key, 1024, "E", datetime(2026, 1, 1, tzinfo=UTC)) for key in "abc"]


def test_the_tally_says_what_the_filters_hide() -> None:
    assert Tally(1, 2, 2048, 3).sentence() == (
        "1 prefix, 2 objects, 2.0 KiB; filters hide 3 (--all shows them)"
    )


def test_archived_objects_are_told_apart() -> None:
    frozen = replace(OBJECTS[0], storage_class="ColdArchive")
    tally = Tally()
    list(tally.of([frozen, OBJECTS[1]], lambda _info: True))

    assert tally.sentence().endswith(", 1 archived")


def test_prefixes_pass_and_objects_are_tested() -> None:
    tally = Tally()
    items: list[Prefix | ObjectInfo] = [Prefix("p/"), *OBJECTS]
    passing = list(tally.of(items, lambda info: info.key != "b"))

    assert passing == [Prefix("p/"), OBJECTS[0], OBJECTS[2]]
    assert (tally.prefixes, tally.objects, tally.size, tally.hidden) == (1, 2, 2048, 1)


def test_a_terminal_shows_the_count_as_it_grows_and_nothing_in_the_end() -> None:
    tally, screen, clock = Tally(), Screen(), numbers()

    passing = tally.of(OBJECTS, lambda _info: True)
    shown = list(tally.shown_on(screen, passing, clock=lambda: next(clock)))

    assert shown == OBJECTS
    assert "2 objects, 2.0 KiB …" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_a_quiet_shell_shows_no_count() -> None:
    screen, clock = Screen(), numbers()

    list(Tally().shown_on(screen, OBJECTS, quiet=True, clock=lambda: next(clock)))

    assert screen.getvalue() == ""


def test_ctrl_c_ends_the_counting_and_keeps_the_count() -> None:
    def interrupted() -> Iterator[ObjectInfo]:
        yield OBJECTS[0]
        raise KeyboardInterrupt

    tally = Tally()

    assert list(tally.shown_on(Screen(), interrupted())) == OBJECTS[:1]
    assert tally.is_cut
