"""How a profile leads to keys: one function for each mode, and a table of them.

```
AK, StsToken, CloudSSO, OAuth ─▶ keys in the file             EcsRamRole ─▶ metadata server
RamRoleArn ─▶ keys ─▶ STS      OIDC ─▶ token file ─▶ STS      CredentialsURI ─▶ address
ChainableRamRoleArn ─▶ another profile ─▶ STS                 External ─▶ program
```
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from ossh.errors import UsageError, reason
from ossh.language import N_, _, said
from ossh.store.credentials.access_keys import (
    ANONYMOUS,
    KEYS_HINT,
    Credentials,
    checked,
    parse_expiry,
)
from ossh.store.credentials.config_files import Profile, profile_of
from ossh.store.credentials.environment import Environment
from ossh.store.endpoints import normal_endpoint, normal_region

_KEY = {N_("access key id"): "key_id", N_("access key secret"): "secret"}
_DEPTH_LIMIT = 8  # profiles that refer to one another; more are a circle


def resolve(profile: Profile, environment: Environment) -> Credentials:
    """Return the keys that a profile leads to, with its endpoint and region.

    Raises:
        UsageError: It is incomplete, or of a kind that cannot be used.
        StoreError: The giver of the keys refuses, or cannot be reached.
    """
    endpoint, region = _address(profile)
    return replace(
        _keys(profile, environment),
        source=profile.source,
        endpoint=endpoint,
        region=region,
        bucket_endpoints=profile.bucket_endpoints,
    )


def _keys(profile: Profile, environment: Environment) -> Credentials:
    mode = _MODES.get(profile.mode.lower())
    if mode is None:
        hint = _("get keys with the tool it belongs to, then {routes}")
        text = _("{source} has a mode that ossh cannot use")
        raise _unusable(profile, text, hint.format(routes=said(KEYS_HINT)))
    if environment.depth > _DEPTH_LIMIT:
        hint = _("fix source_profile in that file")
        raise _unusable(profile, _("{source} refers to itself"), hint)
    return mode(profile, replace(environment, depth=environment.depth + 1))


def _unusable(profile: Profile, text: str, hint: str, **fields: str) -> UsageError:
    return UsageError(text.format(source=said(profile.source), **fields), hint=hint)


def _address(profile: Profile) -> tuple[str, str]:
    """Return the normal form of a profile's endpoint and region; errors name the profile."""
    try:
        endpoint = normal_endpoint(profile.endpoint) if profile.endpoint else ""
        return endpoint, normal_region(profile.region)
    except UsageError as error:
        raise UsageError(
            _("{message}: {reason}").format(message=said(profile.source), reason=error),
            hint=error.hint,
        ) from error


def _access_key(profile: Profile, _environment: Environment) -> Credentials:
    """Return the profile's keys without its token: a stale one is often left beside new keys."""
    return _own_keys(replace(profile, token=""))


def _sts_token(profile: Profile, _environment: Environment) -> Credentials:
    _require(profile, _KEY | {N_("token"): "token"})
    return _own_keys(profile)


def _own_keys(profile: Profile, _environment: Environment | None = None) -> Credentials:
    _require(profile, _KEY)
    return checked(
        Credentials(
            profile.key_id,
            profile.secret,
            profile.token,
            profile.source,
            expires=parse_expiry(profile.expires) if profile.token else None,
        )
    )


def _renewable(profile: Profile, keys: Profile, role: str = "") -> Credentials:
    """Return keys from a giver that a profile names, and that can be asked again."""
    keys = replace(keys, source=profile.source)
    return replace(_own_keys(keys), role=role, is_renewable=True)


def _browser_sign_in(profile: Profile, environment: Environment) -> Credentials:
    """Return the keys that a sign-in in a browser left in the file, while they are valid."""
    until = parse_expiry(profile.expires)
    if profile.key_id and profile.token and until is not None and until > datetime.now(UTC):
        return _sts_token(profile, environment)
    text = _("the sign-in of {source} ({mode}) has expired; signing in again needs a browser")
    hint = _("sign in with 'aliyun configure --profile {name}'; ossh reads the keys it saves")
    raise _unusable(profile, text, hint.format(name=profile.name), mode=profile.mode)


