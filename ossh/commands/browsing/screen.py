"""The keys, and the lines of the screen for any width. Pure.

Whatever comes from a bucket is made printable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from itertools import zip_longest

from ossh.commands.browsing.browser import Browser
from ossh.commands.browsing.entries import Entry, Tally
from ossh.console.views.run_progress import first_fitting
from ossh.console.views.text import cell_len, count, first_part, last_part, listed, wrapped
from ossh.language import N_, _
from ossh.printable import printable
from ossh.units import format_size, local_time

Line = tuple[str, str]  # style and text

PLAIN, BAR, CURSOR, FOLDER, DIM = "", "reverse", "reverse", "bold", "underline"
FRAME_LINES = 3  # the title, the state and the last line
_NARROW = 60  # columns, from which on there are counts and dates


class Action(Enum):
    """What keys ask for: the keys, as prompt_toolkit names them, and what `?` says of them.

    They are those of ncdu, mc, ranger and nnn, as far as these do not contradict.
    """

    UP = ("up", "k", "c-p"), "↑ k", N_("up")
    DOWN = ("down", "j", "c-n"), "↓ j", N_("down")
    PAGE_UP = ("pageup", "c-b", "c-u"), "PgUp", N_("a page up")
    PAGE_DOWN = ("pagedown", "c-f", "c-d"), "PgDn", N_("a page down")
    START = ("home", "g"), "Home g", N_("the first")
    END = ("end", "G"), "End G", N_("the last")
    IN = ("right", "enter", "l"), "→ Enter", N_("open a folder, a ZIP or an object")
    OUT = ("left", "backspace", "h"), "← h", N_("up one folder")
    LOOK = ("i", "v", "f3"), "i F3", N_("view an object")
    MARK = (" ", "insert", "c-t"), "Space", N_("mark, or unmark")
    MARK_ALL = ("*",), "*", N_("mark all listed here")
    UNMARK = ("u",), "u", N_("clear all marks")
    BY_NAME = ("o",), "o", N_("by name; again: reverse")
    BY_SIZE = ("s",), "s", N_("by size")
    BY_AGE = ("m", "M"), "m", N_("by age, newest first")
    SEARCH = ("/", "f7"), "/", N_("search in the names here")
    NEXT = ("n", ">"), "n >", N_("the next match")
    PREVIOUS = ("N", "<"), "N <", N_("the previous match")
    ALL = ("a",), "a", N_("turn the filters off or on")
    RENEW = ("R", "c-r"), "R", N_("list and count again")
    GET = ("d", "f5"), "d F5", N_("download what is marked")
    PREVIEW = ("p",), "p", N_("preview what is marked")
    SAVE = ("w",), "w", N_("save it as a job")
    GO = ("c",), "c", N_("leave, and cd here")
    HELP = ("?", "f1"), "?", N_("these keys")
    ESCAPE = ("escape",), "", ""
    LEAVE = ("q", "Q", "f10", "c-c", "<sigint>"), "q Ctrl-C", N_("leave")

    def __init__(self, keys: tuple[str, ...], shown: str, does: str) -> None:
        self.keys, self.shown, self.does = keys, shown, does


@dataclass(frozen=True, slots=True)
class ScreenState:
    """What is said besides a level."""

    place: str  # where it is, with its moment
    filters: int = 0  # that apply
    jobs: str = ""  # what runs in the background
    ask: str = ""  # a question, and what has been typed; "" for none


def pad_to(text: str, width: int) -> str:
    """Return a text of exactly so many columns, cut or padded at its end."""
    shown = first_part(text, width)
    return shown + " " * (width - cell_len(shown))


def screen(browser: Browser, around: ScreenState, width: int) -> list[Line]:
    """Return the title, the rows and what is said below them."""
    rows = list(_rows(browser, width)) or [
        (PLAIN, pad_to(line, width)) for line in wrapped(printable(browser.level.error), width - 1)
    ]
    rows = [*rows, *[(PLAIN, "")] * browser.height][: browser.height]
    last = around.ask or browser.message or _hint(browser, width)
    lines = [
        (BAR, pad_to(_title(around, width), width)),
        *rows,
        (BAR, pad_to(_state(browser), width)),
        (PLAIN, pad_to(last_part(last, width - 1) if around.ask else last, width)),
    ]
    return [*lines, (DIM, pad_to(around.jobs, width))] if around.jobs else lines


def help_lines(width: int) -> list[str]:
    """Return the keys, in two columns where they fit, else in one."""
    texts = [f"{pad_to(one.shown, 8)} {_(one.does)}" for one in Action if one.shown]
    half = -(-len(texts) // 2)
    left, right = texts[:half], texts[half:]
    beside = max(map(cell_len, left)) + 2
    if beside + max(map(cell_len, right)) > width:
        return texts
    return [pad_to(one, beside) + other for one, other in zip_longest(left, right, fillvalue="")]


def paged(title: str, lines: Sequence[str], width: int, height: int, top: int) -> list[Line]:
    """Return lines below a title, from one of them on."""
    room = height - 2
    shown = [(PLAIN, pad_to(one.expandtabs(), width)) for one in lines[top : top + room]]
    shown += [(PLAIN, "")] * (room - len(shown))
    below = len(lines) - top - room
    hint = _("q: back")
    if below > 0 or top:
        hint = _("↑ ↓ PgUp PgDn: {number:,} more lines; q: back").format(number=max(0, below))
    return [(BAR, pad_to(f" {title}", width)), *shown, (PLAIN, pad_to(hint, width))]


def _title(around: ScreenState, width: int) -> str:
    filters = f" [{count(around.filters, 'filter')}]" if around.filters else ""
    return f" {last_part(around.place, width - 1 - cell_len(filters))}{filters}"


def _rows(browser: Browser, width: int) -> Iterator[Line]:
    level = browser.level
    for row in browser.visible:
        entry = browser.entry(row)
        pointer = ">" if row == browser.cursor else " "
        mark = "*" if entry.name in browser.marks else " "
        name = printable(entry.name.removeprefix(level.folder) or entry.name)
        facts = _facts(entry, browser.tallies.get(entry.name), width)
        style = CURSOR if row == browser.cursor else FOLDER if entry.is_folder else PLAIN
        yield style, pad_to(f"{pointer}{mark}{facts}  {name}", width)


def _facts(entry: Entry, tally: Tally | None, width: int) -> str:
    """Return size, and how many objects or of which day, in columns of their own."""
    if not entry.is_folder:
        size, more, when = format_size(entry.size), " ", entry.modified
        number = ""
    elif tally is None:
        size, more, when, number = "…", " ", 0.0, ""
    else:
        more = "?" if tally.error else " " if tally.is_complete else "+"
        size, when = format_size(tally.size), tally.newest
        number = f"{tally.objects:,}"
        if tally.error and not tally.objects:
            size, number = "", ""
    shown = f"{size:>10}{more}"
    if width < _NARROW:
        return shown
    day = local_time(datetime.fromtimestamp(when, UTC))[:10] if when else ""
    return f"{shown}{number:>11}  {day:10}"


def _state(browser: Browser) -> str:
    level = browser.level
    more = "" if level.is_complete else "+"
    row = browser.cursor + 1 if browser.rows else 0
    where = _("{row:,} of {rows:,}{more}").format(row=row, rows=len(level.entries), more=more)
    order = _(browser.order) + (" ↑" if browser.is_reversed else "")
    parts = [where, order]
    if browser.marks:
        parts.append(_("{number:,} marked").format(number=len(browser.marks)))
    if browser.search is not None:
        parts.append(_("searching '{text}'").format(text=printable(browser.search.text)))
    if level.hidden:
        parts.append(_("filters hide {number:,}").format(number=level.hidden))
    return " " + listed(*parts)


def _hint(browser: Browser, width: int) -> str:
    """Return what is wrong, or else what the most important keys do."""
    level, current = browser.level, browser.current
    tally = browser.tallies.get(current.name) if current else None
    if error := level.error or (tally.error if tally else ""):
        return printable(error)
    if level.is_cut:
        return _("there are more; filters shorten the list")
    if current is None:
        return _("nothing here") if level.is_complete and not level.entries else _("listing…")
    return first_fitting(
        [
            _("Enter: in   Space: mark   d: get   p: preview   /: search   ?: keys   q: leave"),
            _("Space:mark d:get ?:keys q:leave"),
            _("q:leave"),
        ],
        width,
    )
