"""The program that is run when a job is done: Ctrl-C leaves none behind."""

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ossh import programs
from ossh.session.done_command import DoneCommand
from ossh.store.credentials import Provider
from ossh.transfer.run import Run
from ossh.transfer.watching import Summary
from tests import usual


def test_ctrl_c_ends_a_program_even_while_it_is_being_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(usual.job(tmp_path / "job.toml", "target"), Provider(lambda: None))
    run.summary = Summary(ended="done")
    begun: list[Any] = []
    start_program, start_thread = programs.start, threading.Thread.start

    def start(*arguments: Any) -> Any:
        begun.append(start_program(*arguments))
        return begun[-1]

    def interrupted(thread: threading.Thread) -> None:
        start_thread(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(programs, "start", start)
    monkeypatch.setattr(threading.Thread, "start", interrupted)
    command = DoneCommand(
        f'"{Path(sys.executable).as_posix()}" -c "import time; time.sleep(600)"', os.environ
    )

    with pytest.raises(KeyboardInterrupt):
        command.run(run)

    assert [process.returncode is not None for process in begun] == [True]
