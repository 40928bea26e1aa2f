"""Where the cursor is, what is marked, and what is looked for. Pure.

No key costs more in a level of millions; a search there goes on a piece at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ossh.commands.browsing.entries import Entry, Level, Order, Tally
from ossh.language import _
from ossh.paths import folder_of
from ossh.printable import printable

AHEAD = 2000  # rows that are listed beyond the cursor
_PIECE = 20_000  # rows that a search looks at before keys are heard


@dataclass(slots=True)
class Search:
    """A search for a text in names, which goes on while rows arrive."""

    text: str
    row: int  # where it goes on
    step: int = 1  # -1 looks upwards


class Browser:
    """A level on a screen of some height, with a cursor and marks; the first of several levels."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self.order, self.is_reversed = Order.NAME, False
        self.view: list[int] | None = None  # numbers of entries by row; None: as they are listed
        self.cursor, self.top, self.height = 0, 0, 1  # in rows
        self.tallies: dict[str, Tally] = {}
        self.marks: dict[str, Entry] = {}
        self.message = ""
        self.search: Search | None = None
        self.goal = ""  # the name that the cursor goes to once it arrives
        self.follows_end = False
        self._above: list[tuple[Level, int, int, list[int] | None]] = []

    @property
    def rows(self) -> int:
        return len(self.level.entries if self.view is None else self.view)

    def entry(self, row: int) -> Entry:
        return self.level.entries[row if self.view is None else self.view[row]]

    @property
    def current(self) -> Entry | None:
        return self.entry(self.cursor) if self.rows else None

    @property
    def visible(self) -> range:
        """Return the rows on the screen, the cursor always among them."""
        self.top = max(min(self.top, self.cursor), self.cursor - self.height + 1, 0)
        return range(self.top, min(self.top + self.height, self.rows))

    @property
    def wanted(self) -> int:
        """Return how many entries must be listed."""
        if self.follows_end or not self.is_listed_order or self.goal or self.search:
            return -1
        return self.cursor + self.height + AHEAD

    @property
    def uncounted(self) -> Iterator[str]:
        """Yield the folders to count next, those on the screen first.

        The others of the level only if they decide the order: a thousand objects cost a request.
        """
        names = [one.name for one in map(self.entry, self.visible) if one.is_folder]
        yield from (name for name in names if not self.is_counted(name))
        others = self.level.uncounted
        for _other in range(0 if self.order is Order.NAME else len(others)):
            if not self.is_counted(name := others.popleft()):
                others.append(name)  # whatever has been counted is not met again
                yield name

    def is_counted(self, name: str) -> bool:
        tally = self.tallies.get(name)
        return tally is not None and (tally.is_complete or bool(tally.error))

    def move(self, rows: int) -> None:
        self._put(self.cursor + rows)

    def to_end(self) -> None:
        self._put(self.rows - 1)
        self.follows_end = not self.level.has_ended

    def _put(self, row: int) -> None:
        self.cursor = max(0, min(row, self.rows - 1))
        self._stay()

    def _stay(self) -> None:
        """Let nothing that arrives move the cursor."""
        self.follows_end, self.goal, self.search = False, "", None

    def go_in(self, prefix: str) -> None:
        """Show another level, and keep this one for the way back."""
        self._above.append((self.level, self.cursor, self.top, self.view))
        self._show(Level(prefix))

    def go_out(self) -> None:
        """Show the level above, with the cursor where one came from."""
        if not (came_from := self.level.prefix):
            self.message = _("this is the top of the bucket")
            return
        if self._above:
            self.level, self.cursor, self.top, self.view = self._above.pop()
            self._stay()
            self._use_listed_order()
            return
        self._show(Level(folder_of(came_from[:-1])))  # an empty segment is a segment
        self.goal = came_from

    def renew(self) -> None:
        """List the level again, and count its folders again."""
        goal = self.current.name if self.current else ""
        self.tallies.clear()
        self._above.clear()
        self._show(Level(self.level.prefix))
        self.goal = goal

    def _show(self, level: Level) -> None:
        self.level, self.view = level, None if self.is_listed_order else []
        self.cursor = self.top = 0
        self._stay()

    @property
    def is_listed_order(self) -> bool:
        return self.order is Order.NAME and not self.is_reversed

    @property
    def sorting(self) -> tuple[Order, bool]:
        return self.order, self.is_reversed

    def sort(self, order: Order) -> None:
        """Sort by something; a second time, the other way round."""
        self.is_reversed = not self.is_reversed if order is self.order else False
        self.order = order
        self._use_listed_order()

    def _use_listed_order(self) -> None:
        """Show the entries as they are listed, the cursor on the same one, if that is the order."""
        if self.is_listed_order and self.view is not None:
            self.cursor = self.view[self.cursor] if self.view else 0
            self.view = None
            if self.goal:
                self._arrive(range(self.rows))

    def arrange(self, view: list[int]) -> None:
        """Show entries in an order; the cursor stays on its entry unless that is the first row."""
        number = -1
        if self.cursor and self.rows:
            number = self.cursor if self.view is None else self.view[self.cursor]
        self.view = view
        if 0 <= number < len(view):
            self.cursor = view.index(number)
        self.cursor = max(0, min(self.cursor, self.rows - 1))
        self._arrive(range(len(view)))

    def add(self, level: Level, entries: Sequence[Entry]) -> None:
        """Take entries of a level that have just been listed."""
        first = len(level.entries)
        level.add(entries)
        if level is self.level and self.view is None:
            self._arrive(range(first, len(level.entries)))

    def _arrive(self, numbers: range) -> None:
        """Put the cursor where it is on the way to, if that is among these entries."""
        if self.follows_end:
            self.cursor = max(0, self.rows - 1)
        elif self.goal:
            entries = self.level.entries
            number = next((one for one in numbers if entries[one].name == self.goal), -1)
            if number >= 0:
                self._put(number if self.view is None else self.view.index(number))

    def toggle_mark(self) -> None:
        """Mark what the cursor is on, or take the mark away, and go on to the next."""
        if (entry := self.current) is None:
            return
        if self.marks.pop(entry.name, None) is None:
            self.marks[entry.name] = entry
        self.move(1)

    def mark_all(self) -> None:
        """Mark all that is listed here, or unmark it if all of it is marked."""
        names = {entry.name: entry for entry in self.level.entries}
        if names.keys() <= self.marks.keys():
            for name in names:
                del self.marks[name]
        else:
            self.marks |= names

    @property
    def chosen(self) -> list[Entry]:
        """Return the marks without what lies in a marked folder; without marks, the current one."""
        if not self.marks:
            return [self.current] if self.current else []
        kept: list[Entry] = []
        for _name, entry in sorted(self.marks.items()):
            if kept and kept[-1].is_folder and entry.name.startswith(kept[-1].name):
                continue
            kept.append(entry)
        return kept

    def find(self, text: str, step: int = 1) -> None:
        """Look for a text in names, from the row after the cursor on."""
        self.search = Search(text.casefold(), self.cursor + step, step)
        self.follows_end, self.goal = False, ""

    def search_on(self) -> None:
        """Look at some more rows; say so when there are no more."""
        if (search := self.search) is None:
            return
        start = len(self.level.folder)
        for _row in range(_PIECE):
            if not 0 <= search.row < self.rows:
                if search.row < 0 or self.level.has_ended:
                    self.search = None
                    self.message = _("'{text}' not found").format(text=printable(search.text))
                return
            if search.text in self.entry(search.row).name[start:].casefold():
                self.cursor, self.search = search.row, None
                return
            search.row += search.step
