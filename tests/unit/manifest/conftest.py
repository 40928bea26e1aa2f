"""Manifests to ask questions of, and the objects in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ossh.manifest import Manifest, NewEntry
from ossh.model import ObjectInfo
from tests.unit.manifest.examples import Fill, Info

MODIFIED = datetime(2026, 1, 1, 8, 30, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def info() -> Info:
    def make(key: str, size: int = 10, etag: str = "E1", **facts: Any) -> ObjectInfo:
        return ObjectInfo(key, size, etag, MODIFIED, **facts)

    return make


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[Manifest]:
    with Manifest.create(tmp_path / "jobs" / "logs.sqlite") as manifest:
        manifest.set_meta("job_id", "cafe")
        yield manifest


@pytest.fixture
def fill(manifest: Manifest, info: Info) -> Fill:
    """Add pending objects of some keys to the manifest; row n is the n-th key."""

    def add(*keys: str) -> Manifest:
        new = manifest.without_row([info(key) for key in keys])
        manifest.add([NewEntry(one, one.key) for one in new])
        return manifest

    return add
