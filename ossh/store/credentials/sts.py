"""Asks STS for the keys of a role: AssumeRole with keys, AssumeRoleWithOIDC with an identity token.

It has a small signer of its own; tests prove its signature equal to that of the official SDK.

Source: STS API reference, "AssumeRole" and "AssumeRoleWithOIDC"; "Request structure and signature"
of the RPC style (HMAC-SHA1, version 1.0).
"""

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from urllib.parse import quote, urlencode

from ossh.errors import StoreError, UsageError
from ossh.language import N_, _
from ossh.network import Http
from ossh.store.credentials.access_keys import Credentials
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.environment import Environment
from ossh.store.credentials.key_server import json_object, keys_in, no_keys, whole_answer
from ossh.store.endpoints import normal_endpoint, split_endpoint

ENDPOINT_VARIABLE = "ALIBABA_CLOUD_STS_ENDPOINT"
DEFAULT_SECONDS = 3600  # of a role's keys; also the longest that STS gives by default
_FORM = "Content-Type: application/x-www-form-urlencoded"
_HINTS = {
    "NoPermission": N_("the user needs sts:AssumeRole, and the role must trust the user"),
    "EntityNotExist.Role": N_("there is no such role: check the ARN"),
    "InvalidParameter.RoleArn": N_("check the ARN: acs:ram::ACCOUNT:role/NAME"),
    "InvalidParameter.DurationSeconds": N_(
        "request a shorter session, or let the role allow a longer one"
    ),
    "AuthenticationFail.NoPermission": N_("the role must trust the identity provider"),
    "AuthenticationFail.OIDCToken.Expired": N_("the token file must be renewed"),
    "AuthenticationFail.OIDCToken.Invalid": N_("check that the token comes from the provider"),
    "EntityNotExist.OIDCProvider": N_("check the ARN: acs:ram::ACCOUNT:oidc-provider/NAME"),
    "SignatureDoesNotMatch": N_("check the access key secret that is used to assume the role"),
    "InvalidAccessKeyId.NotFound": N_("check the access key id that is used to assume the role"),
    "InvalidTimeStamp.Expired": N_("set this computer's clock"),
    "InvalidSecurityToken.Expired": N_("the keys that are used to assume the role have expired"),
}


def endpoint_of(environment: Environment, profile: Profile) -> str:
    """Return the endpoint of STS: of a variable, the profile, a region, or the central one.

    Raises:
        UsageError: It is not an endpoint, or not encrypted.
    """
    region = profile.sts_region or environment.variable("ALIBABA_CLOUD_STS_REGION")
    inner = "-vpc" if environment.switch("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED") else ""
    usual = f"sts{inner}.{region}.aliyuncs.com" if region else "sts.aliyuncs.com"
    endpoint = normal_endpoint(
        environment.variable(ENDPOINT_VARIABLE) or profile.sts_endpoint or usual
    )
    if endpoint.startswith("http:") and not split_endpoint(endpoint).is_loopback:
        raise UsageError(
            _("the STS endpoint {endpoint} is not encrypted").format(endpoint=endpoint),
            hint=_("an STS endpoint starts with https://"),
        )
    return endpoint


def assume_role(
    environment: Environment, profile: Profile, keys: Credentials | None, token: str = ""
) -> Profile:
    """Return the keys of the role that a profile names, unchecked.

    Without `keys`, the caller is the bearer of an identity token.

    Raises:
        UsageError: As for `endpoint_of`.
        StoreError: STS refuses, or cannot be asked.
    """
    session = profile.session_name or environment.variable("ALIBABA_CLOUD_ROLE_SESSION_NAME")
    seconds = int(profile.duration if profile.duration.isdecimal() else 0) or DEFAULT_SECONDS
    asked = {
        "Action": "AssumeRoleWithOIDC" if keys is None else "AssumeRole",
        "Format": "JSON",
        "Version": "2015-04-01",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "SignatureNonce": uuid.uuid4().hex,
        "RoleArn": profile.role_arn,
        "RoleSessionName": session or "ossh",  # appears in the account's log
        "DurationSeconds": str(seconds),
        "ExternalId": profile.external_id,
        "OIDCProviderArn": profile.oidc_provider if keys is None else "",
        "OIDCToken": token,
    }
    parameters = {name: text for name, text in asked.items() if text}
    body = urlencode(parameters if keys is None else signed(parameters, keys)).encode()
    endpoint = endpoint_of(environment, profile)
    doing = _("assume the role {role}").format(role=profile.role_arn)
    with closing(Http(route=environment.route)) as http:
        answer = whole_answer(
            http, f"{endpoint}/", doing, headers=(_FORM,), method="POST", body=body
        )
    content = json_object(answer.body, doing)
    if answer.status != HTTPStatus.OK:
        raise _refusal(doing, content)
    given = content.get("Credentials")
    return keys_in(given if isinstance(given, dict) else {}, doing)


def signed(parameters: Mapping[str, str], keys: Credentials) -> dict[str, str]:
    """Return the parameters of a POST request with those that sign it."""
    whole = {
        **parameters,
        "AccessKeyId": keys.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureType": "",
    }
    if keys.security_token:
        whole["SecurityToken"] = keys.security_token
    return {**whole, "Signature": signature(whole, keys.access_key_secret)}


def signature(parameters: Mapping[str, str], secret: str) -> str:
    """Return the signature of the parameters of a POST request."""
    query = urlencode(sorted(parameters.items()), quote_via=quote)
    text = f"POST&%2F&{quote(query, safe='')}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _refusal(doing: str, answer: Mapping[str, object]) -> StoreError:
    """Return why STS refused; only its code, as its message may repeat keys."""
    code, request_id = (str(answer.get(name, ""))[:80] for name in ("Code", "RequestId"))
    why = _("STS answered {code!r} (request {request_id})").format(code=code, request_id=request_id)
    hint = next((text for name, text in _HINTS.items() if code.startswith(name)), "")
    return no_keys(doing, why, hint=_(hint), code=code)
