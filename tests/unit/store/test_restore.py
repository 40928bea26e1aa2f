"""The only request that changes anything: what it says, what its answers mean, who may send it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import ossh
from ossh import demo
from ossh.model import Cause, Failure, Source
from ossh.store.credentials import Credentials
from ossh.store.restore import Restored, ask_restore, request_body
from tests.unit.store.conftest import lister

PACKAGE = Path(ossh.__file__).parent


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
def test_object_is_asked_for_once_and_then_thaws(
    server: demo.DemoServer, source: Source, keys: Credentials, region: str
) -> None:
    server.set_archive(thaw_seconds=1000)
    server.put("odd key+é", b"x", bucket=source.bucket, storage_class="ColdArchive")
    asked = lister(replace(source, region=region), keys)

    answers = [
        ask_restore(asked, "odd key+é", "ColdArchive", days=2, tier="Expedited") for _ in range(2)
    ]
    server.thaw()
    answers.append(ask_restore(asked, "odd key+é", "ColdArchive", days=2))

    assert answers == [Restored.ACCEPTED, Restored.THAWING, Restored.READABLE]


def test_success_that_is_not_of_oss_is_none(answering: object, keys: Credentials) -> None:
    assert callable(answering)
    endpoint = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlogin")

    asked = lister(Source(endpoint, "cn-hangzhou", "bucket"), keys)
    answer = ask_restore(asked, "a", "Archive", days=1)

    assert isinstance(answer, Failure)
    assert answer.cause is Cause.NOT_OSS


@pytest.mark.parametrize(
    ("storage_class", "days", "tier", "said"),
    [
        ("Archive", 30, "Bulk", "<Days>7</Days>"),
        ("ColdArchive", 30, "", "<Days>30</Days>"),
        (
            "DeepColdArchive",
            30,
            "Standard",
            "<Days>30</Days><JobParameters><Tier>Standard</Tier></JobParameters>",
        ),
    ],
)
def test_each_class_is_asked_for_in_its_own_terms(
    storage_class: str, days: int, tier: str, said: str
) -> None:
    body = request_body(storage_class, days, tier).decode()

    assert body == f"<RestoreRequest>{said}</RestoreRequest>"


# Who asks others than OSS: the machine's metadata server for a token, STS for keys.
ELSEWHERE = {"store/credentials/ecs_metadata.py", "store/credentials/sts.py"}


def test_no_other_module_can_write() -> None:
    write = re.compile(
        r"[\"'](POST|PUT|DELETE|PATCH)[\"']|\b(put|delete|copy|append|restore)_object"
    )
    texts = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if PACKAGE / "demo" not in path.parents
    }

    writers = {name for name, text in texts.items() if write.search(text)} - ELSEWHERE

    assert writers == {"network/http.py", "store/restore.py"}  # one sends, one has it sent
