"""Temporary credentials of the role that an ECS instance has, from its metadata service.

Source: ECS documentation, "Use instance RAM roles" and "Access instance metadata" (the hardened
mode wants a token first; instances without it refuse to give one).
"""

import json
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote

from ossh.errors import StoreError
from ossh.store.credentials import Credentials

METADATA = "100.100.100.200"  # answers on every instance of ECS, and nowhere else
_ROLES = "/latest/meta-data/ram/security-credentials/"
_TOKEN = "/latest/api/token"  # noqa: S105 - a path
_TOKEN_LIFE = {"X-aliyun-ecs-metadata-token-ttl-seconds": "60"}
_TOKEN_HEADER = "X-aliyun-ecs-metadata-token"  # noqa: S105 - a header's name
_LIMIT = 64 * 1024  # bytes of an answer
_ONLY_ON_ECS = "roles can be used on ECS instances of Alibaba Cloud only"


def role_credentials(
    role: str = "", *, metadata: str = METADATA, timeout_seconds: float = 2.0
) -> Credentials:
    """Return the present credentials of an instance's role; they end after some hours.

    Proxies are not used, for the address is one of the instance itself.

    Args:
        role: The role's name; "" takes the one the instance has.
        metadata: Host, and port if need be, of the metadata service.
        timeout_seconds: How long to wait for an answer.

    Raises:
        StoreError: This is no ECS instance, or it does not have the role.
    """
    try:
        with closing(HTTPConnection(metadata, timeout=timeout_seconds)) as connection:
            headers = _session_headers(connection)
            name = role or _only_role(connection, headers)
            status, text = _ask(connection, "GET", _ROLES + quote(name, safe=""), headers)
    except (OSError, HTTPException):
        raise StoreError("the metadata service of ECS does not answer", hint=_ONLY_ON_ECS) from None
    if status == HTTPStatus.NOT_FOUND:
        raise StoreError(
            f"this instance does not have the role {name!r}",
            hint="attach the role to the instance, or name the one it has",
        )
    return _parsed(name, text)


def _session_headers(connection: HTTPConnection) -> dict[str, str]:
    """Return the header that the hardened mode wants; {} where there is no such mode."""
    status, token = _ask(connection, "PUT", _TOKEN, _TOKEN_LIFE)
    return {_TOKEN_HEADER: token.strip()} if status == HTTPStatus.OK and token.strip() else {}


def _only_role(connection: HTTPConnection, headers: dict[str, str]) -> str:
    """Return the name of the role the instance has."""
    status, text = _ask(connection, "GET", _ROLES, headers)
    names = text.split() if status == HTTPStatus.OK else []
    if not names:
        raise StoreError(
            "this instance has no role", hint="attach a role to it, or connect with access keys"
        )
    return names[0]


def _ask(
    connection: HTTPConnection, method: str, path: str, headers: dict[str, str]
) -> tuple[int, str]:
    """Return the status and the text of an answer."""
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    return response.status, response.read(_LIMIT).decode(errors="replace")


def _parsed(role: str, text: str) -> Credentials:
    """Return the credentials that the metadata service describes."""
    try:
        answer = json.loads(text)
        keys = (answer["AccessKeyId"], answer["AccessKeySecret"], answer["SecurityToken"])
        is_good = answer["Code"] == "Success"
    except (ValueError, KeyError, TypeError):
        keys, is_good = ("", "", ""), False
    if not is_good:
        raise StoreError(
            f"the metadata service has no credentials for the role {role!r}", hint=_ONLY_ON_ECS
        )
    return Credentials(*keys, f"ECS role {role}")
