from dataclasses import replace

import pytest

from ossh.demo import DemoServer
from ossh.errors import StoreError, UsageError
from ossh.model import Cause, Failure, Route, Source
from ossh.session import Options
from ossh.session.connecting.bucket_location import BucketLocations, locate
from ossh.store.credentials import ANONYMOUS, Credentials
from ossh.store.endpoint_kinds import EndpointKind, endpoint_for
from tests.unit.network.peer import Peer

HANGZHOU = "https://oss-cn-hangzhou.aliyuncs.com"
HANGZHOU_INSIDE = "http://oss-cn-hangzhou-internal.aliyuncs.com"
BEIJING = "https://oss-cn-beijing.aliyuncs.com"
NOWHERE = "http://127.0.0.1:9"  # discard: nobody listens


@pytest.fixture
def keys(server: DemoServer) -> Credentials:
    return Credentials(server.access_key_id, server.access_key_secret)


@pytest.fixture
def source(server: DemoServer) -> Source:
    return Source(server.endpoint, server.region, server.bucket)


def known(
    options: Options, server: DemoServer | None = None, endpoint: str = ""
) -> BucketLocations:
    """Return what knows where buckets are; without a server nobody can be asked."""
    keys = ("id", "secret") if server is None else (server.access_key_id, server.access_key_secret)
    who = Credentials(*keys, endpoint=endpoint)
    lookup = NOWHERE if server is None else server.endpoint
    return BucketLocations(options, lambda: who, Route(), lookup)


def elsewhere(endpoint: str) -> Failure:
    return Failure(Cause.WRONG_ENDPOINT, "AccessDenied", "elsewhere", endpoint=endpoint)


WRONG_REGION = Failure(Cause.WRONG_ENDPOINT, "InvalidArgument", "the region is not its own")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (Options(), EndpointKind.PUBLIC),
        (Options(internal=True), EndpointKind.INTERNAL),
        (Options(dual_stack=True), EndpointKind.DUAL_STACK),
        (Options(accelerate=True), EndpointKind.ACCELERATE),
        (Options(accelerate_overseas=True), EndpointKind.ACCELERATE_OVERSEAS),
    ],
)
@pytest.mark.parametrize("place", [{"region": "cn-hangzhou"}, {"endpoint": HANGZHOU}])
def test_each_kind_of_endpoint_is_that_of_the_region(
    options: Options, kind: EndpointKind, place: dict[str, str]
) -> None:
    found = known(replace(options, **place)).source("b")  # type: ignore[arg-type] # two of them

    assert found == Source(endpoint_for("cn-hangzhou", kind), "cn-hangzhou", "b")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (Options(), "http://"),
        (Options(accelerate=True), "accelerate"),
        (Options(internal=True), "-i"),
    ],
)
def test_a_bucket_of_which_nothing_is_said_is_looked_up_once(
    server: DemoServer, options: Options, part: str
) -> None:
    locations = known(options, server)

    found = locations.source(server.bucket)
    server.stop()

    assert part in found.endpoint
    assert found.region == server.region
    assert locations.source(server.bucket) == found


def test_a_bucket_that_cannot_be_looked_up_is_an_error() -> None:
    with pytest.raises(StoreError, match="find the bucket"):
        known(Options()).source("bucket")


@pytest.mark.parametrize(
    "options",
    [
        Options(accelerate=True),
        Options(accelerate_overseas=True),
        Options(endpoint="https://oss-accelerate.aliyuncs.com"),
    ],
)
def test_the_service_itself_is_asked_without_acceleration(options: Options) -> None:
    assert known(options).source("").endpoint == HANGZHOU


def test_a_domain_of_the_buckets_own_must_be_named() -> None:
    domain = "https://data.example.com"

    assert known(Options(endpoint=domain, cname=True)).source("b") == Source(
        domain, "", "b", addressing="cname"
    )
    assert known(Options(cname=True), endpoint=domain).source("b").addressing == "cname"
    with pytest.raises(UsageError, match="needs the bucket's domain"):
        known(Options(cname=True)).source("b")


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(region="cn-hangzhou"),
        Options(endpoint=HANGZHOU, internal=True),
        Options(endpoint="http://10.0.0.5:8080", region="here"),
    ],
)
def test_what_may_be_an_endpoint_is_found_good_without_asking_anybody(options: Options) -> None:
    known(options).source("")


@pytest.mark.parametrize("options", [Options(region="mars"), Options(region="mars", internal=True)])
def test_what_is_no_region_is_found_bad_without_asking_anybody(options: Options) -> None:
    with pytest.raises(UsageError, match="'mars' is not a region"):
        known(options).source("")


