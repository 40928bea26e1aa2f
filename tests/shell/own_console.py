"""A process in a console of its own on Windows: its code page is chosen, its screen is read.

The tests themselves may have no console, or one that others share. So a helper, which is this file
run as a program, gets a new one, starts the process there, and writes down what became of it.
"""

import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the helper has no need of it
    from tests.shell.conftest import Launcher

SECONDS = 240.0
CTRL_C, CTRL_BREAK = 0, 1  # as Windows numbers them
NOTHING = (CTRL_C, "")


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what its console showed then."""

    status: int
    screen: list[str]
    takes_styles: bool  # escape sequences are switched on

    @property
    def text(self) -> str:
        return "\n".join(self.screen)


def run(
    launch: "Launcher",
    arguments: list[str],
    *,
    code_page: int = 65001,
    press: tuple[int, str] = NOTHING,
    **environ: str,
) -> Ended:
    """Run ossh in a new console.

    Args:
        launch: Starts it.
        arguments: Those of ossh.
        code_page: That of the console.
        press: CTRL_C or CTRL_BREAK, and the folder in which there is a file then.
        environ: The variables that it gets beside the usual ones.
    """
    if sys.platform == "win32":
        said = launch.folder / "said.json"
        order = [str(said), str(code_page), *map(str, press), *launch.command(*arguments)]
        subprocess.run(
            [sys.executable, __file__, *order],
            cwd=launch.folder,
            env=launch.environ(**environ),
            creationflags=subprocess.CREATE_NO_WINDOW,
            timeout=SECONDS,
            check=True,
        )
        return Ended(**json.loads(said.read_text(encoding="utf-8")))
    raise AssertionError("only Windows has consoles")


if sys.platform == "win32" and __name__ == "__main__":
    import ctypes
    from ctypes import wintypes

    KERNEL = ctypes.WinDLL("kernel32")
    KERNEL.CreateFileW.restype = wintypes.HANDLE
    ROWS, COLUMNS, STYLES = 200, 120, 0x0004

    def open_screen() -> wintypes.HANDLE:
        """Return the console's screen, made large enough to keep all that is shown."""
        read_write, shared, existing = 0xC0000000, 3, 3
        screen = KERNEL.CreateFileW("CONOUT$", read_write, shared, None, existing, 0, None)
        screen = wintypes.HANDLE(screen)
        KERNEL.SetConsoleScreenBufferSize(screen, wintypes._COORD(COLUMNS, ROWS))
        return screen

    def shown(screen: wintypes.HANDLE) -> list[str]:
        """Return what stands on the screen, line by line."""
        text, length = ctypes.create_unicode_buffer(COLUMNS), wintypes.DWORD()
        found = []
        for row in range(ROWS):
            at = wintypes._COORD(0, row)
            KERNEL.ReadConsoleOutputCharacterW(screen, text, COLUMNS, at, ctypes.byref(length))
            found.append("".join(text[: length.value]).rstrip())
        return found

    def press_once_in(folder: Path, keys: int) -> None:
        """Wait for a file, then send what the console sends to all its processes, this one too."""
        while not any(path.is_file() for path in folder.rglob("*")):
            time.sleep(0.02)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGBREAK, signal.SIG_IGN)
        assert KERNEL.GenerateConsoleCtrlEvent(keys, 0)

    def main(said: str, code_page: str, keys: str, folder: str, *command: str) -> None:
        assert KERNEL.SetConsoleCP(int(code_page))
        assert KERNEL.SetConsoleOutputCP(int(code_page))
        screen = open_screen()
        with subprocess.Popen(command) as process:
            if folder:
                press_once_in(Path(folder), int(keys))
            status = process.wait(SECONDS)
        mode = wintypes.DWORD()
        KERNEL.GetConsoleMode(screen, ctypes.byref(mode))
        ended = Ended(status, shown(screen), takes_styles=bool(mode.value & STYLES))
        Path(said).write_text(json.dumps(asdict(ended)), encoding="utf-8")

    main(*sys.argv[1:])
