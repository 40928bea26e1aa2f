"""Asks the metadata server of an ECS instance for the keys of the instance's role.

```
PUT /latest/api/token ──▶ token ──▶ GET …/security-credentials/ ──▶ ROLE ──▶ GET …/ROLE ──▶ keys
```
The hardened mode of the server demands the token; otherwise it answers without one, too. No request
goes through a proxy: the address is the machine's own.

Source: ECS documentation, "View instance metadata" and "Instance RAM roles".
"""

from contextlib import closing
from http import HTTPStatus
from urllib.parse import quote

from ossh.errors import StoreError, UsageError
from ossh.language import N_, _
from ossh.model import NO_PROXY, Cause, Route
from ossh.network import Http, Timeouts
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.environment import Environment
from ossh.store.credentials.key_server import (
    json_object,
    keys_in,
    no_keys,
    whole_answer,
    wrong_status,
)
from ossh.store.endpoints import normal_endpoint

ENDPOINT = "http://100.100.100.200"
ENDPOINT_VARIABLE = "OSSH_METADATA_ENDPOINT"  # replaces it
_ROLES = "/latest/meta-data/ram/security-credentials/"
_TOKEN_SECONDS = 300  # life of a token; three requests need it
_CONNECT_SECONDS = 5.0  # nothing answers outside of ECS
_DOING = N_("get keys from the metadata server")
_HINT = N_(
    "this works only on an ECS instance with a RAM role; elsewhere, choose another source of "
    "credentials"
)


def keys_of_role(environment: Environment, role: str) -> tuple[Profile, str]:
    """Return the keys of a role of this machine, unchecked, and the role's name.

    Variables say where the server is, and whether it may be used. Without the name of a role, the
    one that the machine has is meant.

    Raises:
        UsageError: A variable forbids it, or names no server.
        StoreError: There is no answer, or no such role.
    """
    if environment.switch("ALIBABA_CLOUD_ECS_METADATA_DISABLED"):
        raise UsageError(
            _("ALIBABA_CLOUD_ECS_METADATA_DISABLED forbids asking the metadata server"),
            hint=_("unset it, or choose another source of credentials"),
        )
    endpoint = normal_endpoint(environment.variable(ENDPOINT_VARIABLE) or ENDPOINT)
    with closing(Http(Timeouts(connect=_CONNECT_SECONDS), Route(proxy=NO_PROXY))) as http:
        headers = _token(
            http, endpoint, is_required=environment.switch("ALIBABA_CLOUD_IMDSV1_DISABLED")
        )
        name = role or _get(http, f"{endpoint}{_ROLES}", headers).split("\n")[0].strip()
        body = _get(http, f"{endpoint}{_ROLES}{quote(name, safe='')}", headers, name)
    return keys_in(json_object(body, _(_DOING)), _(_DOING)), name


def _token(http: Http, endpoint: str, *, is_required: bool) -> tuple[str, ...]:
    """Return the header with a token; none where the server gives none."""
    lifetime = f"X-aliyun-ecs-metadata-token-ttl-seconds: {_TOKEN_SECONDS}"
    url = f"{endpoint}/latest/api/token"
    answer = whole_answer(
        http, url, _(_DOING), headers=(lifetime,), method="PUT", hints={Cause.NETWORK: _(_HINT)}
    )
    token = answer.body.decode("utf-8", "replace").strip()
    if answer.status == HTTPStatus.OK and token.isascii() and token.isprintable():
        return (f"X-aliyun-ecs-metadata-token: {token}",)
    if is_required:
        why = _("it returned no token (status {status})").format(status=answer.status)
        raise no_keys(_(_DOING), why, hint=_(_HINT))
    return ()


def _get(http: Http, url: str, headers: tuple[str, ...], role: str = "") -> str:
    answer = whole_answer(http, url, _(_DOING), headers=headers)
    if answer.status == HTTPStatus.NOT_FOUND:
        raise StoreError(
            _("this machine has no role {role!r}").format(role=role)
            if role
            else _("this machine has no RAM role"),
            hint=_(
                "attach one to the instance in the ECS console, or choose another source of "
                "credentials"
            ),
        )
    if answer.status != HTTPStatus.OK:
        raise no_keys(_(_DOING), wrong_status(answer.status), hint=_(_HINT))
    return answer.body.decode("utf-8", "replace")
