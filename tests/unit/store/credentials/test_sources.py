"""Which source counts, and what is said of those that cannot be used."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ossh.errors import UsageError
from ossh.store.credentials import ANY_ROLE, Credentials, Environment, find, profiles
from tests.unit.store.credentials.standins import ROLES, MetadataServer, StandIn, StsServer

OSS = {"OSS_ACCESS_KEY_ID": "oss-id", "OSS_ACCESS_KEY_SECRET": "oss-secret"}
ALIBABA = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "ali-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "ali-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "ali-token",
}
OSSUTIL = """[Credentials]
endpoint = oss-cn-hangzhou.aliyuncs.com
accessKeyID = file-id
accessKeySecret = file-secret
[profile work]
accessKeyID = work-id
accessKeySecret = work-secret
region = cn-beijing
[Bucket-Endpoint]
far = oss-us-west-1.aliyuncs.com
near = oss-cn-hangzhou-internal.aliyuncs.com
[Bucket-Cname]
far = data.example.com
"""
CLI = {"access_key_id": "cli-id", "access_key_secret": "cli-secret"}
STS = {"access_key_id": "sts-id", "access_key_secret": "sts-secret"}
ALIYUN = {
    "current": "cli",
    "profiles": [
        {"name": "cli", "mode": "AK", **CLI, "sts_token": "left-over", "region_id": "cn-shanghai"},
        {"name": "temporary", "mode": "StsToken", **STS, "sts_token": "sts-token"},
        {"name": "role", "mode": "RsaKeyPair"},
        {"name": "half", "mode": "AK", "access_key_id": "half-id"},
        {"name": "empty", "mode": "AK"},
        {"name": "tokenless", "mode": "StsToken", **STS},
    ],
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with the files of both tools."""
    (tmp_path / ".ossutilconfig").write_text(OSSUTIL, encoding="utf-8")
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(json.dumps(ALIYUN), encoding="utf-8")
    return tmp_path


def found(home: Path, environ: Mapping[str, str] | None = None, profile: str = "") -> Credentials:
    """Return the credentials that are found."""
    credentials = find(Environment(environ or {}, home), profile=profile)
    assert credentials is not None
    return credentials


def refusal(home: Path, environ: Mapping[str, str] | None = None, profile: str = "") -> UsageError:
    """Return the error of a search."""
    with pytest.raises(UsageError) as caught:
        find(Environment(environ or {}, home), profile=profile)
    return caught.value


@pytest.mark.parametrize(
    ("environ", "files", "key", "address"),
    [
        (
            {**OSS, **ALIBABA, "OSS_SESSION_TOKEN": "t"},
            2,
            ("oss-id", "oss-secret", "t", "environment OSS_ACCESS_KEY_ID"),
            ("", ""),
        ),
        (
            ALIBABA,
            2,
            ("ali-id", "ali-secret", "ali-token", "environment ALIBABA_CLOUD_ACCESS_KEY_ID"),
            ("", ""),
        ),
        (
            {},
            2,
            ("file-id", "file-secret", "", "~/.ossutilconfig [Credentials]"),
            ("https://oss-cn-hangzhou.aliyuncs.com", ""),
        ),
        ({}, 1, ("cli-id", "cli-secret", "", "~/.aliyun/config.json [cli]"), ("", "cn-shanghai")),
    ],
    ids=["variables of OSS", "of Alibaba Cloud", "ossutil", "aliyun CLI"],
)
def test_the_first_source_that_has_something_counts(
    home: Path, environ: dict[str, str], files: int, key: tuple[str, ...], address: tuple[str, str]
) -> None:
    if files == 1:
        (home / ".ossutilconfig").unlink()

    one = found(home, environ)

    assert (one.access_key_id, one.access_key_secret, one.security_token, one.source) == key
    assert (one.endpoint, one.region) == address


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert find(Environment({}, tmp_path)) is None


def test_a_profile_named_goes_before_all(home: Path) -> None:
    work = found(home, OSS, "work")
    temporary = found(home, OSS, "temporary")

    assert (work.access_key_id, work.region) == ("work-id", "cn-beijing")
    assert (temporary.access_key_id, temporary.security_token) == ("sts-id", "sts-token")


def test_variables_may_choose_the_profile(home: Path) -> None:
    assert found(home, {"OSS_PROFILE": "work"}).access_key_id == "work-id"

    (home / ".ossutilconfig").unlink()
    assert found(home, {"ALIBABA_CLOUD_PROFILE": "temporary"}).access_key_id == "sts-id"


