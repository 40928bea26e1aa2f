import pytest
from alibabacloud_oss_v2 import endpoints

from ossh.errors import UsageError
from ossh.store.endpoint_kinds import (
    EndpointKind,
    Road,
    endpoint_for,
    equivalent_endpoint,
    kind_of,
    may_redirect,
    road_of,
    service_endpoint,
)


@pytest.mark.parametrize("kind", [one for one in EndpointKind if one != EndpointKind.CNAME])
def test_endpoints_are_those_of_the_official_sdk(kind: EndpointKind) -> None:
    types = {
        EndpointKind.PUBLIC: "default",
        EndpointKind.DUAL_STACK: "dualstack",
        EndpointKind.ACCELERATE_OVERSEAS: "overseas",
    }
    official = endpoints.from_region(
        "cn-hangzhou", disable_ssl=False, etype=types.get(kind, kind.value)
    )

    assert endpoint_for("cn-hangzhou", kind) == official
    assert kind_of(endpoint_for("cn-hangzhou", kind)) is kind


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "https://data.example.com"])
def test_hosts_of_others_are_of_no_kind(endpoint: str) -> None:
    assert kind_of(endpoint) is None
    assert service_endpoint(endpoint, "cn-hangzhou") == endpoint


@pytest.mark.parametrize(
    ("endpoint", "region", "named", "found"),
    [
        *(
            (f"http://{before}.aliyuncs.com", "b-2", "x", f"http://{after}.aliyuncs.com")
            for before, after in (
                ("oss-a-1", "oss-b-2"),
                ("oss-a-1-internal", "oss-b-2-internal"),
                ("vpc100-oss-a-1", "oss-b-2-internal"),
                ("a-1.oss", "b-2.oss"),
                ("oss-accelerate", "oss-accelerate"),
            )
        ),
        ("https://oss-accelerate.aliyuncs.com", "", "x", "https://oss-accelerate.aliyuncs.com"),
        ("https://oss-a-1.aliyuncs.com", "", "oss-b.aliyuncs.com", "https://oss-b.aliyuncs.com"),
        ("http://127.0.0.1:1", "b-2", "127.0.0.1:2", "http://127.0.0.1:2"),
        ("https://data.example.com", "b-2", "oss-b-2.aliyuncs.com", "https://oss-b-2.aliyuncs.com"),
    ],
)
def test_another_region_is_reached_by_the_same_kind_of_endpoint(
    endpoint: str, region: str, named: str, found: str
) -> None:
    assert equivalent_endpoint(endpoint, region, named) == found


@pytest.mark.parametrize(
    ("endpoint", "road"),
    [
        ("https://oss-cn-hangzhou.aliyuncs.com", Road.PUBLIC),
        ("https://cn-hangzhou.oss.aliyuncs.com", Road.PUBLIC),
        ("http://oss-cn-hangzhou-internal.aliyuncs.com", Road.INTERNAL),
        ("http://vpc100-oss-cn-beijing.aliyuncs.com", Road.INTERNAL),
        ("https://cn-hangzhou-j-internal.oss-data-acc.aliyuncs.com", Road.INTERNAL),
        ("https://oss-accelerate-overseas.aliyuncs.com", Road.ACCELERATED),
        ("http://127.0.0.1:8000", Road.UNKNOWN),
        ("https://files.example.com", Road.UNKNOWN),
    ],
)
def test_the_road_of_the_bytes_follows_from_the_endpoint(endpoint: str, road: Road) -> None:
    assert road_of(endpoint) is road


def test_there_is_no_endpoint_for_half_a_region() -> None:
    with pytest.raises(UsageError, match="'hangzhou' is not a region"):
        endpoint_for("hangzhou")


@pytest.mark.parametrize(
    ("given", "named", "is_followed"),
    [
        # to OSS's own endpoints, from everywhere
        ("https://oss-cn-hangzhou.aliyuncs.com", "oss-cn-beijing.aliyuncs.com", True),
        ("https://oss-cn-hangzhou.aliyuncs.com", "cn-beijing.oss.aliyuncs.com", True),
        ("https://oss-cn-hangzhou.aliyuncs.com", "oss.aliyuncs.com", True),
        ("https://oss-cn-hangzhou.aliyuncs.com", "oss-accelerate-overseas.aliyuncs.com", True),
        ("https://oss.example.com", "oss-cn-beijing-internal.aliyuncs.com", True),
        ("http://10.0.0.5:8080", "oss-cn-beijing.aliyuncs.com", True),
        # from OSS to nobody else, be it a neighbour
        ("https://oss-cn-hangzhou.aliyuncs.com", "7.cn-hangzhou.fc.aliyuncs.com", False),
        ("https://oss-cn-hangzhou.aliyuncs.com", "127.0.0.1:80", False),
        ("https://oss-cn-hangzhou.aliyuncs.com", "aliyuncs.com", False),
        ("https://oss-cn-hangzhou.aliyuncs.com", "oss-cn-beijing.aliyuncs.com.", False),
        ("https://oss-cn-hangzhou.aliyuncs.com", "oss-cn-beijing.aliyuncs.com.example.com", False),
        # from others to this machine
        ("http://10.0.0.5:8080", "127.0.0.1:9000", True),
        ("https://oss.example.com", "localhost", True),
        ("http://127.0.0.1", "127.9.9.9", True),
        ("https://oss.example.com", "localhost.example.net", False),
        ("http://127.0.0.1", "10.0.0.1", False),
        # and to their own domain
        ("https://oss.example.com", "oss.example.com:8443", True),
        ("https://oss.example.com", "bj.example.com", True),
        ("https://oss.example.com", "a.oss.example.com", True),
        ("https://oss.example.com", "example.com", True),
        ("https://oss.example.com", "example.com.evil.net", False),
        ("https://oss.example.com", "evilexample.com", False),
        ("https://oss.example.com.", "bj.example.com.", True),
        # which is none that anybody can be in
        ("https://example.com", "evil.com", False),
        ("https://example.com", "bj.example.com", True),
        ("https://example.com.cn", "evil.com.cn", False),
        ("https://example.co.uk", "evil.co.uk", False),
        ("https://oss.example.com.cn", "bj.example.com.cn", True),
        ("https://intranet", "elsewhere", False),
        ("https://intranet", "oss.intranet", True),
        ("http://10.0.0.5", "9.0.0.5", False),
        # what is no endpoint leads nowhere
        ("https://oss.example.com", "a..b", False),
        ("https://oss.example.com", "bucket.oss-cn-hangzhou.aliyuncs.com", False),
    ],
)
def test_an_answer_leads_to_oss_to_this_machine_and_to_its_own_domain_only(
    given: str, named: str, *, is_followed: bool
) -> None:
    assert may_redirect(given, named) is is_followed
