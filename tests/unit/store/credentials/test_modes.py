"""How each mode of a profile leads to keys, in the files of the aliyun CLI and of ossutil."""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ossh.errors import OsshError, UsageError
from ossh.store.credentials import Credentials, Environment, find
from tests.unit.store.credentials.standins import (
    ROLES,
    MetadataServer,
    StandIn,
    StsServer,
    in_an_hour,
    joined,
    keys_json,
)

ROLE = "acs:ram::1:role/reader"
OIDC = {
    "name": "oidc",
    "mode": "OIDC",
    "ram_role_arn": ROLE,
    "oidc_provider_arn": "acs:ram::1:oidc-provider/k",
    "oidc_token_file": "~/token",
}
BASE = {"access_key_id": "LTAI-base", "access_key_secret": "base-secret"}


@pytest.fixture
def sts() -> Iterator[StandIn]:
    secrets = {"LTAI-base": "base-secret", "STS.given-1": "given-secret-1"}
    with StandIn(StsServer(secrets)) as server:
        yield server


@pytest.fixture
def machine() -> Iterator[StandIn]:
    with StandIn(MetadataServer()) as server:
        yield server


@pytest.fixture
def outside(tmp_path: Path, sts: StandIn, machine: StandIn) -> Environment:
    environ = {
        **{name: value for name, value in os.environ.items() if "CLOUD" not in name},
        "ALIBABA_CLOUD_STS_ENDPOINT": sts.url,
        "OSSH_METADATA_ENDPOINT": machine.url,
    }
    return Environment({k: v for k, v in environ.items() if not k.startswith("OSS_")}, tmp_path)


def aliyun(outside: Environment, *profiles: dict[str, Any]) -> Credentials:
    """Return what the first profile of an aliyun CLI file leads to."""
    content = {"current": profiles[0]["name"], "profiles": profiles}
    (outside.home / ".aliyun").mkdir(exist_ok=True)
    (outside.home / ".aliyun" / "config.json").write_text(json.dumps(content))
    return looked_for(outside)


def ossutil(outside: Environment, text: str) -> Credentials:
    """Return what an ossutil file leads to."""
    (outside.home / ".ossutilconfig").write_text(text)
    return looked_for(outside)


def looked_for(outside: Environment) -> Credentials:
    found = find(outside)
    assert found is not None
    return found


def refused(outside: Environment, *profiles: dict[str, Any]) -> OsshError:
    """Return why the first profile cannot be used."""
    with pytest.raises(OsshError) as caught:
        aliyun(outside, *profiles)
    return caught.value


def test_unusable_keys_of_a_role_are_said_to_be_the_profiles(tmp_path: Path) -> None:
    answer = {"Credentials": {**keys_json(), "AccessKeySecret": "a b"}}
    role = {"name": "r", "mode": "RamRoleArn", **BASE, "ram_role_arn": ROLE}
    with StandIn(lambda _asked: (200, json.dumps(answer))) as server:
        why = refused(Environment({"ALIBABA_CLOUD_STS_ENDPOINT": server.url}, tmp_path), role)

    assert str(why).startswith("the access key secret from ~/.aliyun/config.json [r] contains")


def program(output: object) -> str:
    """Return a command that writes some JSON."""
    return joined([sys.executable, "-c", f"print({json.dumps(output)!r})"])


def test_a_role_is_asked_for_with_the_keys_of_its_profile(
    outside: Environment, sts: StandIn
) -> None:
    found = aliyun(
        outside,
        {
            "name": "role",
            "mode": "RamRoleArn",
            **BASE,
            "ram_role_arn": ROLE,
            "ram_session_name": "a session+",
            "expired_seconds": 900,
            "external_id": "ext*~",
            "region_id": "cn-beijing",
            "endpoint": "ecs.aliyuncs.com",
        },
    )

    form = sts.asked[0].form
    assert (found.access_key_id, found.security_token) == ("STS.given-1", "given-token-1")
    assert (found.role, found.source) == (ROLE, "~/.aliyun/config.json [role]")
    assert found.expires is not None
    assert abs((found.expires - in_an_hour()).total_seconds()) < 600
    assert (found.region, found.endpoint) == ("cn-beijing", "")
    assert found.is_renewable
    assert (form["RoleSessionName"], form["DurationSeconds"]) == ("a session+", "900")
    assert (form["RoleArn"], form["ExternalId"]) == (ROLE, "ext*~")
    assert "base-secret" not in sts.asked[0].body


