"""The picker on a terminal: keys become actions, lines become a screen. All else is elsewhere."""

from collections.abc import Callable
from functools import partial

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition, FilterOrBool
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window

from ossh.commands.browsing.picker import Picker
from ossh.commands.browsing.screen import Action
from ossh.session import Place, Session

_LOOK_SECONDS = 0.1  # between two looks at what has been found
_ESCAPE_SECONDS = 0.1  # after which Escape is no longer the beginning of an arrow
_AT_ONCE = frozenset({"c-c", "<sigint>"})  # even while a line is typed


class Screen:
    """A picker on the whole terminal, which begins at a place; it may run until it is closed."""

    def __init__(self, session: Session, place: Place) -> None:
        self._picker = Picker(session, place, self._size)
        self._app: Application[tuple[Action, Place, str]] = Application(
            Layout(Window(FormattedTextControl(self._shown), always_hide_cursor=True)),
            key_bindings=self._bindings(),
            full_screen=True,
            refresh_interval=_LOOK_SECONDS,
        )
        self._app.ttimeoutlen = _ESCAPE_SECONDS

    def run(self) -> tuple[Action, Place, str]:
        """Return what is to be done, where the picker was left, and the name of a job to save."""
        self._picker.left = None
        return self._app.run()

    def close(self) -> None:
        self._picker.close()

    def _size(self) -> tuple[int, int]:
        size = self._app.output.get_size()
        return size.columns, size.rows

    def _shown(self) -> StyleAndTextTuples:
        pieces: StyleAndTextTuples = []
        for line in self._picker.lines():
            pieces += [("", "\n")] * bool(pieces) + [line]
        return pieces

    def _bindings(self) -> KeyBindings:
        bindings, picker = KeyBindings(), self._picker
        is_asking = Condition(lambda: picker.is_typing)

        def bind(key: str, do: Callable[[], None], when: FilterOrBool = is_asking) -> None:
            bindings.add(key, filter=when)(lambda _event: self._do(do))

        for action in Action:
            for key in action.keys:
                if key in _AT_ONCE:
                    bind(key, picker.leave, when=True)
                else:
                    bind(key, partial(picker.press, action), ~is_asking)
        for key in (Keys.Any, Keys.BracketedPaste):
            bindings.add(key, filter=is_asking)(lambda event: picker.type(event.data))
        bind("backspace", picker.erase)
        bind("enter", picker.answer)
        bind("escape", picker.unask)
        return bindings

    def _do(self, do: Callable[[], None]) -> None:
        """Do what a key asks for; end if it leaves."""
        do()
        if self._picker.left is not None and not self._app.is_done:
            self._app.exit(result=self._picker.left)
