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
from pathlib import Path

from ossh.errors import UsageError, reason
from ossh.language import N_, _, said
from ossh.store.credentials.config_files import Profile, profile_of
from ossh.store.credentials.keys import ANONYMOUS, Credentials, checked, moment_of
from ossh.store.credentials.outside import Outside
from ossh.store.credentials.provider import ROUTES
from ossh.store.endpoints import normal_endpoint, normal_region

_KEY = {N_("access key id"): "key_id", N_("access key secret"): "secret"}
_DEPTH_LIMIT = 8  # profiles; more that lead to each other are a circle


def resolve(profile: Profile, outside: Outside) -> Credentials:
    """Return the keys a profile leads to, with what else it says.

    Raises:
        UsageError: It is incomplete, or of a kind that cannot be used.
        StoreError: Whoever gives the keys refuses, or cannot be asked.
    """
    endpoint, region = _address(profile)
    return replace(
        _keys(profile, outside),
        source=profile.source,
        endpoint=endpoint,
        region=region,
        bucket_endpoints=profile.bucket_endpoints,
    )


def _keys(profile: Profile, outside: Outside) -> Credentials:
    mode = _MODES.get(profile.mode.lower())
    if mode is None:
        raise UsageError(
            _("{source} has the mode {mode}, which ossh cannot use").format(
                source=said(profile.source), mode=profile.mode
            ),
            hint=_("get keys with the tool it belongs to, then {routes}").format(
                routes=said(ROUTES)
            ),
        )
    if outside.depth > _DEPTH_LIMIT:
        raise UsageError(
            _("{source} refers to itself").format(source=said(profile.source)),
            hint=_("fix source_profile in that file"),
        )
    return mode(profile, replace(outside, depth=outside.depth + 1))


def _address(profile: Profile) -> tuple[str, str]:
    """Return a profile's endpoint and region in normal form; errors name the profile."""
    try:
        endpoint = normal_endpoint(profile.endpoint) if profile.endpoint else ""
        return endpoint, normal_region(profile.region)
    except UsageError as error:
        raise UsageError(
            _("{message}: {reason}").format(message=said(profile.source), reason=error),
            hint=error.hint,
        ) from error


def _anonymous(_profile: Profile, _outside: Outside) -> Credentials:
    return ANONYMOUS


def _access_key(profile: Profile, _outside: Outside) -> Credentials:
    """Return the keys a profile has; a stale token beside new ones is common."""
    return _own_keys(replace(profile, token=""))


def _sts_token(profile: Profile, _outside: Outside) -> Credentials:
    _need(profile, _KEY | {N_("token"): "token"})
    return _own_keys(profile)


def _own_keys(profile: Profile, _outside: Outside | None = None) -> Credentials:
    _need(profile, _KEY)
    return checked(
        Credentials(
            profile.key_id,
            profile.secret,
            profile.token,
            profile.source,
            expires=moment_of(profile.expires) if profile.token else None,
        )
    )


def _given(keys: Profile, role: str = "") -> Credentials:
    """Return keys that were asked for, as they can be again."""
    return replace(_own_keys(keys), role=role, is_renewable=True)


def _signed_in(profile: Profile, outside: Outside) -> Credentials:
    """Return the keys that a sign-in in a browser left in the file, while they are good."""
    until = moment_of(profile.expires)
    if profile.key_id and profile.token and until is not None and until > datetime.now(UTC):
        return _sts_token(profile, outside)
    text = _("the sign-in of {source} ({mode}) has expired; signing in again needs a browser")
    hint = _("sign in with 'aliyun configure --profile {name}'; ossh reads the keys it saves")
    raise UsageError(
        text.format(source=said(profile.source), mode=profile.mode),
        hint=hint.format(name=profile.name),
    )


def _ecs_role(profile: Profile, outside: Outside) -> Credentials:
    from ossh.store.credentials.metadata import keys_of_role  # noqa: PLC0415 - seldom needed

    found, name = keys_of_role(outside, profile.ecs_role)
    return _given(found, name)


def _role(profile: Profile, outside: Outside) -> Credentials:
    """Return the keys of a role, asked for with the profile's own keys."""
    if not profile.key_id and profile.base:
        return _role_of_another(profile, outside)
    return _assumed(profile, outside, _own_keys(profile))