def test_a_file_may_be_named_by_a_variable(home: Path) -> None:
    (home / "mine.ini").write_text("[default]\naccessKeyID=mine\naccessKeySecret=s\n")

    assert found(home, {"OSS_CONFIG_FILE": "~/mine.ini"}).source == "~/mine.ini [default]"
    assert found(home, {"OSS_CONFIG_FILE": str(home / "mine.ini")}).access_key_id == "mine"
    error = refusal(home, {"OSS_CONFIG_FILE": "/no/such/file"})
    assert str(error) == "OSS_CONFIG_FILE names '/no/such/file', which does not exist"


def test_endpoint_and_region_of_the_environment_win_over_the_first_file_found(home: Path) -> None:
    environ = {"OSS_ENDPOINT": "oss-cn-beijing.aliyuncs.com", "OSS_REGION": "oss-cn-beijing"}

    credentials = found(home, environ)

    assert credentials.endpoint == "https://oss-cn-beijing.aliyuncs.com"
    assert credentials.region == "cn-beijing"
    assert found(home, {**OSS, **environ}).region == "cn-beijing"


def test_a_profile_named_keeps_its_own_region(home: Path) -> None:
    environ = {"OSS_ENDPOINT": "https://data.example.com", "OSS_REGION": "cn-hangzhou"}

    credentials = found(home, environ, "work")

    assert credentials.region == "cn-beijing"
    assert credentials.endpoint == "https://data.example.com"


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"OSS_ACCESS_KEY_ID": "x"}, "OSS_ACCESS_KEY_ID is set, but OSS_ACCESS_KEY_SECRET is not"),
        (
            {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "x"},
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET is set, but ALIBABA_CLOUD_ACCESS_KEY_ID is not",
        ),
    ],
)
def test_half_a_key_is_no_key(home: Path, environ: dict[str, str], message: str) -> None:
    assert str(refusal(home, environ)) == message


@pytest.mark.parametrize("bad", ["a b", "a\nb", "a\u00e9", "a\u200bb"])
def test_keys_copied_with_something_else_in_them_are_refused(home: Path, bad: str) -> None:
    error = refusal(home, {"OSS_ACCESS_KEY_ID": "id", "OSS_ACCESS_KEY_SECRET": bad})

    assert "the access key secret from environment OSS_ACCESS_KEY_ID contains a space" in str(error)
    assert bad not in str(error)


def test_a_temporary_key_without_its_token_is_no_key(home: Path) -> None:
    environ = {"OSS_ACCESS_KEY_ID": "STS.abc", "OSS_ACCESS_KEY_SECRET": "secret"}

    error = refusal(home, environ)

    assert "is a temporary one, but its security token is missing" in str(error)
    assert found(home, {**environ, "OSS_SESSION_TOKEN": "t"}).security_token == "t"


def test_spaces_around_a_key_do_no_harm(home: Path) -> None:
    environ = {"OSS_ACCESS_KEY_ID": " id\n", "OSS_ACCESS_KEY_SECRET": "\tsecret "}

    assert found(home, environ).access_key_secret == "secret"


def test_an_unknown_profile_is_answered_with_those_there_are(home: Path) -> None:
    error = refusal(home, profile="wrok")

    assert str(error) == "there is no profile 'wrok'"
    assert error.hint == (
        "profiles found: cli, default, empty, half, role, temporary, tokenless, work"
    )
    assert str(refusal(home, {"OSS_PROFILE": "nope"})) == "there is no profile 'nope'"

    (home / ".ossutilconfig").unlink()
    assert str(refusal(home, {"ALIBABA_CLOUD_PROFILE": "nope"})) == "there is no profile 'nope'"


def test_an_unknown_profile_without_any_files_says_what_to_do(tmp_path: Path) -> None:
    error = refusal(tmp_path, profile="work")

    assert error.hint is not None
    assert error.hint.startswith("~/.ossutilconfig and ~/.aliyun/config.json have none; ")


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ("role", "~/.aliyun/config.json [role] has a mode that ossh cannot use"),
        ("half", "~/.aliyun/config.json [half] has no access key secret"),
        ("empty", "~/.aliyun/config.json [empty] has no access key id"),
        ("tokenless", "~/.aliyun/config.json [tokenless] has no token"),
    ],
)
def test_a_profile_that_cannot_be_used_says_why(home: Path, profile: str, message: str) -> None:
    error = refusal(home, profile=profile)

    assert str(error) == message
    assert error.hint


def test_an_unusable_file_is_not_passed_over(home: Path) -> None:
    (home / ".ossutilconfig").write_text("[Credentials]\nmode=SecretInTheWrongLine\n")

    error = refusal(home)

    assert str(error) == "~/.ossutilconfig [Credentials] has a mode that ossh cannot use"
    assert "SecretInTheWrongLine" not in f"{error.hint}"