def _ecs_role(profile: Profile, environment: Environment) -> Credentials:
    from ossh.store.credentials.ecs_metadata import keys_of_role  # noqa: PLC0415 - brings libcurl

    found, name = keys_of_role(environment, profile.ecs_role)
    return _renewable(profile, found, name)


def _role(profile: Profile, environment: Environment) -> Credentials:
    """Return the keys of a role, assumed with the profile's own keys."""
    if not profile.key_id and profile.base:
        return _role_by_profile(profile, environment)
    return _assumed(profile, environment, _own_keys(profile))


def _role_by_profile(profile: Profile, environment: Environment) -> Credentials:
    """Return the keys of a role, assumed with those that another profile leads to."""
    _require(profile, {N_("source profile"): "base"})
    base = environment.aliyun()[1].get(profile.base)
    if base is None:
        text = _("{source} refers to the profile {base!r}, which does not exist")
        hint = _("fix source_profile in that file")
        raise _unusable(profile, text, hint, base=profile.base)
    return _assumed(profile, environment, _keys(base, environment))


def _role_by_identity(profile: Profile, environment: Environment) -> Credentials:
    """Return the keys of a role, assumed with the identity token in a file."""
    required = {N_("OIDC provider ARN"): "oidc_provider", N_("OIDC token file"): "oidc_token_file"}
    _require(profile, required)
    path = environment.path(profile.oidc_token_file)
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:  # the latter of its bytes, or of its path
        why = reason(error) if isinstance(error, OSError) else _("it is not text")
        text = _("cannot read the OIDC token file of {source}: {reason}")
        hint = _("check its path; the file comes from whoever runs this machine or container")
        raise _unusable(profile, text, hint, reason=why) from None
    return _assumed(profile, environment, None, token)


def _assumed(
    profile: Profile, environment: Environment, keys: Credentials | None, token: str = ""
) -> Credentials:
    from ossh.store.credentials.sts import assume_role  # noqa: PLC0415 - brings libcurl

    _require(profile, {N_("role ARN"): "role_arn"})
    found = assume_role(environment, profile, keys, token)
    return _renewable(profile, found, profile.role_arn)


def _uri(profile: Profile, environment: Environment) -> Credentials:
    from ossh.store.credentials.key_server import keys_at  # noqa: PLC0415 - seldom required

    uri = profile.uri or environment.variable("ALIBABA_CLOUD_CREDENTIALS_URI")
    _require(replace(profile, uri=uri), {N_("credentials URI"): "uri"})
    return _renewable(profile, keys_at(environment, uri, profile.source))


def _program(profile: Profile, environment: Environment) -> Credentials:
    """Return the keys that a program prints, or those that the profile it prints leads to."""
    from ossh.store.credentials.credential_process import output_of  # noqa: PLC0415 - seldom required
    from ossh.store.credentials.key_server import json_object  # noqa: PLC0415 - as above

    _require(profile, {N_("command"): "command"})
    written = output_of(environment, profile.command, profile.source)
    doing = _("get keys from the program of {source}").format(source=said(profile.source))
    found = _keys(profile_of("", profile.source, json_object(written, doing)), environment)
    return replace(found, is_renewable=True)


def _require(profile: Profile, required: Mapping[str, str]) -> None:
    """Refuse a profile that lacks a field; `required` has its name for people and in the code."""
    for name, field in required.items():
        if not getattr(profile, field):
            hint = _("complete it, or {routes}").format(routes=said(KEYS_HINT))
            raise _unusable(profile, _("{source} has no {lacking}"), hint, lacking=_(name))


# By their names in lower case; "" is a profile without a mode.
_MODES: Mapping[str, Callable[[Profile, Environment], Credentials]] = {
    "": _own_keys,
    "anonymous": lambda _profile, _environment: ANONYMOUS,
    "ak": _access_key,
    "ststoken": _sts_token,
    "cloudsso": _browser_sign_in,
    "oauth": _browser_sign_in,
    "ecsramrole": _ecs_role,
    "ramrolearn": _role,
    "ramrolearnwithrolename": lambda one, outside: _assumed(one, outside, _ecs_role(one, outside)),
    "chainableramrolearn": _role_by_profile,
    "oidc": _role_by_identity,
    "credentialsuri": _uri,
    "credentialuri": _uri,
    "external": _program,
    "process": _program,
}
