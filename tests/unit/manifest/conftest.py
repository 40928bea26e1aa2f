"""Manifests to ask questions of, and the objects in them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ossh
from ossh.manifest import Manifest, NewEntry
from ossh.model import ObjectInfo
from tests.unit.manifest.examples import Child, Fill, Info

ROOT = Path(ossh.__file__).parents[1]
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
