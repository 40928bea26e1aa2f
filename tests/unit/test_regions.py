import pytest

from ossh.advice import store_error
from ossh.model import Cause, Failure
from ossh.regions import REGIONS, meant_by


@pytest.mark.parametrize(
    ("host", "regions"),
    [
        ("bucket.oss-cn-hangzou.aliyuncs.com", ["cn-hangzhou"]),
        ("bucket.oss-cn-hangzou-internal.aliyuncs.com", ["cn-hangzhou"]),
        ("cn-bejing.oss.aliyuncs.com", ["cn-beijing"]),
        ("oss-us-wset-1.aliyuncs.com", ["us-west-1"]),
        ("oss-cn-newtown-9.aliyuncs.com", []),
        ("oss-accelerate.aliyuncs.com", []),
        ("files.example.com", []),
        ("", []),
    ],
)
def test_the_region_that_was_meant_by_a_host(host: str, regions: list[str]) -> None:
    assert meant_by(host) == regions


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_that_there_is_means_itself(region: str) -> None:
    assert meant_by(f"bucket.oss-{region}.aliyuncs.com") == []


def test_a_host_that_nobody_knows_has_the_region_as_the_hint() -> None:
    why = Failure(
        Cause.NETWORK, "unreachable", "could not resolve host: b.oss-cn-hangzou.aliyuncs.com"
    )

    assert store_error("list 'b'", why).hint == "did you mean 'cn-hangzhou'?"
