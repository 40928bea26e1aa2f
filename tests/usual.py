"""Objects and jobs of the usual kind, for tests that care for few of their fields."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ossh.job import Job
from ossh.model import ObjectInfo, Source, Target
from ossh.selection import Selection

MODIFIED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SOURCE = Source("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "bucket")


def info(key: str, size: int = 1, etag: str = "E1", **facts: Any) -> ObjectInfo:
    return ObjectInfo(key, size, etag, facts.pop("last_modified", MODIFIED), **facts)


def job(path: Path, target: str | Target = "../target", **fields: Any) -> Job:
    usual = {"created": MODIFIED, "source": SOURCE, "selection": Selection()}
    where = Target(target) if isinstance(target, str) else target
    return Job(path=path, target=where, **{**usual, **fields})
