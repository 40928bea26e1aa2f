"""Files as ossutil 1, ossutil 2, the aliyun CLI and people write them."""

import json
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from ossh.errors import UsageError
from ossh.store.credentials.config_files import Profile, aliyun_profiles, ossutil_profiles

SECRET = "very-secret-text"


def written(folder: Path, text: str) -> Path:
    """Return a file with a text in it."""
    path = folder / "config"
    path.write_bytes(text.encode(errors="surrogateescape"))
    return path


def several(folder: Path, text: str) -> dict[str, Profile]:
    """Return the profiles of an ossutil file."""
    return ossutil_profiles(written(folder, text), "FILE")


def only(folder: Path, text: str) -> Profile:
    (profile,) = several(folder, text).values()
    return profile


def test_a_file_that_does_not_exist_has_no_profiles(tmp_path: Path) -> None:
    assert ossutil_profiles(tmp_path / "none", "FILE") == {}
    assert ossutil_profiles(written(tmp_path, "") / "below-a-file", "FILE") == {}
    assert aliyun_profiles(tmp_path / "none", "FILE") == ("", {})


@pytest.mark.parametrize(
    ("id_name", "secret_name", "token_name", "endpoint_name"),
    [
        ("accessKeyID", "accessKeySecret", "stsToken", "endpoint"),
        ("accessKeyId", "accessKeySecret", "ststoken", "host"),
        ("access_key_id", "access_key_secret", "sts_token", "Endpoint"),
        ("access-key-id", "access-key-secret", "sts-token", "endpoint"),
        ("accessid", "accesskey", "STSToken", "endpoint"),
    ],
)
def test_every_spelling_of_ossutil_1_is_understood(
    tmp_path: Path, id_name: str, secret_name: str, token_name: str, endpoint_name: str
) -> None:
    profile = only(
        tmp_path,
        f"[Credentials]\nlanguage=EN\n{id_name} = ak\n{secret_name}=s#k;=\n{token_name}=to=ken\n"
        f"{endpoint_name}=oss-cn-hangzhou.aliyuncs.com\n",
    )

    assert (profile.name, profile.source) == ("default", "FILE [Credentials]")
    assert (profile.key_id, profile.secret, profile.token) == ("ak", "s#k;=", "to=ken")
    assert profile.endpoint == "oss-cn-hangzhou.aliyuncs.com"


def test_buckets_with_endpoints_of_their_own_are_kept(tmp_path: Path) -> None:
    profile = only(
        tmp_path,
        "[Credentials]\naccessKeyID=ak\naccessKeySecret=sk\n"
        "[Bucket-Endpoint]\none=oss-cn-hangzhou.aliyuncs.com\ntwo=oss-cn-beijing.aliyuncs.com\n"
        "[Bucket-Cname]\ntwo=data.example.com\n[Default]\nretryTimes=3\n",
    )

    assert profile.bucket_endpoints == (
        ("one", "oss-cn-hangzhou.aliyuncs.com", "auto"),
        ("two", "oss-cn-beijing.aliyuncs.com", "auto"),
        ("two", "data.example.com", "cname"),
    )


def test_a_file_of_ossutil_2_has_several_profiles(tmp_path: Path) -> None:
    found = several(
        tmp_path,
        "\ufeff[default]\r\naccessKeyID=a1\r\naccessKeySecret=s1\r\nregion=cn-hangzhou\r\n\r\n"
        '[profile work]\r\naccessKeyID=a2\r\naccessKeySecret=s2\r\n[profile "big one"]\r\n'
        "access-key-id=a3\r\naccess-key-secret=s3\r\n",
    )

    keys = {name: item.key_id for name, item in found.items()}
    assert keys == {"default": "a1", "work": "a2", "big one": "a3"}
    assert found["default"].region == "cn-hangzhou"
    assert found["work"].source == "FILE [profile work]"


@pytest.mark.parametrize("is_first", [True, False])
def test_where_both_generations_share_a_file_the_older_names_the_default(
    tmp_path: Path, *, is_first: bool
) -> None:
    older = "[Credentials]\naccessKeyID=older\naccessKeySecret=s\n"
    newer = "[default]\naccessKeyID=newer\naccessKeySecret=s\n"

    profile = only(tmp_path, older + newer if is_first else newer + older)

    assert profile.key_id == "older"


