"""ossh at its prompt on a terminal, whose screen can be read."""

import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import environment
import pyte
import terminal
from pyte.screens import Char
from terminal import SECONDS

_FAINT, _BLINK, _NORMAL, _STEADY = 2, 5, 22, 25  # terminal attributes
_COLOUR_FOLLOWS = frozenset({38, 48})

Line = tuple[Char, ...]


class _Screen(pyte.Screen):
    """A screen that answers its process.

    Faint text, which pyte does not support, is kept as blinking, which ossh never uses.
    """

    def __init__(self, columns: int, lines: int, answer: Callable[[str], None]) -> None:
        self._answer = answer
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self._answer(data)

    def select_graphic_rendition(self, *attrs: int, **_kwargs: bool) -> None:
        renamed: list[int] = []
        for attr in attrs:
            renamed += {_FAINT: (_BLINK,), _NORMAL: (_NORMAL, _STEADY)}.get(attr, (attr,))
        is_plain = _COLOUR_FOLLOWS.isdisjoint(attrs)  # else numbers mean other things
        super().select_graphic_rendition(*(renamed if is_plain else attrs))


class Terminal(terminal.Terminal):
    """ossh on a terminal of its own, whose screen is read; use it as a context.

    Args:
        arguments: Of ossh.
        environ: The whole environment of its process.
        home: An existing folder, where it runs.
        size: Columns and lines.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        home: Path,
        size: tuple[int, int],
    ) -> None:
        self._screen = _Screen(*size, self.press)
        self._stream = pyte.ByteStream(self._screen)
        command = [sys.executable, "-P", "-m", "ossh", *arguments]
        environ = {**environ, "PYTHONPATH": str(environment.ROOT)}
        super().__init__(command, home, environ, size[::-1])

    def _take(self, block: bytes) -> None:
        self._stream.feed(block)

    def _shown(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def run(self, command: str) -> None:
        """Type a command that the screen does not show yet, and wait for the next prompt."""
        self.type(command)
        self.until(rf"{re.escape(command)}\n(.*\n)*oss://.*>(\n+.*(: |：).*)?$")  # maybe a toolbar

    def press(self, keys: str) -> None:
        """Press keys, as a terminal sends them."""
        self.type(keys, end="")

    def resize(self, columns: int, lines: int) -> None:
        with self._changed:
            self._screen.resize(lines, columns)
        terminal.set_size(self.master, lines, columns)
        if sys.platform != "win32":
            self.process.send_signal(signal.SIGWINCH)

    def status(self) -> int:
        return self.process.wait(SECONDS)

    def end(self) -> int:
        self.process.terminate()
        return self.status()

    def lines(self, pattern: str) -> tuple[Line, ...]:
        """Return the lines of the screen once they match, as they are at that moment."""
        with self._changed:
            self.until(pattern)
            screen = self._screen
            return tuple(
                tuple(screen.buffer[row][column] for column in range(screen.columns))
                for row in range(screen.lines)
            )
