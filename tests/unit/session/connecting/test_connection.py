from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.errors import StoreError, UsageError
from ossh.model import Source
from ossh.session import Connection, Options, Place, Session
from ossh.store.credentials import Credentials, Provider
from tests.unit.store.credentials.standins import Asked, StandIn

KEYS = {"OSS_ACCESS_KEY_ID": "LTAItest", "OSS_ACCESS_KEY_SECRET": "s"}
HANGZHOU = "https://oss-cn-hangzhou.aliyuncs.com"
HERE = Options(region="cn-hangzhou")


def connected(
    home: Path, options: Options | None = None, environ: Mapping[str, str] = KEYS
) -> Connection:
    return Connection(options or Options(), environ=environ, home=home)


def test_a_person_is_asked_only_when_nothing_is_found(tmp_path: Path) -> None:
    def typed() -> Credentials:
        return Credentials("id", "secret", source="what you typed")

    asked = Connection(Options(), environ={}, home=tmp_path, ask=typed)
    found = Connection(Options(), environ=KEYS, home=tmp_path, ask=typed)

    assert asked.credentials().source == "what you typed"
    assert found.credentials().access_key_id == "LTAItest"


def test_renewed_keys_sign_by_the_clock_that_was_found(tmp_path: Path) -> None:
    found = [Credentials("LTAI-old", "secret")]
    provider = Provider(found.pop)
    connection = Connection(Options(), environ={}, home=tmp_path, provider=provider)
    source = Source(HANGZHOU, "cn-hangzhou", "bucket")
    before = connection.signer(source)
    before.clock_offset = 900.0
    found.append(Credentials("LTAI-new", "secret"))

    assert provider.reload()

    after = connection.signer(source)
    assert after is not before
    assert after.clock_offset == 900.0
    assert connection.signer(source) is after


def test_a_domain_of_a_bucket_not_known_yet_is_found_good(tmp_path: Path) -> None:
    connected(tmp_path, Options(cname=True)).check()


@pytest.mark.parametrize(
    ("options", "environ", "endpoint", "region"),
    [
        (Options(), {"OSS_ENDPOINT": "oss-cn-hangzhou.aliyuncs.com"}, HANGZHOU, "cn-hangzhou"),
        (HERE, {"OSS_ENDPOINT": "oss-cn-beijing.aliyuncs.com"}, HANGZHOU, "cn-hangzhou"),
        (HERE, {"OSS_ENDPOINT": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000", "cn-hangzhou"),
    ],
    ids=["an endpoint gives its region", "a region said outweighs another's endpoint", "of none"],
)
def test_where_a_bucket_is_follows_from_what_is_said_and_from_the_environment(
    tmp_path: Path, options: Options, environ: dict[str, str], endpoint: str, region: str
) -> None:
    source = connected(tmp_path, options, {**KEYS, **environ}).source(Place("b"))

    assert (source.endpoint, source.region) == (endpoint, region)


def test_anonymous_needs_no_credentials_and_heeds_the_region_of_the_environment(
    tmp_path: Path,
) -> None:
    connection = connected(tmp_path, Options(anonymous=True), {"OSS_REGION": "cn-beijing"})

    assert connection.source(Place("b")).anonymous
    assert connection.credentials().anonymous
    assert connection.source(Place("b")).region == "cn-beijing"


def test_without_a_bucket_any_region_will_do(tmp_path: Path) -> None:
    assert connected(tmp_path).source(Place()).endpoint == HANGZHOU


def test_services_that_always_send_one_on_are_not_followed_for_long(tmp_path: Path) -> None:
    def send_on(asked: Asked) -> tuple[int, str]:
        hosts = [one.url.removeprefix("http://") for one in ring]
        following = hosts[(hosts.index(asked.headers["host"]) + 1) % len(hosts)]
        fields = (
            f"<Code>AccessDenied</Code><RequestId>1</RequestId><Endpoint>{following}</Endpoint>"
        )
        return 403, f"<Error>{fields}</Error>"

    with ExitStack() as servers:
        ring = [servers.enter_context(StandIn(send_on)) for _ in range(8)]
        options = Options(endpoint=ring[0].url, region="cn-hangzhou")

        connection = connected(tmp_path, options)
        connection.correct_location(Place("bucket"))

        assert connection.source(Place("bucket")).endpoint != ring[0].url

        assert sum(len(one.asked) for one in ring) == 1 + 3


def test_what_cannot_be_looked_up_is_told_with_its_hint(
    session: Session, server: DemoServer
) -> None:
    missing = refused(session, "nothing\x1b")
    server.fault("status", key="k", status=403, operation="object")
    denied = refused(session, "k")

    assert str(missing).startswith("cannot look up 'nothing\\x1b': no such object (request ")
    assert missing.code == "NoSuchKey"
    assert (missing.hint or "").startswith("keys are case-sensitive")
    assert denied.hint == "the user needs oss:GetObject on this bucket"


def test_nobodys_buckets_cannot_be_listed(session: Session) -> None:
    session.connect(Options(anonymous=True))

    with pytest.raises(UsageError, match="only be listed with credentials"):
        session.connection.buckets()


def refused(session: Session, key: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        session.connection.stat(replace(session.place, prefix=key))
    return caught.value
