"""What the keys do, and what the screen shows after them; no key waits for the bucket."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from ossh.commands.browsing import screen
from ossh.commands.browsing.browser import Browser
from ossh.commands.browsing.entries import Level, Order
from ossh.commands.browsing.gathering import Gatherer
from ossh.commands.browsing.screen import Action
from ossh.commands.cat import first_look
from ossh.console.views.run_progress import toolbar_text
from ossh.errors import UsageError
from ossh.language import _
from ossh.printable import printable
from ossh.selection import Selection
from ossh.session import Place, Session
from ossh.session.jobs.job_request import marked_names
from ossh.store.interruptible import BackgroundCall
from ossh.zipped import archive_keys

_BY = {Action.BY_NAME: Order.NAME, Action.BY_SIZE: Order.SIZE, Action.BY_AGE: Order.AGE}


@dataclass(slots=True)
class _Text:
    """Lines that cover the level; `lines` returns them for a width."""

    title: str
    lines: Callable[[int], list[str]]
    top: int = 0

    def turn(self, action: Action, size: tuple[int, int]) -> bool:
        """Go up or down on a screen; return whether the action does that."""
        page = max(1, size[1] - 2)
        last = max(0, len(self.lines(size[0])) - page)
        rows = {
            Action.UP: -1,
            Action.DOWN: 1,
            Action.PAGE_UP: -page,
            Action.PAGE_DOWN: page,
            Action.MARK: page,
            Action.START: -last,
            Action.END: last,
        }
        self.top = max(0, min(last, self.top + rows.get(action, 0)))
        return action in rows


class Picker:
    """Levels of a bucket from a place on, until `left` says how they were left.

    `size` returns the columns and lines of the screen.
    """

    def __init__(self, session: Session, place: Place, size: Callable[[], tuple[int, int]]) -> None:
        # What is to be done, where one was, and the name of a job to save.
        self.left: tuple[Action, Place, str] | None = None
        self.is_typing = False  # what is searched for, or the name of a job
        self._is_name = False
        self._typed = ""
        self._session, self._place, self._size = session, place, size
        self._is_filtered = True
        self._browser = Browser(Level(place.prefix))
        self._gatherer = self._new_gatherer()
        self._text: _Text | None = None
        self._found = ""  # what was searched for last

    def close(self) -> None:
        self._gatherer.close()

    def lines(self) -> list[screen.Line]:
        """Take what was found, ask for more, and return what the screen shows."""
        width, height = self._size()
        jobs = toolbar_text(self._session.runs.alive, width)
        self._browser.height = max(1, height - screen.FRAME_LINES - bool(jobs))
        self._gatherer.take()
        self._browser.search_on()
        self._gatherer.ask()
        if (text := self._text) is not None:
            return screen.paged(text.title, text.lines(width), width, height, text.top)
        question = _("name of the job: ") if self._is_name else _("search: ")
        around = screen.ScreenState(
            self._here.dated,
            len(self._session.selection) if self._is_filtered else 0,
            jobs=jobs,
            ask=f"{question}{printable(self._typed)}_" if self.is_typing else "",
        )
        return screen.screen(self._browser, around, width)

    @property
    def _here(self) -> Place:
        return replace(self._place, prefix=self._browser.level.prefix)

    def press(self, action: Action) -> None:
        self._browser.message = ""
        if self._text is None:
            self._do(action)
        elif not self._text.turn(action, self._size()):
            self._text = None

    def type(self, text: str) -> None:
        self._typed += "".join(filter(str.isprintable, text))

    def erase(self) -> None:
        self._typed = self._typed[:-1]

    def unask(self) -> None:
        self.is_typing = False

    def answer(self) -> None:
        self.is_typing = False
        if not self._is_name:
            self._search(self._typed)
        elif name := self._typed.strip():
            self.leave(Action.SAVE, name)

    def leave(self, action: Action = Action.LEAVE, name: str = "") -> None:
        """End, with the marks selected if something is to be done with them."""
        if action in {Action.LEAVE, Action.GO} or self._select():
            self.left = action, self._here, name

    def _select(self) -> bool:
        """Make the marks the selection; return whether that could be done."""
        session, chosen = self._session, [one.match for one in self._browser.chosen]
        filters = session.selection if self._is_filtered else Selection()
        here = replace(session.place, bucket=self._place.bucket, as_of=self._place.as_of)
        try:
            if chosen:
                at, filters = marked_names(here, chosen, filters)
                session.go_to(at)
                session.selection = filters
        except UsageError as error:
            self._browser.message = printable(_("; ").join(filter(None, [str(error), error.hint])))
            return False
        return bool(chosen)

    def _do(self, action: Action) -> None:  # noqa: C901, PLR0912 - one line for each key
        browser = self._browser
        match action:
            case Action.UP | Action.DOWN:
                browser.move(1 if action is Action.DOWN else -1)
            case Action.PAGE_UP | Action.PAGE_DOWN:
                browser.move(browser.height if action is Action.PAGE_DOWN else -browser.height)
            case Action.START:
                browser.move(-browser.rows)
            case Action.END:
                browser.to_end()
            case Action.IN:
                self._go_in()
            case Action.OUT:
                browser.go_out()
            case Action.LOOK:
                self._look()
            case Action.BY_NAME | Action.BY_SIZE | Action.BY_AGE:
                browser.sort(_BY[action])
            case Action.NEXT | Action.PREVIOUS if self._found:
                self._search("", 1 if action is Action.NEXT else -1)
            case Action.SEARCH | Action.NEXT | Action.PREVIOUS | Action.SAVE:
                self.is_typing, self._typed = True, ""
                self._is_name = action is Action.SAVE
            case Action.MARK:
                browser.toggle_mark()
            case Action.MARK_ALL:
                browser.mark_all()
            case Action.UNMARK:
                browser.marks.clear()
            case Action.ALL:
                self._is_filtered = not self._is_filtered
                self._renew()
            case Action.RENEW:
                self._renew()
            case Action.HELP:
                self._text = _Text(_("keyboard"), screen.help_lines)
            case Action.ESCAPE:
                browser.move(0)
            case Action.GET | Action.PREVIEW | Action.GO | Action.LEAVE:
                self.leave(action)
            case _:
                assert_never(action)

    def _go_in(self) -> None:
        if (entry := self._browser.current) is None:
            return
        is_archive = any(archive_keys(f"{entry.name}/"))
        if entry.is_folder:
            self._browser.go_in(entry.name)
        elif is_archive and not any(archive_keys(entry.name)):
            self._browser.go_in(f"{entry.name}/")
        else:
            self._look()

    def _look(self) -> None:
        entry = self._browser.current
        if entry is None or entry.is_folder:
            return
        place = replace(self._place, prefix=entry.name)
        title = printable(entry.name.rstrip("/").rpartition("/")[2] or entry.name)
        call = BackgroundCall(partial(first_look, self._session, place))
        self._text = _Text(
            title, lambda _width: call.result() if call.is_done() else [_("reading…")]
        )

    def _search(self, text: str, step: int = 1) -> None:
        self._found = text or self._found
        if self._found:
            self._browser.find(self._found, step)
            self._browser.search_on()  # at once: the next key may be about what it finds

    def _renew(self) -> None:
        """Ask for everything again; what was asked for before is no longer listened to."""
        self._gatherer.close()
        self._session.catalog(self._place).forget()
        self._browser.renew()
        self._gatherer = self._new_gatherer()

    def _new_gatherer(self) -> Gatherer:
        matches = self._session.matcher(self._place) if self._is_filtered else lambda _info: True
        return Gatherer(self._browser, self._session.catalog(self._place), matches)
