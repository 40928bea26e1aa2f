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


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(internal=True, accelerate=True), "--internal and --accelerate cannot"),
        (Options(internal=True, cname=True), "--internal and --cname cannot"),
        (Options(accelerate=True, accelerate_overseas=True), "--accelerate and --accelerate-over"),
        (Options(dual_stack=True, cname=True), "--dual-stack and --cname cannot"),
        (Options(profile="a", ecs_role="b"), "--profile and --ecs-role cannot"),
    ],
)
def test_there_is_one_kind_of_endpoint_and_of_keys(options: Options, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        options.check()


def test_a_jobs_source_leads_to_the_same_options() -> None:
    source = Source(
        *(HANGZHOU, "cn-hangzhou", "b"), profile="work", addressing="cname", sign_host=False
    )

    assert Options.of(source) == Options(
        profile="work",
        endpoint=HANGZHOU,
        region="cn-hangzhou",
        cname=True,
        unsigned_host=True,
    )
