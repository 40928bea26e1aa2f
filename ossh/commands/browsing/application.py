"""The picker on a terminal: keys become actions, lines become a screen. All else is elsewhere."""

import asyncio
from functools import partial

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window

from ossh.commands.browsing.keys import BINDINGS, Action
from ossh.commands.browsing.picker import Left, Picker
from ossh.session import Place, Session

_TICK_SECONDS = 0.1  # between two looks at what has been found
_ESCAPE_SECONDS = 0.1  # after which Escape is no longer the beginning of an arrow
_AT_ONCE = frozenset({"c-c", "<sigint>"})  # even while a line is typed


class Screen:
    """A picker on the whole terminal, which begins at a place."""

    def __init__(self, session: Session, place: Place) -> None:
        self._picker = Picker(session, place, self._size)
        self._app: Application[Left] = Application(
            Layout(Window(FormattedTextControl(self._shown), always_hide_cursor=True)),
            key_bindings=self._bindings(),
            full_screen=True,
        )
        self._app.ttimeoutlen = _ESCAPE_SECONDS

    def run(self) -> Left:
        """Show it until a key leaves it; return how."""
        try:
            return self._app.run(pre_run=self._begin)
        finally:
            self._picker.close()

    def _begin(self) -> None:
        self._picker.ask()
        self._app.create_background_task(self._follow())

    async def _follow(self) -> None:
        """Look again and again at what has been found; draw only what has changed."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            if self._picker.tick():
                self._app.invalidate()

    def _size(self) -> tuple[int, int]:
        size = self._app.output.get_size()
        return size.columns, size.rows

    def _shown(self) -> StyleAndTextTuples:
        pieces: StyleAndTextTuples = []
        for line in self._picker.lines():
            pieces += [("", "\n")] * bool(pieces) + [line]
        return pieces

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()
        is_asking = Condition(lambda: self._picker.question is not None)
        for one in BINDINGS:
            for key in one.keys:
                is_always = key in _AT_ONCE
                press = self._leave if is_always else partial(self._press, one.action)
                bindings.add(key, filter=is_always or ~is_asking)(press)
        bindings.add(Keys.Any, filter=is_asking)(self._type)
        bindings.add(Keys.BracketedPaste, filter=is_asking)(self._type)
        bindings.add("backspace", filter=is_asking)(self._erase)
        bindings.add("enter", filter=is_asking)(self._answer)
        bindings.add("escape", filter=is_asking)(self._unask)
        return bindings

    def _press(self, action: Action, _event: KeyPressEvent) -> None:
        self._picker.press(action)
        self._end_if_left()

    def _leave(self, _event: KeyPressEvent) -> None:
        self._picker.leave()
        self._end_if_left()

    def _end_if_left(self) -> None:
        if self._picker.left is not None and not self._app.is_done:
            self._app.exit(result=self._picker.left)

    # A line that is typed

    def _type(self, event: KeyPressEvent) -> None:
        if (question := self._picker.question) is not None:
            question.typed += "".join(filter(str.isprintable, event.data))

    def _erase(self, _event: KeyPressEvent) -> None:
        if (question := self._picker.question) is not None:
            question.typed = question.typed[:-1]

    def _answer(self, _event: KeyPressEvent) -> None:
        self._picker.answer()
        self._end_if_left()

    def _unask(self, _event: KeyPressEvent) -> None:
        self._picker.question = None
