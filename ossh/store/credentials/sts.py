"""Asks STS for the keys of a role: AssumeRole with keys, AssumeRoleWithOIDC with an identity token.

A small signer of our own, for these two requests; tests prove its signature equal to that of the
official SDK.

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
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, urlencode

from ossh.errors import StoreError, UsageError
from ossh.language import N_, _
from ossh.store.credentials.asking import json_object, keys_in, no_keys, whole_answer
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.keys import Credentials
from ossh.store.credentials.outside import Outside
from ossh.store.endpoints import normal_endpoint, split_endpoint

ENDPOINT_VARIABLE = "ALIBABA_CLOUD_STS_ENDPOINT"
DEFAULT_SECONDS = 3600  # of a role's keys; also the longest that STS gives by default
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
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


@dataclass(frozen=True, slots=True)
class Role:
    """The role that is asked for, and how."""

    arn: str
    session_name: str = "ossh"  # appears in the account's log
    external_id: str = ""
    seconds: int = DEFAULT_SECONDS
    oidc_provider: str = ""
    oidc_token: str = field(default="", repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of the request that differ from role to role."""
        wished = {
            "RoleArn": self.arn,
            "RoleSessionName": self.session_name,
            "DurationSeconds": str(self.seconds),
            "ExternalId": self.external_id,
            "OIDCProviderArn": self.oidc_provider,
            "OIDCToken": self.oidc_token,
        }
        return {name: value for name, value in wished.items() if value}


def endpoint_of(outside: Outside, profile: Profile) -> str:
    """Return where STS is: as a variable says, as the profile says, in a region, or anywhere.

    Raises:
        UsageError: It is not an endpoint, or keys would go over the network for all to read.
    """
    region = profile.sts_region or outside.variable("ALIBABA_CLOUD_STS_REGION")
    inner = "-vpc" if outside.switch("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED") else ""
    usual = f"sts{inner}.{region}.aliyuncs.com" if region else "sts.aliyuncs.com"
    endpoint = normal_endpoint(outside.variable(ENDPOINT_VARIABLE) or profile.sts_endpoint or usual)
    if endpoint.startswith("http:") and split_endpoint(endpoint).host not in _LOCAL:
        raise UsageError(
            _("the STS endpoint {endpoint} is not encrypted").format(endpoint=endpoint),
            hint=_("an STS endpoint starts with https://"),
        )
    return endpoint


def assume_role(outside: Outside, endpoint: str, keys: Credentials | None, role: Role) -> Profile:
    """Return the keys of a role, unchecked.

    Args:
        outside: Gives the settings of the network.
        endpoint: Where STS is.
        keys: Who asks; None for who shows the identity token in `role`.
        role: What is asked for.

    Raises:
        StoreError: STS refuses, or cannot be asked.
    """
    action = "AssumeRoleWithOIDC" if keys is None else "AssumeRole"
    parameters = {"Action": action, **role.parameters, **_common(time.time(), uuid.uuid4().hex)}
    body = urlencode(parameters if keys is None else signed(parameters, keys)).encode()
    doing = _("assume the role {role}").format(role=role.arn)
    with closing(outside.http()) as http:
        answer = whole_answer(
            http, f"{endpoint}/", doing, headers=(_FORM,), method="POST", body=body
        )
    content = json_object(answer.body, doing)
    if answer.status != HTTPStatus.OK:
        raise _refusal(doing, content)
    given = content.get("Credentials")
    return keys_in(given if isinstance(given, dict) else {}, "", doing)


def signed(parameters: Mapping[str, str], keys: Credentials) -> dict[str, str]:
    """Return the parameters of a POST request with its signature, and whose it is."""
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
    query = "&".join(f"{_quoted(name)}={_quoted(parameters[name])}" for name in sorted(parameters))
    text = f"POST&%2F&{_quoted(query)}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _common(now: float, nonce: str) -> dict[str, str]:
    return {
        "Format": "JSON",
        "Version": "2015-04-01",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "SignatureNonce": nonce,
    }


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _refusal(doing: str, answer: Mapping[str, object]) -> StoreError:
    """Return why STS refused; its own sentence may repeat keys, so only its code is shown."""
    code, request_id = (str(answer.get(name, ""))[:80] for name in ("Code", "RequestId"))
    why = _("STS answered {code!r} (request {request_id})").format(code=code, request_id=request_id)
    hint = next((text for name, text in _HINTS.items() if code.startswith(name)), "")
    return no_keys(doing, why, hint=_(hint), code=code)
