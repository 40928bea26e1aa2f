"""The picker without a terminal: orders, the cursor, marks, searches and lines of any width."""

import pytest
from rich.cells import cell_len

from ossh.commands.browsing.browser import AHEAD, Browser
from ossh.commands.browsing.entries import Entry, Level, Order, Tally, arranged
from ossh.commands.browsing.screen import ScreenState, help_lines, pad_to, screen

ENTRIES = [
    Entry("a/", 0, 0.0, is_folder=True),
    Entry("b.txt", 30, 300.0),
    Entry("c.txt", 10, 100.0),
    Entry("d/", 0, 0.0, is_folder=True),
]
TALLIES = {"a/": Tally(2, 20, 200.0, is_complete=True), "d/": Tally(1, 40, 50.0)}


@pytest.fixture
def browser() -> Browser:
    browser = Browser(Level("", is_complete=True))
    browser.add(browser.level, ENTRIES)
    browser.tallies |= TALLIES
    browser.height = 3
    return browser


@pytest.mark.parametrize(
    ("order", "is_reversed", "expected"),
    [
        (Order.NAME, True, [3, 2, 1, 0]),
        (Order.SIZE, False, [3, 1, 0, 2]),
        (Order.SIZE, True, [2, 0, 1, 3]),
        (Order.AGE, False, [1, 0, 2, 3]),
    ],
)
def test_entries_are_arranged(order: Order, expected: list[int], *, is_reversed: bool) -> None:
    assert arranged(ENTRIES, TALLIES, order, is_reversed=is_reversed) == expected


def test_short_runs_are_merged_to_one_order() -> None:
    entries = [Entry(f"{n:06}", n * 7919 % 50_000, 0.0) for n in range(50_000)]

    view = arranged(entries, {}, Order.SIZE, is_reversed=False)

    assert [entries[number].size for number in view] == list(range(49_999, -1, -1))


def test_the_cursor_stays_on_its_entry_when_the_order_changes(browser: Browser) -> None:
    browser.move(1)
    browser.sort(Order.SIZE)
    browser.arrange([3, 1, 0, 2])
    assert (browser.cursor, browser.current) == (1, ENTRIES[1])

    browser.sort(Order.NAME)

    assert browser.current == ENTRIES[1]


def test_the_cursor_is_always_among_the_visible_rows(browser: Browser) -> None:
    browser.to_end()
    assert browser.visible == range(1, 4)
    browser.move(-99)
    assert browser.visible == range(3)


def test_only_what_the_cursor_may_reach_is_listed_unless_all_is_needed(browser: Browser) -> None:
    assert browser.wanted == browser.height + AHEAD
    browser.sort(Order.AGE)
    assert browser.wanted == -1


def test_no_draw_looks_again_at_the_folders_that_are_counted() -> None:
    browser = Browser(Level("", is_complete=True))
    names = [f"{number:04}/" for number in range(1000)]
    browser.add(browser.level, [Entry(name, 0, 0.0, is_folder=True) for name in names])
    browser.sort(Order.SIZE)
    browser.arrange([*range(1000)])
    under_way = {names[0], names[500], names[999]}
    browser.tallies |= dict.fromkeys(set(names) - under_way, Tally(is_complete=True))

    assert set(browser.uncounted) == under_way
    browser.tallies.clear()  # so that whatever is looked at is yielded

    assert set(browser.uncounted) == under_way


def test_going_out_leads_back_to_where_one_came_from(browser: Browser) -> None:
    browser.move(3)
    browser.go_in("d/")
    browser.go_out()

    assert (browser.level.prefix, browser.current) == ("", ENTRIES[3])


def test_going_above_where_one_began_finds_the_folder_when_it_arrives() -> None:
    browser = Browser(Level("x//y/"))
    browser.go_out()
    assert browser.level.prefix == "x//"

    browser.add(browser.level, [Entry("x//a", 1, 1.0), Entry("x//y/", 0, 0.0, is_folder=True)])

    assert browser.current == Entry("x//y/", 0, 0.0, is_folder=True)


def test_a_marked_folder_stands_for_what_is_marked_in_it(browser: Browser) -> None:
    browser.toggle_mark()
    browser.toggle_mark()
    browser.marks["a/x"] = Entry("a/x", 1, 1.0)

    assert [one.name for one in browser.chosen] == ["a/", "b.txt"]


def test_without_marks_the_cursor_chooses(browser: Browser) -> None:
    browser.move(2)

    assert browser.chosen == [ENTRIES[2]]


def test_a_search_goes_on_in_what_arrives() -> None:
    browser = Browser(Level(""))
    browser.add(browser.level, ENTRIES)
    browser.find("Z")
    browser.search_on()
    assert browser.search is not None

    browser.add(browser.level, [Entry("zoo", 1, 1.0)])
    browser.search_on()

    assert browser.current is not None
    assert browser.current.name == "zoo"


@pytest.mark.parametrize(
    "level",
    [
        pytest.param(Level("", is_complete=True), id="listed to its end"),
        pytest.param(Level("", is_cut=True), id="more than is shown"),
        pytest.param(Level("", error="no such bucket"), id="not listed any further"),
    ],
)
def test_a_search_ends_where_nothing_more_arrives(level: Level) -> None:
    browser = Browser(level)
    browser.add(level, ENTRIES)
    browser.find("Z")

    browser.search_on()

    assert (browser.search, browser.message) == (None, "'z' not found")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("name", ["字" * 99, "\x1b[2J\r\n", "\u202eabc", "/", "x" * 1000, "שלום"])
def test_every_line_has_the_width_of_the_screen(width: int, name: str) -> None:
    browser = Browser(Level("a/"))
    browser.height = 5
    browser.add(browser.level, [Entry(f"a/{name}", 1, 1.0)])

    lines = screen(browser, ScreenState("oss://bucket/a/"), width)

    assert len(lines) == 5 + 3
    assert {cell_len(text) for _style, text in lines if text} == {width}
    assert all(text.isprintable() for _style, text in lines)


def test_a_wide_character_is_not_cut_in_two() -> None:
    assert pad_to("字字字", 4) == "字… "


@pytest.mark.parametrize(("width", "height"), [(80, 13), (60, 26)])
def test_the_keys_are_all_readable_in_two_columns_or_in_one(width: int, height: int) -> None:
    lines = help_lines(width)

    assert len(lines) == height
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