def test_a_file_with_an_endpoint_only_is_passed_over(home: Path) -> None:
    (home / ".ossutilconfig").write_text("[Credentials]\nendpoint=oss-cn-hangzhou.aliyuncs.com\n")

    assert found(home).access_key_id == "cli-id"


def test_an_anonymous_profile_signs_nothing(home: Path) -> None:
    (home / ".ossutilconfig").write_text("[default]\nmode=Anonymous\nregion=cn-hangzhou\n")

    credentials = found(home)

    assert credentials.anonymous
    assert (credentials.source, credentials.region) == ("~/.ossutilconfig [default]", "cn-hangzhou")


def test_an_endpoint_that_is_none_is_told_with_its_profile(home: Path) -> None:
    (home / ".ossutilconfig").write_text(
        "[Credentials]\naccessKeyID=i\naccessKeySecret=s\nendpoint=cn-hangzhou\n"
    )

    error = refusal(home)

    assert str(error) == (
        "~/.ossutilconfig [Credentials]: 'cn-hangzhou' is a region, not an endpoint"
    )


@pytest.fixture
def sts() -> Iterator[StandIn]:
    with StandIn(StsServer({"ali-id": "ali-secret", "LTAI-base": "base-secret"})) as server:
        yield server


@pytest.fixture
def machine() -> Iterator[StandIn]:
    with StandIn(MetadataServer()) as server:
        yield server


def test_keys_of_the_environment_may_ask_for_a_role(home: Path, sts: StandIn) -> None:
    role = {"ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r", "ALIBABA_CLOUD_EXTERNAL_ID": "x"}
    where = {"ALIBABA_CLOUD_STS_ENDPOINT": sts.url}

    credentials = found(home, {**ALIBABA, **role, **where})

    assert credentials.role == "acs:ram::1:role/r"
    assert credentials.source == "environment ALIBABA_CLOUD_ACCESS_KEY_ID"
    assert sts.asked[0].form["ExternalId"] == "x"
    assert found(home, {**OSS, **role, **where}).access_key_id == "oss-id"


def test_the_identity_token_of_a_container_goes_before_files(home: Path, sts: StandIn) -> None:
    (home / "token").write_text("identity\n")
    environ = {
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(home / "token"),
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/ack",
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/pod",
        "ALIBABA_CLOUD_ROLE_SESSION_NAME": "pod-7",
        "ALIBABA_CLOUD_STS_ENDPOINT": sts.url,
    }

    credentials = found(home, environ)

    assert (credentials.access_key_id, credentials.role) == ("STS.given-1", "acs:ram::1:role/pod")
    assert sts.asked[0].form["RoleSessionName"] == "pod-7"
    assert found(home, {**environ, **ALIBABA}).access_key_id == "ali-id"


def test_the_role_of_the_machine_can_be_asked_for(home: Path, machine: StandIn) -> None:
    outside = Environment({**OSS, "OSSH_METADATA_ENDPOINT": machine.url}, home)

    any_role = find(outside, ecs_role=ANY_ROLE)
    named = find(outside, ecs_role="reader")

    assert any_role is not None
    assert named is not None
    assert any_role == replace(named, expires=any_role.expires)  # each is given its own hour
    assert (any_role.role, any_role.source) == ("reader", "--ecs-role")


def test_variables_of_the_sdks_come_after_the_files(tmp_path: Path, machine: StandIn) -> None:
    uri = f"{machine.url}{ROLES}reader"
    by_role = {"ALIBABA_CLOUD_ECS_METADATA": "reader", "OSSH_METADATA_ENDPOINT": machine.url}
    by_uri = {"ALIBABA_CLOUD_CREDENTIALS_URI": uri}

    assert found(tmp_path, by_role | by_uri).source == "environment ALIBABA_CLOUD_ECS_METADATA"
    assert found(tmp_path, by_uri).source == "environment ALIBABA_CLOUD_CREDENTIALS_URI"


def test_profiles_are_listed_even_beside_a_broken_file(home: Path) -> None:
    (home / ".aliyun" / "config.json").write_text("{")

    assert profiles(Environment({}, home)) == ("default", "work")


def test_a_bucket_may_have_an_endpoint_of_its_own(home: Path) -> None:
    credentials = found(home)

    assert credentials.address_of("far") == ("https://data.example.com", "cname")
    assert credentials.address_of("near") == (
        "https://oss-cn-hangzhou-internal.aliyuncs.com",
        "auto",
    )
    assert credentials.address_of("other") == ("https://oss-cn-hangzhou.aliyuncs.com", "auto")
