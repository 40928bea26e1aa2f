"""A language of their own, and processes for what a process alone can show."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import ossh
from ossh.language import speak
from tests.unit.manifest.examples import Child

ROOT = Path(ossh.__file__).parents[1]


@pytest.fixture
def in_chinese() -> Iterator[None]:
    """Speak Chinese until the end of the test."""
    speak("zh", {})
    yield
    speak("en", {})


@pytest.fixture
def child() -> Iterator[Child]:
    """Start real Python processes that are ended, whatever happens, when the test is over."""
    with ExitStack() as ends:

        def start(script: str, *arguments: object) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, "-c", script, *map(str, arguments)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            ends.enter_context(process)
            ends.callback(process.kill)
            return process

        yield start