def test_a_role_may_be_built_on_another_profile(outside: Environment, sts: StandIn) -> None:
    top = {"name": "top", "mode": "ChainableRamRoleArn", "source_profile": "middle"}
    found = aliyun(
        outside,
        {**top, "ram_role_arn": f"{ROLE}-2", "expired_seconds": 0},
        {"name": "middle", "mode": "RamRoleArn", "source_profile": "base", "ram_role_arn": ROLE},
        {"name": "base", "mode": "AK", **BASE},
    )

    first, second = [one.form for one in sts.asked]
    assert (first["AccessKeyId"], first["RoleArn"]) == ("LTAI-base", ROLE)
    assert (second["AccessKeyId"], second["RoleArn"]) == ("STS.given-1", f"{ROLE}-2")
    assert second["SecurityToken"] == "given-token-1"
    assert second["DurationSeconds"] == "3600"
    assert (found.access_key_id, found.role) == ("STS.given-2", f"{ROLE}-2")
    assert found.source == "~/.aliyun/config.json [top]"


def test_profiles_that_are_built_on_each_other_are_refused(outside: Environment) -> None:
    ring = {"mode": "ChainableRamRoleArn", "ram_role_arn": ROLE}

    error = refused(
        outside,
        {"name": "a", "source_profile": "b", **ring},
        {"name": "b", "source_profile": "a", **ring},
    )

    assert "refers to itself" in str(error)


def test_a_profile_that_is_built_on_none_says_so(outside: Environment) -> None:
    chain = {"name": "a", "mode": "ChainableRamRoleArn", "ram_role_arn": ROLE}

    assert str(refused(outside, {**chain, "source_profile": "b"})) == (
        "~/.aliyun/config.json [a] refers to the profile 'b', which does not exist"
    )
    assert str(refused(outside, chain)) == "~/.aliyun/config.json [a] has no source profile"


def test_the_role_of_the_machine_may_ask_for_another(outside: Environment, sts: StandIn) -> None:
    found = aliyun(outside, {"name": "ecs", "mode": "RamRoleArnWithRoleName", "ram_role_arn": ROLE})

    assert sts.asked[0].form["AccessKeyId"] == "STS.given-1"
    assert found.role == ROLE


def test_an_identity_token_gives_a_role(outside: Environment, sts: StandIn) -> None:
    (outside.home / "token").write_text("identity\n")

    assert aliyun(outside, OIDC).role == ROLE
    assert sts.asked[0].form["OIDCToken"] == "identity"
    assert "AccessKeyId" not in sts.asked[0].form
    missing = refused(outside, {**OIDC, "oidc_token_file": "~/none"})
    assert str(missing).startswith(
        "cannot read the OIDC token file of ~/.aliyun/config.json [oidc]"
    )


@pytest.mark.parametrize("name", ["token", "to\0ken"])
def test_an_identity_token_that_is_not_text_is_not_quoted(outside: Environment, name: str) -> None:
    (outside.home / "token").write_bytes(b"\xff\xfehush")

    error = refused(outside, {**OIDC, "oidc_token_file": f"~/{name}"})

    assert str(error).endswith("it is not text")


def test_an_address_gives_keys(outside: Environment, machine: StandIn) -> None:
    uri = f"{machine.url}{ROLES}reader"

    found = aliyun(outside, {"name": "u", "mode": "CredentialsURI", "credentials_uri": uri})

    assert (found.access_key_id, found.is_renewable) == ("STS.given-1", True)
    by_variable = Environment(
        {**outside.environ, "ALIBABA_CLOUD_CREDENTIALS_URI": uri}, outside.home
    )
    assert aliyun(by_variable, {"name": "u", "mode": "CredentialsURI"}).access_key_id
    assert str(refused(outside, {"name": "u", "mode": "CredentialsURI"})) == (
        "~/.aliyun/config.json [u] has no credentials URI"
    )


