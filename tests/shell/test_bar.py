"""The bar of a real run at a real terminal of 80 columns: nothing that matters is cut off."""

import re
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from ossh.demo import DemoServer
from tests.shell.conftest import Launcher, Terminal

OBJECTS = 60


@pytest.fixture
def prompt(server: DemoServer, own: Launcher) -> Iterator[Terminal]:
    """Give a prompt of 80 columns at objects of which some fail for good and some only once.

    One is as slow as can be, so that the run goes on until the test has seen enough.
    """
    server.fill("d/{:02}", OBJECTS, 1000)
    server.put("d/slow.bin", bytes(400_000))
    server.fault("slow", key="d/slow.bin", rate=2000)
    for number in range(3):
        server.fault("status", key=f"d/{number:02}", status=403, code="AccessDenied")
    for number in range(10, 15):
        server.fault("status", key=f"d/{number}", times=1)
        server.fault("slow", key=f"d/{number}", rate=10)
    with own.terminal("oss://demo-bucket/d/", size=(24, 80)) as terminal:
        terminal.until("d/>")
        yield terminal


def frames(shown: str) -> list[str]:
    return re.findall(r"\|[█▏▎▍▌▋▊▉ ]{10}\| [^\r\n]*", shown)


def test_the_bar_shows_all_counts_and_stays_within_the_terminal(prompt: Terminal) -> None:
    prompt.type("get --to x --name job")

    shown = prompt.until(r"\[\d+ %\] \d+ of 61, 3 failed, 5 to retry · .*/s · .* left")

    assert frames(shown)
    assert all(cell_len(frame.rstrip()) <= 80 for frame in frames(shown))


def test_a_wide_bar_shows_the_slowest_objects_with_a_line_each(prompt: Terminal) -> None:
    prompt.type("set bar wide")
    prompt.answer(r"wide[\s\S]*d/>", "get --to x --name job")

    shown = prompt.until(r"d/slow\.bin: [1-9]\d* % of 390\.6 KiB · .*/s · for \d+ s")

    assert re.search(r"\[\d+ %\] \d+ of 61, 3 failed", shown)
    prompt.interrupt()
    prompt.until(r"\[s/b/C\]|stop|background")
