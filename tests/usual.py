"""Objects, jobs and sessions of the usual kind, for tests that care for little of them."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ossh.demo import DemoServer
from ossh.job import Job
from ossh.model import ObjectInfo, Source, Target
from ossh.selection import Selection
from ossh.session import Options, Session
from ossh.store.credentials import Credentials
from ossh.store.signer import Signer
from ossh.transfer.disk.local_files import Claims, LocalFiles
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.tree import Tree

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATA = b"0123456789"
SOURCE = Source("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "bucket")


def info(key: str, size: int = 1, etag: str = "E1", **facts: Any) -> ObjectInfo:
    return ObjectInfo(key, size, etag, facts.pop("last_modified", MODIFIED), **facts)


def session(server: DemoServer, folder: Path) -> Session:
    """Return a session that stands in a server's bucket, with a home and a folder of its own."""
    made = Session(
        environ=server.environ,
        home=folder.with_name(f"{folder.name}-home"),
        jobs_directory=folder / "jobs",
        options=Options(endpoint=server.endpoint, region=server.region),
    )
    made.enter(f"oss://{server.bucket}/")
    return made


def signer(server: DemoServer, bucket: str = "", secret: str = "") -> Signer:
    """Return what signs for a bucket of a server, by default the one of a test."""
    source = Source(server.endpoint, server.region, bucket or server.bucket)
    return Signer(source, Credentials(server.access_key_id, secret or server.access_key_secret))


def job(path: Path, target: str | Target = "../target", **fields: Any) -> Job:
    usual = {"created": MODIFIED, "source": SOURCE, "selection": Selection()}
    where = Target(target) if isinstance(target, str) else target
    return Job(path=path, target=where, **{**usual, **fields})


def local_files(
    target: Path,
    is_stopping: Callable[[], bool] = LocalFiles.is_stopping,
    claims_of: Callable[[Sequence[str]], Claims] = LocalFiles.claims_of,
    **policy: Any,
) -> LocalFiles:
    return LocalFiles(Tree(str(target)), Policy(**policy), is_stopping, claims_of)


def put(target: Path, path: str, data: bytes = DATA, age: float = 0.0) -> Path:
    """Put a file below a target, some seconds older than the usual objects."""
    file, moment = target / path, MODIFIED.timestamp() - age
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (moment, moment))
    return file
