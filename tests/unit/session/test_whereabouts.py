from collections.abc import Iterator
from dataclasses import replace

import pytest

import ossh.demo
from ossh.demo import DemoServer
from ossh.errors import StoreError, UsageError
from ossh.model import Cause, Failure, Route
from ossh.session.whereabouts import Address, Said, Whereabouts
from ossh.store.credentials import Credentials
from ossh.store.endpoints import Kind

HANGZHOU = "https://oss-cn-hangzhou.aliyuncs.com"
NOWHERE = "http://127.0.0.1:9"  # discard: nobody listens


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with ossh.demo.start(empty=True) as server:
        yield server


def known(said: Said, server: DemoServer | None = None, endpoint: str = "") -> Whereabouts:
    """Return what knows where buckets are; without a server nobody can be asked."""
    keys = ("id", "secret") if server is None else (server.access_key_id, server.access_key_secret)
    who = Credentials(*keys, endpoint=endpoint)
    lookup = NOWHERE if server is None else server.endpoint
    return Whereabouts(said, lambda: who, Route(), lookup)


def elsewhere(endpoint: str) -> Failure:
    return Failure(Cause.WRONG_ENDPOINT, "AccessDenied", "elsewhere", endpoint=endpoint)


WRONG_REGION = Failure(Cause.WRONG_ENDPOINT, "InvalidArgument", "the region is not its own")


@pytest.mark.parametrize(
    ("kind", "endpoint"),
    [
        (None, HANGZHOU),
        (Kind.INTERNAL, "https://oss-cn-hangzhou-internal.aliyuncs.com"),
        (Kind.DUAL_STACK, "https://cn-hangzhou.oss.aliyuncs.com"),
        (Kind.ACCELERATE, "https://oss-accelerate.aliyuncs.com"),
        (Kind.ACCELERATE_OVERSEAS, "https://oss-accelerate-overseas.aliyuncs.com"),
    ],
)
@pytest.mark.parametrize("said", [Said(region="cn-hangzhou"), Said(endpoint=HANGZHOU)])
def test_each_kind_of_endpoint_is_that_of_the_region(
    kind: Kind | None, endpoint: str, said: Said
) -> None:
    found = known(replace(said, kind=kind)).address("b")

    assert found == Address(endpoint, "cn-hangzhou")


@pytest.mark.parametrize(("kind", "part"), [(Kind.ACCELERATE, "accelerate"), (Kind.INTERNAL, "-i")])
def test_a_kind_without_a_region_is_that_of_the_region_where_the_bucket_is(
    server: DemoServer, kind: Kind, part: str
) -> None:
    whereabouts = known(Said(kind=kind), server)

    found = whereabouts.address(server.bucket)
    server.stop()

    assert part in found.endpoint
    assert found.region == server.region
    assert whereabouts.address(server.bucket) == found


def test_a_bucket_that_cannot_be_looked_up_is_an_error() -> None:
    with pytest.raises(StoreError, match="find the bucket"):
        known(Said()).address("bucket")


@pytest.mark.parametrize(
    "said", [Said(kind=Kind.ACCELERATE), Said(endpoint="https://oss-accelerate.aliyuncs.com")]
)
def test_the_service_itself_is_asked_without_acceleration(said: Said) -> None:
    assert known(said).address("").endpoint == HANGZHOU


def test_a_domain_of_the_buckets_own_must_be_named() -> None:
    domain = "https://data.example.com"

    assert known(Said(endpoint=domain, is_cname=True)).address("b") == Address(domain, "", "cname")
    assert known(Said(is_cname=True), endpoint=domain).address("b").addressing == "cname"
    with pytest.raises(UsageError, match="needs the bucket's domain"):
        known(Said(is_cname=True)).address("b")


@pytest.mark.parametrize(
    "said",
    [
        Said(),
        Said(region="cn-hangzhou"),
        Said(endpoint=HANGZHOU, kind=Kind.INTERNAL),
        Said(endpoint="http://10.0.0.5:8080", region="here"),
        Said(is_cname=True),
    ],
)
def test_what_may_be_an_endpoint_is_found_good_without_asking_anybody(said: Said) -> None:
    known(said).check()


@pytest.mark.parametrize("said", [Said(region="mars"), Said(region="mars", kind=Kind.INTERNAL)])
def test_what_is_no_region_is_found_bad_without_asking_anybody(said: Said) -> None:
    with pytest.raises(UsageError, match="'mars' is not a region"):
        known(said).check()


@pytest.mark.parametrize(
    ("endpoint", "named", "right"),
    [
        (HANGZHOU, "oss-cn-beijing.aliyuncs.com", "https://oss-cn-beijing.aliyuncs.com"),
        (
            "http://oss-cn-hangzhou-internal.aliyuncs.com",
            "oss-cn-beijing.aliyuncs.com",
            "http://oss-cn-beijing-internal.aliyuncs.com",
        ),
        (NOWHERE, "oss-cn-beijing.aliyuncs.com", "http://oss-cn-beijing.aliyuncs.com"),
    ],
)
def test_an_endpoint_that_the_service_names_is_taken_and_told(
    endpoint: str, named: str, right: str
) -> None:
    whereabouts = known(Said(endpoint=endpoint))

    line = whereabouts.correct("b", elsewhere(named))

    assert (whereabouts.is_corrected("b"), whereabouts.is_corrected("other")) == (True, False)
    assert whereabouts.address("b") == Address(right, "cn-beijing")
    assert whereabouts.address("other").endpoint == endpoint
    assert right in line
    assert endpoint in line
    assert whereabouts.correct("b", elsewhere(named)) == ""


