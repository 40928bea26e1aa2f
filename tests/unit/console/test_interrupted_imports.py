"""Ctrl-C while code is imported counts once the import is done."""

import importlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.console.interrupted_imports import interrupt
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def handled() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, interrupt)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_import_is_not_interrupted_but_what_follows_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import signal\nsignal.raise_signal(signal.SIGINT)\nis_whole = True\n"
    (tmp_path / "interrupted_while_imported.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def import_it_and_wait() -> None:
        importlib.import_module("interrupted_while_imported")
        wait_until(lambda: False)

    with pytest.raises(KeyboardInterrupt):
        import_it_and_wait()

    assert sys.modules.pop("interrupted_while_imported").is_whole


def test_elsewhere_an_interrupt_comes_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
