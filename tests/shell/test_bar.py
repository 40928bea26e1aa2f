"""The bar of a real run at a real terminal of 80 columns: nothing that matters is cut off."""

import sys

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Launcher

if sys.platform == "win32":
    pytest.skip("no pseudo-terminals there", allow_module_level=True)


def test_a_wide_bar_shows_the_slowest_objects_with_a_line_each(
    server: DemoServer, launch: Launcher
) -> None:
    """Some objects fail for good and some once; one is slow, so that enough can be seen."""
    server.fill("d/{:02}", 60, 1000)
    server.put("d/slow.bin", bytes(400_000))
    server.fault("slow", key="d/slow.bin", rate=2000)
    for number in range(3):
        server.fault("status", key=f"d/{number:02}", status=403)
    for number in range(10, 15):
        server.fault("status", key=f"d/{number}", times=1)
        server.fault("slow", key=f"d/{number}", rate=10)

    with launch.on(server).terminal("oss://demo-bucket/d/", size=(24, 80)) as terminal:
        terminal.answer("d/>", "set bar wide")
        terminal.answer(r"wide[\s\S]*d/>", "get --to x --name job")
        terminal.until(r"\[\d+ %\] \d+ of 61, 3 failed, 5 to retry")
        terminal.until(r"d/slow\.bin: [1-9]\d* % of 390\.6 KiB · .*/s · for \d+ s")
        terminal.interrupt()
        terminal.until(r"\[s/b/C\]|stop|background")
