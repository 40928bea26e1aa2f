"""Answers as OSS, gateways and portals give them, and what is made of them."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.advice import advice
from ossh.model import Cause, Failure, Thaw
from ossh.protocol import THAWING_CODE, archived, failure

ID = {"x-oss-request-id": "5C3D9175B6FC201293AD4890"}


def body(code: str, message: str = "", **fields: str) -> bytes:
    """Return an error body."""
    more = "".join(f"<{name}>{text}</{name}>\n  " for name, text in fields.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n'
        f"  <Code>{code}</Code>\n  <Message>{message}</Message>\n  "
        f"<RequestId>5C3D9175B6FC201293AD4890</RequestId>\n  {more}</Error>\n"
    ).encode()


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (404, "NoSuchBucket", Cause.NO_BUCKET),
        (404, "NoSuchKey", Cause.GONE),
        (404, "NoSuchVersion", Cause.GONE),
        (403, "AccessDenied", Cause.DENIED),
        (403, "KmsServiceNotEnabled", Cause.KMS),
        (403, "KMS.NoPermission", Cause.KMS),
        (409, "Rejected.Disabled", Cause.KMS),
        (404, "Forbidden.KeyNotFound", Cause.KMS),
        (503, "KmsServiceNotEnabled", Cause.THROTTLED),
        (500, "KMS.InternalFailure", Cause.SERVER),
        (403, "SecondLevelDomainForbidden", Cause.WRONG_ENDPOINT),
        (403, "CnameDenied", Cause.WRONG_ENDPOINT),
        (400, "PublicEndpointForbidden", Cause.WRONG_ENDPOINT),
        (403, "InvalidAccessKeyId", Cause.BAD_CREDENTIALS),
        (403, "SignatureDoesNotMatch", Cause.BAD_CREDENTIALS),
        (403, "UserDisable", Cause.BAD_CREDENTIALS),
        (403, "InDebt", Cause.BAD_CREDENTIALS),
        (403, "RequestTimeTooSkewed", Cause.CLOCK),
        (403, "SecurityTokenExpired", Cause.EXPIRED),
        (403, "InvalidSecurityToken", Cause.EXPIRED),
        (403, "AccessKeyIdAndSecurityTokenNotMatch", Cause.EXPIRED),
        (403, "InvalidObjectState", Cause.ARCHIVED),
        (409, "RestoreAlreadyInProgress", Cause.ARCHIVED),
        (400, "InvalidBucketName", Cause.NO_BUCKET),
        (400, "InvalidObjectName", Cause.REFUSED),
        (400, "InvalidArgument", Cause.REFUSED),
        (400, "RequestTimeout", Cause.TIMEOUT),
        (400, "BadRequest", Cause.SERVER),
        (412, "PreconditionFailed", Cause.CHANGED),
        (416, "InvalidRange", Cause.CHANGED),
        (500, "InternalError", Cause.SERVER),
        (503, "ServiceUnavailable", Cause.THROTTLED),
        (503, "DownloadTrafficRateLimitExceeded", Cause.THROTTLED),
        (403, "QpsLimitExceeded", Cause.THROTTLED),
        (400, "SomethingNew", Cause.REFUSED),
        (599, "SomethingNew", Cause.SERVER),
    ],
)
def test_each_code_has_its_cause(status: int, code: str, cause: Cause) -> None:
    found = failure(status, ID, body(code, "Words of the service."))

    assert (found.cause, found.code) == (cause, code)
    assert found.request_id == "5C3D9175B6FC201293AD4890"
    assert found.message
    assert not found.message.endswith(".")


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (304, Cause.CHANGED),
        (403, Cause.SERVER),
        (404, Cause.GONE),
        (408, Cause.TIMEOUT),
        (412, Cause.CHANGED),
        (416, Cause.CHANGED),
        (418, Cause.SERVER),
        (502, Cause.SERVER),
        (429, Cause.THROTTLED),
        (405, Cause.SERVER),
    ],
)
def test_a_status_is_enough_when_there_is_no_code(status: int, cause: Cause) -> None:
    found = failure(status, ID, b"")

    assert (found.cause, found.code) == (cause, f"http {status}")


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 416])
def test_a_refusal_whose_body_is_cut_before_its_code_is_tried_again(status: int) -> None:
    whole = body("AccessDenied")

    found = failure(status, ID, whole[: whole.index(b"</Code>")])

    assert (found.cause, found.code) == (Cause.SERVER, f"http {status}")
    assert failure(status, ID, whole).cause is Cause.DENIED


def test_unknown_codes_keep_the_words_of_the_service() -> None:
    found = failure(400, ID, body("SomethingNew", "The thing is\n not  right."))

    assert found.message == "the thing is not right"


def test_a_refusal_explains_itself_in_the_words_of_the_service() -> None:
    words = "You have no right to access this object because of bucket acl."

    assert failure(403, ID, body("AccessDenied", words)).message == (
        "access denied: you have no right to access this object because of bucket acl"
    )
    assert failure(403, ID, body("AccessDenied", "AccessDenied")).message == "access denied"
    assert failure(403, ID, body("AccessDenied")).message == "access denied"


def test_a_key_that_kms_refuses_is_told_from_other_refusals() -> None:
    found = failure(403, ID, body("AccessDenied", "This request is forbidden by kms."))

    assert found.cause is Cause.KMS
    assert found.message == (
        "the key service (KMS) refuses this object's key: this request is forbidden by kms"
    )
    assert failure(404, ID, body("NoSuchKey", "No kms here.")).cause is Cause.GONE
    assert failure(403, ID, body("AccessDenied", "Not for alkmsky.")).cause is Cause.DENIED


def test_a_wrong_endpoint_is_answered_with_the_right_one() -> None:
    found = failure(
        403,
        ID,
        body(
            "AccessDenied",
            "The bucket you are attempting to access must be addressed using the specified "
            "endpoint. Please send all future requests to this endpoint.",
            Bucket="my-bucket",
            Endpoint="oss-cn-shanghai.aliyuncs.com",
        ),
    )

    assert found.cause is Cause.WRONG_ENDPOINT
    assert found.message == (
        "the bucket must be reached at the endpoint 'oss-cn-shanghai.aliyuncs.com'"
    )


def test_an_endpoint_that_is_none_is_not_repeated() -> None:
    found = failure(403, ID, body("AccessDenied", Endpoint="evil/$(x)"))

    assert found == Failure(
        Cause.DENIED, "AccessDenied", "access denied", "5C3D9175B6FC201293AD4890"
    )


def test_a_wrong_region_is_a_wrong_endpoint() -> None:
    words = "Invalid signing region in Authorization header."

    found = failure(400, ID, body("InvalidArgument", words))

    assert (found.cause, found.message) == (
        Cause.WRONG_ENDPOINT,
        "the region is not the bucket's own",
    )


def test_the_answer_to_head_is_read_from_its_header() -> None:
    headers = {**ID, "x-oss-err": base64.b64encode(body("NoSuchBucket")).decode()}

    assert failure(404, headers, b"").cause is Cause.NO_BUCKET


@pytest.mark.parametrize("text", ["%%%", "YWJj", "é"])
def test_a_broken_error_header_is_no_error_of_ours(text: str) -> None:
    assert failure(404, {**ID, "x-oss-err": text}, b"").cause is Cause.GONE


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (405, b"", "this version is a delete marker: it records that the object was deleted"),
        (404, body("NoSuchKey"), "the object was deleted, but its versions are kept"),
    ],
)
def test_a_delete_marker_is_a_deleted_object(status: int, body: bytes, message: str) -> None:
    found = failure(status, {**ID, "x-oss-delete-marker": "true"}, body)

    assert (found.cause, found.message) == (Cause.GONE, message)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 511])
def test_an_answer_without_request_id_does_not_come_from_oss(status: int) -> None:
    page = b"<!DOCTYPE html><html><title>Log in</title></html>"

    found = failure(status, {"content-type": "text/html; charset=utf-8"}, page)

    assert found.cause is Cause.NOT_OSS
    assert found.message == f"the answer does not come from OSS (status {status}, text/html)"


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (429, Cause.THROTTLED),
        (500, Cause.SERVER),
        (502, Cause.SERVER),
        (503, Cause.THROTTLED),
        (504, Cause.SERVER),
    ],
)
def test_trouble_of_a_gateway_passes(status: int, cause: Cause) -> None:
    assert failure(status, {}, b"<html>Bad Gateway</html>").cause is cause


def test_a_request_id_in_the_body_will_do() -> None:
    assert failure(403, {}, body("AccessDenied")).cause is Cause.DENIED


def test_a_proxy_that_wants_a_login_says_so() -> None:
    found = failure(407, {}, b"")

    assert (found.cause, found.code) == (Cause.NOT_OSS, "proxy login")
    assert found.message == "the proxy asks for a user name and a password"


def test_a_redirect_is_told_without_its_parameters() -> None:
    found = failure(302, {"location": "http://portal.example/login?token=secret"}, b"")

    assert (found.cause, found.code) == (Cause.NOT_OSS, "redirected")
    assert found.message == "the endpoint redirects to 'http://portal.example/login'"
    assert failure(302, {}, b"").message == "the endpoint redirects to 'elsewhere'"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"x-oss-qos-delay-time": "1500"}, 1.5),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "7", "x-oss-qos-delay-time": "9000"}, 9.0),
        ({"retry-after": "86400"}, 300.0),
        ({"retry-after": "inf"}, 300.0),
        ({"retry-after": "nan"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "later"}, 0.0),
        ({"retry-after": "Wed, 25 Nov 2026 08:51:39 GMT"}, 0.0),
    ],
)
def test_the_wait_asked_for_is_in_seconds(headers: dict[str, str], seconds: float) -> None:
    assert failure(503, {**ID, **headers}, b"").wait_seconds == seconds


def test_secrets_echoed_by_the_service_are_not_repeated() -> None:
    key_id, token, sent = "LTAI5tExampleExample", "CAISexampletokenexampletoken", "aGVsbG8="
    text = body(
        "SomethingNew",
        f"Key {key_id} with token {token} and signature={sent} is odd, see {sent}; STS.abcdefghijk",
        OSSAccessKeyId=key_id,
        SecurityToken=token,
        SignatureProvided=sent,
        StringToSign="GET\n\n\nWed",
    )

    message = failure(403, ID, text).message

    for secret in (key_id, token, sent, "STS.abc"):
        assert secret not in message
    assert message.startswith("access denied: key … with token …")


def test_a_body_cut_off_still_tells_its_code() -> None:
    whole = body("InvalidObjectState", "The operation is not valid for the object's state")

    assert failure(403, ID, whole[:120]).cause is Cause.ARCHIVED


def test_only_the_first_kilobytes_of_a_body_are_read() -> None:
    huge = b"<Error><Pad>" + b"x" * 100_000 + b"</Pad><Code>NoSuchBucket</Code></Error>"

    assert failure(404, ID, huge).code == "http 404"


@settings(deadline=None)
@given(st.integers(100, 599), st.binary(max_size=200), st.text(max_size=50))
def test_no_answer_leads_to_an_exception_or_an_unprintable_message(
    status: int, text: bytes, words: str
) -> None:
    for content in (text, body("SomethingNew", words.replace("<", "&lt;").replace("&", ""))):
        found = failure(status, {"x-oss-request-id": words, "location": words}, content)

        assert found.message.isprintable()
        assert found.request_id.isprintable()
        assert found.code.isprintable()


def test_long_words_are_cut() -> None:
    assert len(failure(400, ID, body("SomethingNew", "word " * 500)).message) <= 300


def test_archived_object_that_is_not_asked_for_fails_as_the_service_would_say() -> None:
    assert archived(Thaw.NONE).code == "InvalidObjectState"
    assert archived(Thaw.ONGOING).code == THAWING_CODE
    assert archived(Thaw.NONE).cause is archived(Thaw.ONGOING).cause is Cause.ARCHIVED


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x-oss-ec": "0002-00000080"}, "no"),
        ({}, "The V1 signature is not supported."),
        ({}, "Signature version 1 is closed to this bucket"),
    ],
)
def test_a_refusal_of_the_signatures_version_says_what_to_set(
    headers: dict[str, str], told: str
) -> None:
    body = f"<Error><Code>AccessDenied</Code><Message>{told}</Message></Error>".encode()

    why = failure(403, {"x-oss-request-id": "5C3D", **headers}, body)

    assert (why.cause, why.message) == (
        Cause.WRONG_ENDPOINT,
        "OSS does not accept version 1 signatures here",
    )
    assert "connect --region REGION" in advice(why.cause, why.code)


def test_a_closed_public_endpoint_leads_to_a_domain() -> None:
    assert "--cname --endpoint" in advice(Cause.WRONG_ENDPOINT, "PublicEndpointForbidden")