@pytest.mark.parametrize(
    ("endpoint", "right"),
    [
        (HANGZHOU, BEIJING),
        (HANGZHOU_INSIDE, "http://oss-cn-beijing-internal.aliyuncs.com"),
        (NOWHERE, "http://oss-cn-beijing.aliyuncs.com"),
    ],
)
def test_an_endpoint_that_the_service_names_is_taken_and_told(endpoint: str, right: str) -> None:
    locations = known(Options(endpoint=endpoint))
    why = elsewhere(BEIJING.removeprefix("https://"))

    line = locations.correct("b", why)

    assert locations.source("b") == Source(right, "cn-beijing", "b")
    assert locations.source("other").endpoint == endpoint
    assert right in line
    assert endpoint in line
    assert locations.correct("b", why) == ""


def test_nobody_is_sent_to_and_fro() -> None:
    locations = known(Options(endpoint=HANGZHOU))

    assert locations.correct("b", elsewhere("oss-cn-beijing.aliyuncs.com"))
    assert locations.correct("b", elsewhere("oss-cn-hangzhou.aliyuncs.com")) == ""
    assert locations.correct("b", elsewhere("oss-cn-shanghai.aliyuncs.com"))
    assert locations.source("b").region == "cn-shanghai"


def test_region_and_endpoint_may_both_be_wrong(server: DemoServer) -> None:
    official = known(Options(endpoint=HANGZHOU, region="cn-beijing"))
    official.correct("b", WRONG_REGION)
    official.correct("b", elsewhere("oss-cn-shanghai.aliyuncs.com"))

    server.add_bucket("far", elsewhere="127.0.0.1:9")
    foreign = known(Options(endpoint=server.endpoint, region="cn-beijing"), server)
    line = foreign.correct("far", WRONG_REGION)

    shanghai = Source("https://oss-cn-shanghai.aliyuncs.com", "cn-shanghai", "b")
    assert official.source("b") == shanghai
    assert foreign.source("far") == Source(
        NOWHERE, "", "far"
    )  # signed without a region from now on
    assert NOWHERE in line


def test_a_region_that_may_not_be_asked_for_is_done_without(server: DemoServer) -> None:
    server.fault("status", operation="list", status=403, times=1)
    locations = known(Options(endpoint=server.endpoint, region="cn-beijing"), server)

    line = locations.correct(server.bucket, WRONG_REGION)

    assert locations.source(server.bucket) == Source(server.endpoint, "", server.bucket)
    said = f"the region of bucket '{server.bucket}' is not cn-beijing; requests now name no region"
    assert line == said


def test_another_service_sends_nobody_to_strangers() -> None:
    locations = known(Options(endpoint="https://a.oss.example.com"))

    assert locations.correct("b", elsewhere("evil.example.net")) == ""
    assert locations.correct("b", elsewhere("b.oss.example.com"))
    assert locations.correct("b", elsewhere("oss.example.com"))
    assert locations.correct("b", elsewhere("example.com")) == ""  # above what the user gave
    assert locations.source("b").endpoint == "https://oss.example.com"


def test_a_wrong_region_gives_way_to_that_of_the_endpoint() -> None:
    locations = known(Options(endpoint=HANGZHOU, region="cn-beijing"))

    line = locations.correct("b", WRONG_REGION)

    assert locations.source("b") == Source(HANGZHOU, "cn-hangzhou", "b")
    assert line == "the region of bucket 'b' is cn-hangzhou, not cn-beijing; requests now use that"


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        pytest.param(NOWHERE, WRONG_REGION, id="nobody tells the right region"),
        (HANGZHOU, Failure(Cause.WRONG_ENDPOINT, "CnameDenied", "no")),
        *((NOWHERE, elsewhere(named)) for named in ("a..b", "host:99999")),
        (NOWHERE, elsewhere("evil.oss-cn-hangzhou.aliyuncs.com")),
    ],
)
def test_what_names_no_other_place_corrects_nothing(endpoint: str, why: Failure) -> None:
    locations = known(Options(endpoint=endpoint, region="cn-beijing"))

    assert locations.correct("bucket", why) == ""


def test_all_that_were_refused_at_one_place_go_on_at_the_one_that_was_found() -> None:
    locations, told = known(Options(endpoint=HANGZHOU)), list[str]()
    first, second, third = (locations.relocation("b", told.append) for _ in range(3))

    assert first(elsewhere("oss-cn-beijing.aliyuncs.com"))
    assert second(elsewhere("oss-cn-beijing.aliyuncs.com"))
    assert second(elsewhere("oss-cn-shanghai.aliyuncs.com"))
    assert third(elsewhere("oss-cn-beijing.aliyuncs.com"))
    assert not third(elsewhere("oss-cn-shanghai.aliyuncs.com"))
    assert locations.source("b").region == "cn-shanghai"
    assert len(told) == 2


