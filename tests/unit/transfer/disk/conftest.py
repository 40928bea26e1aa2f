"""A target, and the workspace of a job in it."""

from pathlib import Path

import pytest

from ossh.transfer.disk.workspace import Workspace


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


@pytest.fixture
def workspace(target: Path) -> Workspace:
    return Workspace(target, "cafe")
