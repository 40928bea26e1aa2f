from dataclasses import replace

import pytest

from ossh.errors import UsageError
from ossh.model import Source
from ossh.session import Options

HANGZHOU = "https://oss-cn-hangzhou.aliyuncs.com"


def test_options_that_say_nothing_leave_those_below() -> None:
    below = Options(profile="work", region="cn-beijing", requester_pays=True)

    assert Options().with_defaults(below) == below
    assert Options(endpoint=HANGZHOU).with_defaults(below) == Options(
        profile="work", endpoint=HANGZHOU, requester_pays=True
    )


def test_where_that_is_said_outweighs_whatever_was_said_of_it_before() -> None:
    internal, domain = Options(internal=True), Options(endpoint="https://x.example", cname=True)

    assert domain.with_defaults(internal) == domain
    assert Options(endpoint=HANGZHOU).with_defaults(internal) == Options(endpoint=HANGZHOU)
    assert internal.with_defaults(domain) == replace(internal, endpoint="https://x.example")
    assert Options(region="cn-beijing").with_defaults(internal) == replace(
        internal, region="cn-beijing"
    )


def test_an_endpoint_has_one_kind() -> None:
    internal = Options(internal=True)

    with pytest.raises(UsageError, match="--internal and --accelerate cannot be combined"):
        replace(internal, accelerate=True).check()
    with pytest.raises(UsageError, match="--internal and --cname cannot be combined"):
        replace(internal, cname=True).check()


def test_a_jobs_source_leads_to_the_same_options() -> None:
    source = Source(HANGZHOU, "cn-hangzhou", "b", profile="work", addressing="cname")

    assert Options.of(source) == Options(
        profile="work", endpoint=HANGZHOU, region="cn-hangzhou", cname=True
    )