def test_keys_that_are_refused_move_no_bucket() -> None:
    locations = known(Options(endpoint=HANGZHOU))
    expired = Failure(Cause.EXPIRED, "SecurityTokenExpired", "expired")

    assert not locations.relocation("b", print)(expired)
    assert locations.source("b").endpoint == HANGZHOU


@pytest.mark.parametrize("region", ["cn-hangzhou", ""])
def test_a_bucket_elsewhere_is_found_where_it_is(
    server: DemoServer, source: Source, keys: Credentials, region: str
) -> None:
    asked = replace(source, bucket=f"else-{region}1", region=region)
    server.add_bucket(asked.bucket, elsewhere="oss-cn-shanghai.aliyuncs.com")

    found = locate(asked, keys, Route())

    shanghai = "http://oss-cn-shanghai.aliyuncs.com"
    assert found == replace(asked, endpoint=shanghai, region="cn-shanghai")


def test_a_bucket_here_is_found_here(server: DemoServer, source: Source, keys: Credentials) -> None:
    found = locate(replace(source, region=""), keys, Route())

    assert (found.endpoint, found.region) == (server.endpoint, "cn-hangzhou")


def test_whoever_may_only_list_finds_a_bucket_too(server: DemoServer, source: Source) -> None:
    server.add_bucket("public-place", public=True)
    server.fault("status", bucket="public-place", operation="any", status=403, times=1)

    found = locate(replace(source, bucket="public-place"), ANONYMOUS, Route())

    assert (found.endpoint, found.region) == (server.endpoint, "cn-hangzhou")


def test_a_bucket_that_cannot_be_found_says_what_to_do(source: Source, keys: Credentials) -> None:
    with pytest.raises(StoreError) as missing:
        locate(replace(source, bucket="no-such-bucket"), keys, Route())
    with pytest.raises(StoreError) as hidden:
        locate(source, ANONYMOUS, Route())

    assert str(missing.value).startswith("cannot find the bucket 'no-such-bucket': no such bucket")
    assert str(hidden.value).startswith(f"cannot find the bucket '{source.bucket}': access denied")
    assert hidden.value.hint == "the bucket is not public: connect with credentials"
    with pytest.raises(UsageError, match="not a bucket name"):
        locate(replace(source, bucket="No/Bucket"), keys, Route())


def test_whoever_may_do_neither_is_told_to_name_the_endpoint(
    server: DemoServer, source: Source, keys: Credentials
) -> None:
    server.fault("status", bucket=source.bucket, operation="any", status=403)

    with pytest.raises(StoreError) as hidden:
        locate(source, keys, Route())

    hint = "give its endpoint: connect --endpoint https://oss-REGION.aliyuncs.com"
    assert hidden.value.hint == hint


@pytest.mark.parametrize(
    "body",
    [
        b"<LocationConstraint>oss-cn-beijing</LocationConstraint >",
        b'<LocationConstraint xmlns="http://doc.oss.example">oss-cn-beijing</LocationConstraint>',
        b"<LocationConstraint>\n  oss-cn-beijing\n</LocationConstraint>",
    ],
)
def test_a_region_is_read_however_its_element_is_written(keys: Credentials, body: bytes) -> None:
    with Peer([lambda wire: wire.serve(body, "x-oss-request-id: 1")]) as peer:
        found = locate(Source(peer.url, "cn-hangzhou", "my-bucket"), keys, Route())

    assert found.region == "cn-beijing"


@pytest.mark.parametrize(
    ("body", "header", "said"),
    [
        (b"<html>Log in</html>", "Content-Type: text/html", "the answer"),
        (b"", "Content-Type: text/html", "the answer"),
        (b"<LocationConstraint/>", "Content-Type: text/html", "the answer"),
        (b"", "x-oss-request-id: 1", "the answer cannot be understood"),
    ],
)
def test_an_answer_that_is_not_the_service_s_or_names_no_region_is_recognised(
    keys: Credentials, body: bytes, header: str, said: str
) -> None:
    with (
        Peer([lambda wire: wire.serve(body, header)]) as peer,
        pytest.raises(StoreError, match=said),
    ):
        locate(Source(peer.url, "cn-hangzhou", "my-bucket"), keys, Route())