def test_a_profile_inherits_from_another(tmp_path: Path) -> None:
    work = several(
        tmp_path,
        "[profile base]\naccessKeyID=ak\naccessKeySecret=sk\nregion=cn-beijing\n"
        "[profile work]\nsource-profile=base\nregion=cn-hangzhou\n",
    )["work"]

    assert (work.key_id, work.secret, work.region) == ("ak", "sk", "cn-hangzhou")


def test_profiles_that_inherit_in_a_circle_end(tmp_path: Path) -> None:
    text = "[profile a]\nsource-profile=b\naccessKeyID=ak\n[profile b]\nsource-profile=a\n"

    assert several(tmp_path, text)["b"].key_id == "ak"


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("[Credentials]\nmode=EcsRamRole\necsRoleName=r\n", "EcsRamRole"),
        ("[Credentials]\necsRoleName=r\n", "EcsRamRole"),
        ("[default]\nram-role-arn=acs:ram::1:role/r\naccessKeyID=ak\n", "RamRoleArn"),
        ("[Credentials]\naccessKeyID=ak\naccessKeySecret=sk\n", ""),
    ],
)
def test_the_mode_is_named_or_follows_from_what_is_there(
    tmp_path: Path, text: str, mode: str
) -> None:
    assert only(tmp_path, text).mode == mode


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^cannot read FILE: \w+"):
        ossutil_profiles(tmp_path, "FILE")


def test_the_aliyun_file_names_its_current_profile(tmp_path: Path) -> None:
    content = {
        "current": "work",
        "profiles": [
            {
                "name": "work",
                "mode": "StsToken",
                "access_key_id": "ak",
                "access_key_secret": "sk",
                "sts_token": "token",
                "region_id": "cn-hangzhou",
                "expired_seconds": 900,
            },
            {"name": "role", "mode": "RamRoleArn"},
        ],
    }

    current, found = aliyun_profiles(written(tmp_path, json.dumps(content)), "FILE")

    assert current == "work"
    assert list(found) == ["work", "role"]
    work = found["work"]
    assert (work.key_id, work.secret, work.token) == ("ak", "sk", "token")
    assert (work.mode, work.region, work.source) == ("StsToken", "cn-hangzhou", "FILE [work]")


@pytest.mark.parametrize(
    ("read", "text", "reason"),
    [
        (ossutil_profiles, f"accessKeySecret={SECRET}\n", "line 1 comes before any [section]"),
        (ossutil_profiles, f"[Credentials]\n\n  ={SECRET}\n", "line 3 is not 'name = value'"),
        (ossutil_profiles, f"[Credentials]\n{SECRET}=\udcff\n", "line 2 is not UTF-8 text"),
        (aliyun_profiles, f'{{"current": "a",\n "{SECRET}\n', "line 2 is not JSON"),
        (aliyun_profiles, "[]", "it has no list of profiles"),
        (aliyun_profiles, '{"profiles": {}}', "it has no list of profiles"),
        (aliyun_profiles, '{"profiles": [{"name": "a"}, {"mode": "AK"}]}', "profile 2 has no name"),
        (aliyun_profiles, '{"profiles": ["a"]}', "profile 1 has no name"),
        (aliyun_profiles, "[" * 100_000, ""),
        (aliyun_profiles, f'{{"profiles": [], "{SECRET}": {"1" * 5000}}}', ""),
        (ossutil_profiles, f"[default]\naccessKeyID\n  {SECRET}\n", "an indented line"),
    ],
)
def test_a_broken_file_is_named_with_its_reason_but_not_quoted(
    tmp_path: Path, read: Callable[[Path, str], object], text: str, reason: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(written(tmp_path, text), "ME")

    assert str(caught.value).startswith(f"cannot understand ME: {reason}")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_secrets_of_a_profile_are_not_shown(tmp_path: Path) -> None:
    profile = only(tmp_path, f"[Credentials]\naccessid=ak\nstsToken={SECRET}\naccesskey={SECRET}")

    assert SECRET not in repr(profile)
