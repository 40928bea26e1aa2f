"""The signatures, against vectors on which the official clients agree."""

import calendar

import pytest

from ossh.demo.http import requests
from ossh.demo.refusal import Refusal
from ossh.demo.service import addressing, authentication
from ossh.demo.service.authentication import Account

NOON = float(calendar.timegm((2024, 5, 1, 12, 0, 0)))
ACCOUNTS = {"ak": Account("ak", "sk")}
SCOPE = "20240501/cn-hangzhou/oss/aliyun_v4_request"
OBJECT = "/dir/a%20b%2Bc.txt"
LIST = "/?list-type=2&prefix=dir%2F&delimiter=%2F&max-keys=100&continuation-token=abc%3D"
V4_OBJECT = "f993ab7ee9d56b40c9ba9d6d5dddd1d073f8fa2e95b0e36aa913cc639c05dec7"
V4_LIST = "886d726e0f4d891066ec10b903478dfb59738c94bbe7ad6afb635852e8e5c70f"
V4_URL = "97be7aa342c7387af42c2359c0c530cb22c34562c8aeb8515f67871e345c67bb"


def sender(target: str, *headers: str, now: float = NOON, method: str = "GET") -> str:
    """Return who the server thinks sent this to test-bucket."""
    host = "Host: test-bucket.oss-cn-hangzhou.aliyuncs.com"
    request = requests.parse_head(
        "\r\n".join([f"{method} {target} HTTP/1.1", host, *headers]).encode()
    )
    place = addressing.resolve(request.host, request.path, {})
    return authentication.authenticate(request, place, ACCOUNTS, "cn-hangzhou", now)


def v1(signature: str) -> tuple[str, str]:
    return "Date: Wed, 01 May 2024 12:00:00 GMT", f"Authorization: OSS ak:{signature}"


def v4(signature: str, *, between: str = ",", credential: str = f"ak/{SCOPE}") -> tuple[str, ...]:
    fields = between.join([f"Credential={credential}", f"Signature={signature}"])
    return (
        "x-oss-date: 20240501T120000Z",
        "x-oss-content-sha256: UNSIGNED-PAYLOAD",
        f"Authorization: OSS4-HMAC-SHA256 {fields}",
    )


def v4_url(signature: str, expires: str = "600") -> str:
    credential = f"ak%2F{SCOPE.replace('/', '%2F')}"
    return (
        f"{OBJECT}?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-credential={credential}"
        f"&x-oss-date=20240501T120000Z&x-oss-expires={expires}&x-oss-signature={signature}"
    )


V1_URL = f"{OBJECT}?OSSAccessKeyId=ak&Expires=1714565400&Signature=%2B4A5y0aBweA0fbURuKJrtu72Ws8%3D"


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (OBJECT, v1("Sxenu8yiZM1By2RU/wkY5MvaYwI=")),
        (LIST, v1("Cro5OkPNQfch8QA0Krytde3yK80=")),
        (OBJECT, v4(V4_OBJECT)),
        (OBJECT, v4(V4_OBJECT, between=", ")),
        (OBJECT.replace("%20", "+"), v4(V4_OBJECT)),
        (OBJECT.replace("/a", "%2Fa"), v4(V4_OBJECT)),
        (LIST, v4(V4_LIST)),
        (V1_URL, ()),
        (v4_url(V4_URL), ()),
    ],
)
def test_right_signature_names_its_sender(target: str, headers: tuple[str, ...]) -> None:
    assert sender(target, *headers) == "ak"


def test_request_without_signature_is_anonymous() -> None:
    assert sender(OBJECT) == ""


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (OBJECT + "x", v4(V4_OBJECT)),
        (LIST.replace("100", "101"), v4(V4_LIST)),
        (OBJECT + "?symlink", v1("Sxenu8yiZM1By2RU/wkY5MvaYwI=")),
        (OBJECT, ("x-oss-range-behavior: standard", *v4(V4_OBJECT))),
        (OBJECT, ("content-type: text/plain", *v1("Sxenu8yiZM1By2RU/wkY5MvaYwI="))),
        (V1_URL.replace("1714565400", "1714565401"), ()),
        (v4_url(V4_URL, "601"), ()),
        (v4_url(V4_URL) + "&response-content-type=x", ()),
        (OBJECT, v1("\N{SNOWMAN}")),
    ],
)
def test_altered_request_does_not_match_its_signature(
    target: str, headers: tuple[str, ...]
) -> None:
    with pytest.raises(Refusal) as caught:
        sender(target, *headers)

    assert (caught.value.status, caught.value.code) == (403, "SignatureDoesNotMatch")


