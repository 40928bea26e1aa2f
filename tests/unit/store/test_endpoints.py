import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.errors import UsageError
from ossh.store.endpoints import (
    checked_bucket,
    normal_endpoint,
    normal_region,
    region_of,
    split_endpoint,
)


@pytest.mark.parametrize(
    ("written", "endpoint"),
    [
        ("oss-cn-hangzhou.aliyuncs.com", "https://oss-cn-hangzhou.aliyuncs.com"),
        (" HTTPS://OSS-cn-hangzhou.aliyuncs.com/ ", "https://oss-cn-hangzhou.aliyuncs.com"),
        ("http://oss-cn-hangzhou-internal.aliyuncs.com", None),
        ("https://cn-hangzhou.oss.aliyuncs.com", None),
        ("https://oss-accelerate.aliyuncs.com", None),
        ("https://cn-hangzhou-j-internal.oss-data-acc.aliyuncs.com", None),
        ("https://cn-hangzhou-internal.oss-data-acc.aliyuncs.com", None),
        ("http://127.0.0.1:8080", None),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", None),
        ("https://data.example.com", None),
        ("http://minio:9000", None),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_endpoints_get_a_scheme_and_nothing_else(written: str, endpoint: str | None) -> None:
    assert normal_endpoint(written) == (endpoint or written)


EXAMPLE = "for example https://oss-cn-hangzhou.aliyuncs.com"


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("", "the endpoint is empty", EXAMPLE),
        ("oss://b/logs", "an endpoint starts with https:// or http://, not oss://", EXAMPLE),
        *(
            (written, f"'{written}' is not an endpoint", EXAMPLE)
            for written in ("http://host:port", "two words", "https://\u2024.example")
        ),
        *(
            (
                written,
                f"'{written}' is a region, not an endpoint",
                f"use the region {region}, or the endpoint https://oss-{region}.aliyuncs.com",
            )
            for written, region in (("cn-hz", "cn-hz"), ("oss-ap-south-1", "ap-south-1"))
        ),
        *(
            (
                f"my-bucket.{host}.aliyuncs.com",
                f"the endpoint 'my-bucket.{host}.aliyuncs.com' contains the bucket",
                f"use the endpoint https://{host}.aliyuncs.com and the bucket my-bucket",
            )
            for host in ("oss-cn-hz", "cn-hz.oss", "cn-hz-j-internal.oss-data-acc")
        ),
    ],
)
def test_what_is_no_endpoint_is_refused_with_the_way_out(
    written: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        normal_endpoint(written)

    assert (str(caught.value), caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    "written", ["h.example/bucket/logs", "user:hush@h.example", "h.example?hush", "h.example#hush"]
)
def test_what_an_endpoint_has_not_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(UsageError, match="no user name, no path and no query") as caught:
        normal_endpoint(f"https://{written}")

    hint = "use the endpoint https://h.example, and name the bucket separately: oss://BUCKET/PREFIX"
    assert caught.value.hint == hint


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_endpoint_or_a_usage_error(text: str) -> None:
    try:
        endpoint = normal_endpoint(text)
    except UsageError:
        return
    assert normal_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    ("endpoint", "is_path_style", "is_loopback"),
    [
        ("http://127.0.0.1:8080", True, True),
        ("http://127.9.9.9", True, True),
        ("http://[::1]:8080", True, True),
        ("http://localhost", True, True),
        ("http://10.0.0.1", True, False),
        ("http://0.0.0.0", True, False),
        ("http://localhost.example", False, False),
        ("https://oss-cn-hangzhou.aliyuncs.com", False, False),
    ],
)
def test_addresses_take_the_bucket_in_the_path_and_some_are_this_machine(
    endpoint: str, *, is_path_style: bool, is_loopback: bool
) -> None:
    found = split_endpoint(endpoint)

    assert (found.is_path_style, found.is_loopback) == (is_path_style, is_loopback)


@pytest.mark.parametrize(
    ("endpoint", "region"),
    [
        ("https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou"),
        ("oss-cn-hangzhou-internal.aliyuncs.com", "cn-hangzhou"),
        ("http://vpc100-oss-cn-beijing.aliyuncs.com", "cn-beijing"),
        ("https://cn-shanghai.oss.aliyuncs.com/", "cn-shanghai"),
        ("https://cn-shanghai-internal.oss.aliyuncs.com/", "cn-shanghai"),
        ("https://oss-cn-hzfinance.aliyuncs.com:443", "cn-hzfinance"),
        ("https://cn-hangzhou-j-internal.oss-data-acc.aliyuncs.com", "cn-hangzhou"),
        ("cn-hangzhou-internal.oss-data-acc.aliyuncs.com", "cn-hangzhou"),
        ("ap-southeast-1c-internal.oss-data-acc.aliyuncs.com", "ap-southeast-1"),
        ("ap-southeast-1-internal.oss-data-acc.aliyuncs.com", "ap-southeast-1"),
        ("https://oss-data-acc.aliyuncs.com", ""),
        ("https://oss-accelerate.aliyuncs.com", ""),
        ("https://oss-accelerate-overseas.aliyuncs.com", ""),
        ("https://data.example.com", ""),
        ("http://127.0.0.1:8080", ""),
        ("", ""),
    ],
)
def test_the_region_is_read_from_the_endpoint_where_it_is_in_it(endpoint: str, region: str) -> None:
    assert region_of(endpoint) == region


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("oss-cn-hangzhou.aliyuncs.com", "for example cn-hangzhou"),
        ("cn hangzhou", "for example cn-hangzhou"),
    ],
)
def test_what_is_no_region_is_refused(written: str, hint: str) -> None:
    with pytest.raises(UsageError, match="region") as caught:
        normal_region(written)

    assert caught.value.hint == hint


@pytest.mark.parametrize("name", ["abc", "a-1", "0" * 63])
def test_bucket_names_of_the_service_are_accepted(name: str) -> None:
    assert checked_bucket(name) == name


@pytest.mark.parametrize(
    "name", ["", "ab", "-ab", "ab-", "Abc", "a_b", "a.b", "a/b", "a" * 64, "abc\n", "b\u00fccher"]
)
def test_other_bucket_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="not a bucket name"):
        checked_bucket(name)
