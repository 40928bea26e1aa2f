"""Whole sessions as text, each played against a fresh demo bucket."""

import sys
from itertools import groupby
from pathlib import Path

import pytest

from ossh.shell.scripting.transcript import matches
from tests.shell.conftest import ROOT, Launcher

pytestmark = pytest.mark.measured

TRANSCRIPTS = sorted((ROOT / "tests" / "transcripts").glob("*.transcript"))


@pytest.mark.skipif(
    sys.platform != "linux", reason="the sessions use tools and file names of Linux"
)
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_session_still_reads_as_it_was_written(path: Path, launch: Launcher) -> None:
    done = launch("--demo", "-t", str(path), TZ="UTC")  # which is where they were written

    assert done.stdout == ""
    assert done.returncode == 0


def test_there_are_sessions_to_replay() -> None:
    assert TRANSCRIPTS


@pytest.mark.parametrize(
    ("page", "session"), [("guide.md", "guide"), ("guide.zh-CN.md", "guide-zh")]
)
def test_the_guide_shows_a_session_that_is_played(page: str, session: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    shown = text.partition("<!-- session")[2].partition("```\n")[2].partition("```")[0]
    path = ROOT / "tests" / "transcripts" / f"{session}.transcript"
    played = path.read_text(encoding="utf-8")

    pairs = list(zip(exchanges(shown), exchanges(played), strict=True))

    assert pairs
    for (command, output), (expected_command, expected_output) in pairs:
        assert command == expected_command
        assert matches(expected_output, output)


def exchanges(text: str) -> list[tuple[str, str]]:
    """Return each command of a session, with its prompt, and what it printed."""
    number = 0
    numbered = []
    for line in text.splitlines(keepends=True):
        number += line.startswith("oss://demo-bucket/")
        numbered.append((number, line))
    groups = groupby(numbered, key=lambda pair: pair[0])
    found = [[line for _, line in lines] for number, lines in groups if number]
    return [(lines[0], "".join(lines[1:])) for lines in found]