@pytest.mark.parametrize(
    ("output", "role"),
    [(keys_json(), ""), ({"mode": "RamRoleArn", **BASE, "ram_role_arn": ROLE}, ROLE)],
)
def test_a_program_writes_keys_or_a_profile_that_leads_to_some(
    outside: Environment, output: dict[str, Any], role: str
) -> None:
    found = aliyun(outside, {"name": "x", "mode": "External", "process_command": program(output)})

    assert (found.access_key_id, found.security_token) == ("STS.given-1", "given-token-1")
    assert (found.source, found.is_renewable) == ("~/.aliyun/config.json [x]", True)
    assert found.role == role


@pytest.mark.parametrize("mode", ["CloudSSO", "OAuth"])
def test_keys_that_a_sign_in_left_are_used_while_they_are_good(
    outside: Environment, mode: str
) -> None:
    profile = {
        "name": "sso",
        "mode": mode,
        "access_key_id": "STS.cached",
        "access_key_secret": "secret",
        "sts_token": "token",
        "access_token": "not ours",
        "sts_expiration": int(time.time()) + 3600,
    }

    found = aliyun(outside, profile)
    ended = refused(outside, {**profile, "sts_expiration": int(time.time()) - 1})

    assert found.access_key_id == "STS.cached"
    assert found.kind.startswith("STS token until ")
    assert not found.is_renewable
    assert isinstance(ended, UsageError)
    assert str(ended) == (
        f"the sign-in of ~/.aliyun/config.json [sso] ({mode}) has expired; signing in again "
        "needs a browser"
    )
    assert "--profile sso" in str(ended.hint)
    del profile["sts_token"]
    assert "needs a browser" in str(refused(outside, profile))


def test_the_roles_of_ossutil_1_are_understood(outside: Environment, machine: StandIn) -> None:
    role = ossutil(
        outside,
        "[Credentials]\nmode=RamRoleArn\naccessKeyID=LTAI-base\naccessKeySecret=base-secret\n"
        f"ramRoleArn={ROLE}\nroleSessionName=me\ntokenTimeout=1200\n",
    )
    ecs = ossutil(outside, "[Credentials]\nmode=EcsRamRole\necsRoleName=reader\n")
    service = ossutil(
        outside,
        "[Credentials]\nendpoint=oss-cn-hangzhou.aliyuncs.com\n"
        f"[AkService]\necsAk={machine.url}{ROLES}reader\n",
    )

    assert (role.role, role.source) == (ROLE, "~/.ossutilconfig [Credentials]")
    assert (ecs.role, ecs.source) == ("reader", "~/.ossutilconfig [Credentials]")
    assert service.access_key_id == "STS.given-1"
    assert service.endpoint == "https://oss-cn-hangzhou.aliyuncs.com"


def test_the_ways_of_ossutil_2_are_understood(outside: Environment, machine: StandIn) -> None:
    (outside.home / "token").write_text("identity")
    text = (
        "[default]\nmode=StsToken\naccess-key-id=STS.x\naccess-key-secret=s\nsts-token=t\n"
        "[profile base]\naccessKeyID=LTAI-base\naccessKeySecret=base-secret\nregion=cn-hangzhou\n"
        f"[profile role]\nmode=RamRoleArn\nsource-profile=base\nram-role-arn={ROLE}\n"
        "[profile ecs]\nmode=EcsRamRole\n"
        f"[profile oidc]\noidc-provider-arn=p\noidc-token-file-path=~/token\nrole-arn={ROLE}\n"
        f"[profile uri]\ncredential-uri={machine.url}{ROLES}reader\n"
        f"[profile program]\ncredential-process={program(keys_json(5))}\n"
    )
    assert ossutil(outside, text).security_token == "t"

    def keys(profile: str) -> tuple[str, str]:
        found = find(outside, profile=profile)
        assert found is not None
        return found.access_key_id, found.role

    assert keys("base") == ("LTAI-base", "")
    assert keys("role") == ("STS.given-1", ROLE)
    assert keys("ecs") == ("STS.given-1", "reader")
    assert keys("oidc") == ("STS.given-2", ROLE)
    assert keys("uri") == ("STS.given-1", "")
    assert keys("program") == ("STS.given-5", "")
