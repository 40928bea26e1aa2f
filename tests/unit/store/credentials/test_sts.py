"""Roles from a stand-in of STS that checks each signature as the official SDK makes it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from aliyunsdkcore.auth.composer import rpc_signature_composer
from hypothesis import given
from hypothesis import strategies as st

from ossh.errors import StoreError, UsageError
from ossh.store.credentials import Credentials, Environment
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.sts import assume_role, endpoint_of, signature
from tests.unit.store.credentials.standins import StandIn, StsServer, refused

ROLE = Profile("p", "FILE [p]", role_arn="acs:ram::1:role/reader")
KEYS = Credentials("LTAI-base", "base-secret")
OUTSIDE = Environment({}, Path("/nowhere"))
PROFILE = Profile("p", "FILE [p]")


@pytest.fixture
def sts() -> StsServer:
    return StsServer()


@pytest.fixture
def server(sts: StsServer) -> Iterator[StandIn]:
    with StandIn(sts) as server:
        yield server


def role_at(server: StandIn) -> Profile:
    return replace(ROLE, sts_endpoint=server.url)


def test_a_refusal_says_the_code_and_what_to_do_and_repeats_nothing(
    server: StandIn, sts: StsServer
) -> None:
    sts.refusal = refused("NoPermission")

    with pytest.raises(StoreError) as caught:
        assume_role(OUTSIDE, role_at(server), KEYS)

    assert str(caught.value) == (
        "cannot assume the role acs:ram::1:role/reader: STS answered 'NoPermission' (request REQ-9)"
    )
    assert caught.value.hint == "the user needs sts:AssumeRole, and the role must trust the user"
    assert "hush" not in repr(caught.value)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("[]", "the answer is not the expected JSON"),
        ("{}", "the answer has no access key"),
        ('{"Credentials": {"AccessKeyId": "hush"}}', "the answer has no access key"),
    ],
)
def test_an_answer_without_keys_is_named_but_not_quoted(answer: str, why: str) -> None:
    with (
        StandIn(lambda _asked: (200, answer)) as server,
        pytest.raises(StoreError, match=why) as caught,
    ):
        assume_role(OUTSIDE, role_at(server), KEYS)

    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "profile", "endpoint"),
    [
        ({}, PROFILE, "https://sts.aliyuncs.com"),
        ({}, Profile("p", "", sts_region="cn-beijing"), "https://sts.cn-beijing.aliyuncs.com"),
        ({"ALIBABA_CLOUD_STS_REGION": "cn-a"}, PROFILE, "https://sts.cn-a.aliyuncs.com"),
        (
            {"ALIBABA_CLOUD_STS_REGION": "cn-a", "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED": "True"},
            PROFILE,
            "https://sts-vpc.cn-a.aliyuncs.com",
        ),
        ({}, Profile("p", "", sts_endpoint="sts.example.com"), "https://sts.example.com"),
        ({"ALIBABA_CLOUD_STS_ENDPOINT": "http://localhost:1"}, PROFILE, "http://localhost:1"),
    ],
)
def test_where_sts_is_can_be_said(environ: dict[str, str], profile: Profile, endpoint: str) -> None:
    assert endpoint_of(Environment(environ, Path()), profile) == endpoint


def test_keys_do_not_go_over_the_network_unencrypted() -> None:
    outside = Environment({"ALIBABA_CLOUD_STS_ENDPOINT": "http://sts.example.com"}, Path())

    with pytest.raises(UsageError, match=r"http://sts\.example\.com is not encrypted"):
        endpoint_of(outside, PROFILE)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"))
    )
)
def test_the_signature_is_that_of_the_official_sdk(extra: dict[str, str]) -> None:
    extra.pop("Signature", None)
    url, _text = rpc_signature_composer.get_signed_url(
        {"Action": "AssumeRole"}, "id", "secret", "JSON", "POST", extra
    )
    parameters = dict(parse_qsl(url.removeprefix("/?"), keep_blank_values=True))
    theirs = parameters.pop("Signature")

    assert signature(parameters | extra, "secret") == theirs
