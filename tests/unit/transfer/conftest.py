"""Servers and manifests for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.manifest import Manifest
from tests.unit.network.peer import peer

__all__ = ["peer"]  # a fixture


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[Manifest]:
    with Manifest.create(tmp_path / "job.sqlite") as manifest:
        yield manifest