def test_nobody_is_sent_to_and_fro() -> None:
    whereabouts = known(Said(endpoint=HANGZHOU))

    assert whereabouts.correct("b", elsewhere("oss-cn-beijing.aliyuncs.com"))
    assert whereabouts.correct("b", elsewhere("oss-cn-hangzhou.aliyuncs.com")) == ""
    assert whereabouts.correct("b", elsewhere("oss-cn-shanghai.aliyuncs.com"))
    assert whereabouts.address("b").region == "cn-shanghai"


def test_region_and_endpoint_may_both_be_wrong(server: DemoServer) -> None:
    official = known(Said(endpoint=HANGZHOU, region="cn-beijing"))
    official.correct("b", WRONG_REGION)
    official.correct("b", elsewhere("oss-cn-shanghai.aliyuncs.com"))

    server.add_bucket("far", elsewhere="127.0.0.1:9")
    foreign = known(Said(endpoint=server.endpoint, region="cn-beijing"), server)
    line = foreign.correct("far", WRONG_REGION)

    assert official.address("b") == Address("https://oss-cn-shanghai.aliyuncs.com", "cn-shanghai")
    assert foreign.address("far") == Address(NOWHERE, "")  # signed without a region from now on
    assert NOWHERE in line


def test_a_region_that_may_not_be_asked_for_is_done_without(server: DemoServer) -> None:
    server.fault("status", operation="list", status=403, code="AccessDenied", times=1)
    whereabouts = known(Said(endpoint=server.endpoint, region="cn-beijing"), server)

    line = whereabouts.correct(server.bucket, WRONG_REGION)

    assert whereabouts.address(server.bucket) == Address(server.endpoint, "")
    assert (
        line
        == f"the region of bucket '{server.bucket}' is not cn-beijing; requests now name no region"
    )


def test_oss_itself_sends_nobody_to_others() -> None:
    whereabouts = known(Said(endpoint=HANGZHOU))

    assert whereabouts.correct("b", elsewhere("evil.example.com")) == ""
    assert whereabouts.correct("b", elsewhere("127.0.0.1:80")) == ""
    assert whereabouts.correct("b", elsewhere("7.cn-hangzhou.fc.aliyuncs.com")) == ""
    assert whereabouts.correct("b", elsewhere("evil.oss-cn-hangzhou.aliyuncs.com")) == ""
    assert whereabouts.correct("b", elsewhere("oss-cn-hangzhou.aliyuncs.com")) == ""
    assert not whereabouts.is_corrected("b")


def test_another_service_sends_nobody_to_strangers() -> None:
    whereabouts = known(Said(endpoint="https://a.oss.example.com"))

    assert whereabouts.correct("b", elsewhere("evil.example.net")) == ""
    assert whereabouts.correct("b", elsewhere("b.oss.example.com"))
    assert whereabouts.correct("b", elsewhere("oss.example.com"))
    assert whereabouts.correct("b", elsewhere("example.com")) == ""  # above what the user gave
    assert whereabouts.address("b").endpoint == "https://oss.example.com"


def test_a_wrong_region_gives_way_to_that_of_the_endpoint() -> None:
    whereabouts = known(Said(endpoint=HANGZHOU, region="cn-beijing"))

    line = whereabouts.correct("b", WRONG_REGION)

    assert whereabouts.address("b") == Address(HANGZHOU, "cn-hangzhou")
    assert line == "the region of bucket 'b' is cn-hangzhou, not cn-beijing; requests now use that"


def test_a_wrong_region_is_asked_for_where_the_endpoint_does_not_tell(server: DemoServer) -> None:
    whereabouts = known(Said(endpoint=server.endpoint, region="cn-beijing"), server)

    assert "is cn-hangzhou, not cn-beijing" in whereabouts.correct(server.bucket, WRONG_REGION)
    assert whereabouts.address(server.bucket) == Address(server.endpoint, "cn-hangzhou")


def test_a_region_that_nobody_tells_stays_wrong() -> None:
    whereabouts = known(Said(endpoint=NOWHERE, region="cn-beijing"))

    assert whereabouts.correct("bucket", WRONG_REGION) == ""


def test_what_names_no_other_place_corrects_nothing() -> None:
    whereabouts = known(Said(endpoint=HANGZHOU))

    assert whereabouts.correct("b", Failure(Cause.WRONG_ENDPOINT, "CnameDenied", "no")) == ""


@pytest.mark.parametrize("named", ["a..b", "evil.oss-cn-hangzhou.aliyuncs.com", "host:99999"])
def test_what_is_no_endpoint_is_not_followed_from_anywhere(named: str) -> None:
    whereabouts = known(Said(endpoint=NOWHERE, region="cn-hangzhou"))

    assert whereabouts.correct("b", elsewhere(named)) == ""
