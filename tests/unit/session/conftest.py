"""Sessions on a bucket of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.session import Options, Session
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
    session = Session(
        environ={
            "OSS_ACCESS_KEY_ID": server.access_key_id,
            "OSS_ACCESS_KEY_SECRET": server.access_key_secret,
        },
        home=tmp_path.with_name(f"{tmp_path.name}-home"),
        jobs_directory=tmp_path / "jobs",
        options=Options(endpoint=server.endpoint, region=server.region),
    )
    session.enter(f"oss://{server.bucket}/")
    return session
