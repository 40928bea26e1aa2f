"""How far a download is, for whoever watches."""

import sys
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from ossh.python.progress import is_watched, shown
from ossh.transfer.watching import Phase, Progress

HALF = Progress(is_planned=True, planned=4, planned_bytes=2048, done=2, bytes_done=1024)


def test_lines_are_few_and_say_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    with shown("photos", wanted=True, clock=map(float, count()).__next__) as see:
        see(HALF)
        line = "photos: 2 of 4, 1.0 KiB of 2.0 KiB\n"
        assert capsys.readouterr() == ("", line)  # after a second
        for _second in range(11):
            see(HALF)

    assert capsys.readouterr() == ("", 2 * line)


def test_what_a_run_waits_for_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    with shown("photos", wanted=True, clock=count(0, 9).__next__) as see:
        see(Progress(planned=3, note="new credentials"))

    assert "0 of 3 so far, new credentials" in capsys.readouterr().err


def test_a_bar_of_tqdm_shows_bytes_and_objects(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")

    with shown("photos", wanted=True) as see:
        see(HALF)
        see(
            Progress(
                phase=Phase.ENDED,
                is_planned=True,
                planned=4,
                done=4,
                planned_bytes=2048,
                bytes_done=2048,
            )
        )

    last = capsys.readouterr().err.rpartition("\r")[2]
    assert last.startswith("photos: 100%")
    assert "2.00k/2.00k" in last
    assert "4 of 4" in last


@pytest.mark.parametrize("wanted", [False, None])
def test_where_nobody_watches_nothing_is_written(
    capsys: pytest.CaptureFixture[str], *, wanted: bool | None
) -> None:
    with shown("photos", wanted=wanted, clock=count(0, 9).__next__) as see:
        see(HALF)

    assert capsys.readouterr() == ("", "")


def test_a_notebook_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    for kernel, watched in ((object(), True), (None, False)):
        shell = SimpleNamespace(kernel=kernel)  # as ipykernel's shell, and as a terminal's
        module: Any = SimpleNamespace(get_ipython=[shell].pop)
        monkeypatch.setitem(sys.modules, "IPython", module)
        assert is_watched() is watched


def test_without_a_stderr_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)

    assert not is_watched()
    with shown("photos", wanted=True) as see:
        see(HALF)