def test_v1_leaves_list_parameters_unsigned() -> None:
    unsigned = LIST.replace("prefix=dir%2F", "prefix=other").replace("max-keys=100", "max-keys=7")

    assert sender(unsigned, *v1("Cro5OkPNQfch8QA0Krytde3yK80=")) == "ak"


@pytest.mark.parametrize(
    ("target", "headers", "now", "code"),
    [
        (OBJECT, v1("x"), NOON + 901, "RequestTimeTooSkewed"),
        (OBJECT, v4("x"), NOON - 901, "RequestTimeTooSkewed"),
        (OBJECT, ("Authorization: OSS ak:x",), NOON, "AccessDenied"),
        (OBJECT, ("Date: yesterday", "Authorization: OSS ak:x"), NOON, "AccessDenied"),
        (OBJECT, ("Authorization: Basic abc",), NOON, "InvalidArgument"),
        (OBJECT, ("Authorization: OSS ak",), NOON, "InvalidArgument"),
        (OBJECT, ("Date: x", "Authorization: OSS :x"), NOON, "InvalidArgument"),
        (OBJECT, (v1("x")[0], "Authorization: OSS who:x"), NOON, "InvalidAccessKeyId"),
        (OBJECT, v4("x", credential=f"who/{SCOPE}"), NOON, "InvalidAccessKeyId"),
        (OBJECT, v4("x", credential="ak"), NOON, "InvalidArgument"),
        (OBJECT, v4("x", credential=f"ak/{SCOPE}x"), NOON, "InvalidArgument"),
        (OBJECT, v4("x", credential=f"ak/{SCOPE[:-21]}"), NOON, "InvalidArgument"),
        (OBJECT, v4("x", credential=f"ak/20240430{SCOPE[8:]}"), NOON, "InvalidArgument"),
        (OBJECT, (*v4(V4_OBJECT)[::2],), NOON, "InvalidArgument"),
        (OBJECT, v4("x")[1:], NOON, "AccessDenied"),
        *((OBJECT, (*v4("x")[:2], f"{v4('x')[2]},AdditionalHeaders={names}"), NOON,
           "InvalidArgument") for names in ("a", "Host", "host;", "host;a", "host;host")),
        (V1_URL, v1("x"), NOON, "InvalidArgument"),
        (V1_URL, (), 1714565401.0, "AccessDenied"),
        (V1_URL.replace("Expires", "Expired"), (), NOON, "AccessDenied"),
        (v4_url(V4_URL), (), NOON + 601, "AccessDenied"),
        (v4_url(V4_URL, "604801"), (), NOON, "InvalidArgument"),
        (v4_url(V4_URL, "soon"), (), NOON, "InvalidArgument"),
        (v4_url(V4_URL).replace("OSS4-HMAC-SHA256", "OSS5"), (), NOON, "InvalidArgument"),
    ],
)  # fmt: skip
def test_bad_claim_is_refused_by_its_own_code(
    target: str, headers: tuple[str, ...], now: float, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        sender(target, *headers, now=now)

    assert caught.value.code == code


def test_other_region_is_refused_and_the_right_one_not_named() -> None:
    elsewhere = SCOPE.replace("cn-hangzhou", "cn-beijing")

    with pytest.raises(
        Refusal, match=r"Invalid signing region in Authorization header\."
    ) as caught:
        sender(OBJECT, *v4("x", credential=f"ak/{elsewhere}"))

    assert caught.value.status == 400
    assert "cn-hangzhou" not in str(caught.value.details)
