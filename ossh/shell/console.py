"""The console of the shell: what cmd2 writes and reads, in the manner of ossh."""

import contextlib
import sys
from typing import Any

from cmd2.rich_utils import AllowStyle
from rich.text import Text

from ossh.commands.interrupts import stops_gently
from ossh.console.console import Console
from ossh.console.views.text import Tone, reflowed
from ossh.printable import printable
from ossh.shell.cmd2_internals import Cmd
from ossh.shell.cmd2_remarks import refusal, remark

_STYLES = {Tone.WARN: "yellow", Tone.BAD: "red", Tone.GOOD: "green", Tone.DIM: "dim"}


class ShellConsole(Cmd, Console):
    """A shell that speaks as every host of commands does.

    This is the shell as every module below the app knows it.
    """

    has_prompt = True

    def perror(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write a complaint of cmd2 to stderr; it never ends a command.

        What cmd2 complains of without a style gets the shape of all errors. What it repeats of a
        command, which may have been pasted, is escaped. On a terminal lines break between words.
        """
        if "style" not in options:
            self.show_error(*refusal(" ".join(map(str, objects))))
            self.last_result = False  # some of its commands complain and call it a success
            return
        shown = [_printable_lines(remark(one)) if isinstance(one, str) else one for one in objects]
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr.isatty():
                shown = [
                    reflowed(one, self.width) if isinstance(one, str) else one for one in shown
                ]
            super().perror(*shown, **{"soft_wrap": True, **options})

    def pfeedback(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - cmd2's own signature
        """Write a remark of cmd2 on one of its own commands."""
        super().pfeedback(
            *(remark(one) if isinstance(one, str) else one for one in objects), **options
        )

    @property
    def may_colour(self) -> bool:
        return self.allow_style is not AllowStyle.NEVER

    @property
    def may_page(self) -> bool:
        return super().may_page and not self.has_typed_ahead()

    def read(self, question: str, *, secret: bool = False) -> str:
        return self.read_secret(question) if secret else self.read_input(question)

    def run_line(self, line: str) -> None:
        if self.onecmd_plus_hooks(line):  # told to end: by SIGTERM, or the terminal was closed
            raise SystemExit(self.exit_code)

    def stops_gently(self) -> bool:
        return stops_gently(self)

    def alert(self, text: str, tone: Tone) -> None:
        """Show a line above the prompt; may be called in any thread."""
        self.add_alert(msg=Text(text, style=_STYLES.get(tone, "")))


def _printable_lines(text: str) -> str:
    """Return lines of text with everything escaped that could drive a terminal."""
    return "\n".join(map(printable, text.split("\n")))
