"""Sessions on a bucket of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.session import Session
from tests import usual
from tests.servers import Lender


@pytest.fixture
def server(lender: Lender) -> Iterator[DemoServer]:
    with lender.lend() as server:
        for name in ("a.gz", "b.txt", "sub/c.gz"):
            server.put(f"logs/{name}", name.encode())
        yield server


@pytest.fixture
def session(server: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Give a session that stands in the bucket, and a present folder of its own."""
    monkeypatch.chdir(tmp_path)
    return usual.session(server, tmp_path)
