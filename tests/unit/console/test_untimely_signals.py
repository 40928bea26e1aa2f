"""Signals in an import, a task's step or a finalizer count once that is done; echoes never do."""

import importlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.console import untimely_signals
from ossh.console.untimely_signals import Echoes, expect_echoes, interrupt, raise_forgotten
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def handled() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, interrupt)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("comes_twice", [False, True])
def test_an_import_is_not_interrupted_but_what_follows_is(
    *, comes_twice: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untimely_signals, "_echoes", Echoes() if comes_twice else None)
    code = "import signal\nsignal.raise_signal(signal.SIGINT)\nis_whole = True\n"
    (tmp_path / "interrupted_while_imported.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def import_it_and_wait() -> None:
        importlib.import_module("interrupted_while_imported")
        wait_until(lambda: False)

    with pytest.raises(KeyboardInterrupt):
        import_it_and_wait()

    assert sys.modules.pop("interrupted_while_imported").is_whole


class _InterruptedInFinalizer:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __del__(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("number", "error"),
    [
        pytest.param(signal.SIGINT, KeyboardInterrupt(), id="ctrl-c"),
        pytest.param(signal.SIGTERM, SystemExit(128 + signal.SIGTERM), id="told-to-end"),
    ],
)
def test_a_signal_that_comes_in_a_finalizer_is_not_lost(
    number: signal.Signals,
    error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", raise_forgotten)
    came = list[int]()
    before = signal.signal(number, lambda came_now, _frame: came.append(came_now))
    try:
        _InterruptedInFinalizer(error)

        wait_until(lambda: came)
    finally:
        signal.signal(number, before)
    assert (came, capsys.readouterr().err) == ([number], "")


def test_another_error_in_a_finalizer_is_written_as_by_python(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", raise_forgotten)

    _InterruptedInFinalizer(ValueError("no signal"))

    assert "ValueError: no signal" in capsys.readouterr().err


def ended(script: str) -> tuple[int, str, str]:
    """Return the status of a Python process, and what it wrote to stdout and to stderr."""
    done = subprocess.run(
        (sys.executable, "-c", script), capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout, done.stderr


_PROCESS = """
import signal, sys, time
from ossh.__main__ import main

class Freed:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

sys.argv = ["ossh", "--completion", "fish"]
main()
Freed()
try:
    time.sleep(1000)
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
"""


def test_a_signal_in_a_finalizer_of_ossh_ends_the_wait_that_follows() -> None:
    status, _script, said = ended(_PROCESS)

    assert (status, said) == (0, "interrupted\n")


def test_an_echo_of_a_signal_does_not_count_but_a_second_one_does() -> None:
    times = iter([10.0, 10.01, 10.02, 12.0, 20.0, 21.1])
    echoes = Echoes(lambda: next(times))

    heard = [number for number in (2, 2, 15, 2, 2, 2) if not echoes.is_echo(number)]

    assert heard == [2, 15, 2, 2, 2]


def test_a_signal_counts_once_whose_echo_comes_while_that_is_decided() -> None:
    heard = list[str]()
    names = iter(["signal", "echo"])

    def come() -> float:
        for name in names:
            if not echoes.is_echo(signal.SIGINT):
                heard.append(name)
        return 5.0

    echoes = Echoes(clock=come)
    come()

    assert heard == ["signal"]


def test_a_handler_takes_no_echo_for_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untimely_signals, "_echoes", None)
    expect_echoes()

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


_FULL_SCREEN = """
import asyncio, signal
from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from ossh.console.untimely_signals import is_untimely

def on_termination(number, frame):
    if not is_untimely(number, frame):
        raise SystemExit(143)

async def follow():
    signal.raise_signal(signal.SIGTERM)
    print("step done", flush=True)
    while True:
        await asyncio.sleep(0.01)

signal.signal(signal.SIGTERM, on_termination)
with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
    app = Application(full_screen=True)
    app.run(pre_run=lambda: app.create_background_task(follow()))
"""


def test_a_screen_that_is_told_to_end_within_a_step_of_a_task_ends_after_it() -> None:
    assert ended(_FULL_SCREEN) == (143, "step done\n", "")
