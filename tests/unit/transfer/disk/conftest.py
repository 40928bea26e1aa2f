"""A target, and the workspace of a job in it."""

import os
from pathlib import Path
from typing import Any

import pytest

from ossh.transfer.disk.local_files import LocalFiles
from ossh.transfer.disk.workspace import Workspace
from tests import usual


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "target"
    path.mkdir()
    return path


@pytest.fixture
def workspace(target: Path) -> Workspace:
    return Workspace(target, "cafe")


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return usual.local_files(tmp_path)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what is looked at from now on."""
    looked_at: list[Any] = []

    for name in ("stat", "lstat", "open"):
        real = getattr(os, name)

        def look(path: Any, *args: Any, real: Any = real, **options: Any) -> Any:
            looked_at.append(path)
            return real(path, *args, **options)

        monkeypatch.setattr(os, name, look)
    return looked_at