def _role_of_machine(profile: Profile, outside: Outside) -> Credentials:
    return _assumed(profile, outside, _ecs_role(profile, outside))


def _role_of_another(profile: Profile, outside: Outside) -> Credentials:
    """Return the keys of a role, asked for with those that another profile leads to."""
    _need(profile, {N_("source profile"): "base"})
    base = outside.aliyun()[1].get(profile.base)
    if base is None:
        raise UsageError(
            _("{source} refers to the profile {base!r}, which does not exist").format(
                source=said(profile.source), base=profile.base
            ),
            hint=_("fix source_profile in that file"),
        )
    return _assumed(profile, outside, _keys(base, outside))


def _role_of_identity(profile: Profile, outside: Outside) -> Credentials:
    """Return the keys of a role, asked for with the identity token in a file."""
    needed = {N_("OIDC provider ARN"): "oidc_provider", N_("OIDC token file"): "oidc_token_file"}
    _need(profile, needed)
    path = outside.path(profile.oidc_token_file)
    return _assumed(profile, outside, None, _token_in(path, profile.source))


def _token_in(path: Path, source: str) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:  # the latter of its bytes, or of its path
        why = reason(error) if isinstance(error, OSError) else _("it is not text")
        raise UsageError(
            _("cannot read the OIDC token file of {source}: {reason}").format(
                source=said(source), reason=why
            ),
            hint=_("check its path; the file comes from whoever runs this machine or container"),
        ) from None


def _assumed(
    profile: Profile, outside: Outside, keys: Credentials | None, token: str = ""
) -> Credentials:
    from ossh.store.credentials.sts import (  # noqa: PLC0415 - seldom needed
        DEFAULT_SECONDS,
        Role,
        assume_role,
        endpoint_of,
    )

    _need(profile, {N_("role ARN"): "role_arn"})
    role = Role(
        profile.role_arn,
        profile.session_name or outside.variable("ALIBABA_CLOUD_ROLE_SESSION_NAME") or "ossh",
        profile.external_id,
        int(profile.duration if profile.duration.isdecimal() else 0) or DEFAULT_SECONDS,
        profile.oidc_provider if keys is None else "",
        token,
    )
    given = assume_role(outside, endpoint_of(outside, profile), keys, role)
    return _given(given, profile.role_arn)


def _uri(profile: Profile, outside: Outside) -> Credentials:
    from ossh.store.credentials.uri import keys_from  # noqa: PLC0415 - seldom needed

    uri = profile.uri or outside.variable("ALIBABA_CLOUD_CREDENTIALS_URI")
    _need(replace(profile, uri=uri), {N_("credentials URI"): "uri"})
    return _given(keys_from(outside, uri, profile.source))


def _program(profile: Profile, outside: Outside) -> Credentials:
    """Return the keys a program writes, or those that the profile it writes leads to."""
    from ossh.store.credentials.asking import json_object  # noqa: PLC0415 - seldom needed
    from ossh.store.credentials.process import output_of  # noqa: PLC0415

    _need(profile, {N_("command"): "command"})
    written = output_of(outside, profile.command, profile.source)
    doing = _("get keys from the program of {source}").format(source=said(profile.source))
    found = _keys(profile_of("", profile.source, json_object(written, doing)), outside)
    return replace(found, is_renewable=True)


def _need(profile: Profile, needed: Mapping[str, str]) -> None:
    """Refuse a profile that lacks one of some fields, which are given by what people call them."""
    for name, field in needed.items():
        if not getattr(profile, field):
            raise UsageError(
                _("{source} has no {lacking}").format(source=said(profile.source), lacking=_(name)),
                hint=_("complete it, or {routes}").format(routes=said(ROUTES)),
            )


# By their names in lower case. One that is not named is what the profile can only be.
_MODES: Mapping[str, Callable[[Profile, Outside], Credentials]] = {
    "": _own_keys,
    "anonymous": _anonymous,
    "ak": _access_key,
    "ststoken": _sts_token,
    "cloudsso": _signed_in,
    "oauth": _signed_in,
    "ecsramrole": _ecs_role,
    "ramrolearn": _role,
    "ramrolearnwithrolename": _role_of_machine,
    "chainableramrolearn": _role_of_another,
    "oidc": _role_of_identity,
    "credentialsuri": _uri,
    "credentialuri": _uri,
    "external": _program,
    "process": _program,
}
