"""Whole sessions as text, each played against a fresh demo bucket."""

import sys
from pathlib import Path

import pytest

from tests.shell.conftest import ROOT, Launcher

TRANSCRIPTS = sorted((ROOT / "tests" / "transcripts").glob("*.transcript"))


@pytest.mark.skipif(
    sys.platform != "linux", reason="the sessions use tools and file names of Linux"
)
@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_session_still_reads_as_it_was_written(path: Path, launch: Launcher) -> None:
    done = launch("--demo", "-t", str(path))

    assert done.stdout == ""
    assert done.returncode == 0


def test_there_are_sessions_to_replay() -> None:
    assert TRANSCRIPTS
