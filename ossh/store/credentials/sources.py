"""Which source of keys counts: the first of a table that has something.

```
--profile, --ecs-role ──▶ OSS_* ──▶ ALIBABA_CLOUD_* ──▶ OIDC variables ──▶ OSS_PROFILE
  ──▶ ~/.ossutilconfig ──▶ ~/.aliyun/config.json ──▶ ALIBABA_CLOUD_ECS_METADATA
  ──▶ ALIBABA_CLOUD_CREDENTIALS_URI ──▶ None
```
Each source is a function that gives a profile; `modes` turns that into keys. The first source
that has something counts, even when it turns out to be unusable: silently using another identity
than the configured one would be worse than an error.

Source: the default chains of ossutil and of the Alibaba Cloud SDKs.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from ossh.errors import UsageError
from ossh.language import Words, _, said
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.keys import Credentials
from ossh.store.credentials.modes import resolve
from ossh.store.credentials.outside import Outside
from ossh.store.credentials.provider import ROUTES
from ossh.store.endpoints import normal_endpoint, normal_region

ANY_ROLE = "*"  # the role that the machine has, whatever its name


def find(outside: Outside, *, profile: str = "", ecs_role: str = "") -> Credentials | None:
    """Return the first credentials found, None when there are none.

    Args:
        outside: Where to look.
        profile: The one profile to use, of ossutil or of the aliyun CLI; "" looks everywhere.
        ecs_role: The role of this ECS instance to use, or `ANY_ROLE`; "" looks everywhere.

    Raises:
        UsageError: The source is broken, incomplete, of a kind that cannot be used, or unknown.
        StoreError: Whoever gives the keys refuses, or cannot be asked.
    """
    if profile:
        chosen: Profile | None = _named(profile, outside)
    elif ecs_role:
        chosen = _machine_role("--ecs-role", ecs_role)
    else:
        chosen = next((one for source in _SOURCES if (one := source(outside)) is not None), None)
    if chosen is None:
        return None
    found, (endpoint, region) = resolve(chosen, outside), _address(outside)
    if profile:  # what it says was meant as well
        return replace(found, endpoint=found.endpoint or endpoint, region=found.region or region)
    return replace(found, endpoint=endpoint or found.endpoint, region=region or found.region)


def profiles(outside: Outside) -> tuple[str, ...]:
    """Return the names of all profiles, sorted; files that cannot be read have none."""
    names: set[str] = set()
    with suppress(UsageError):
        names.update(outside.ossutil())
    with suppress(UsageError):
        names.update(outside.aliyun()[1])
    return tuple(sorted(names))


def _address(outside: Outside) -> tuple[str, str]:
    """Return endpoint and region as the environment names them."""
    endpoint = outside.variable("OSS_ENDPOINT")
    return normal_endpoint(endpoint) if endpoint else "", normal_region(
        outside.variable("OSS_REGION")
    )


def _named(name: str, outside: Outside) -> Profile:
    """Return the profile that was asked for by name."""
    profile = outside.ossutil().get(name) or outside.aliyun()[1].get(name)
    if profile is None:
        known = ", ".join(profiles(outside))
        raise UsageError(
            _("there is no profile {name!r}").format(name=name),
            hint=(
                _("profiles found: {names}").format(names=known)
                if known
                else _("no profile was found; {routes}").format(routes=said(ROUTES))
            ),
        )
    return profile


def _machine_role(source: str, role: str) -> Profile:
    name = "" if role == ANY_ROLE else role
    return Profile(name="", source=source, mode="EcsRamRole", ecs_role=name)


def _variables(outside: Outside, prefix: str, token: str) -> Profile | None:
    """Return the keys of two variables and perhaps a third."""
    id_name, secret_name = f"{prefix}_ACCESS_KEY_ID", f"{prefix}_ACCESS_KEY_SECRET"
    key_id, secret = outside.variable(id_name), outside.variable(secret_name)
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        present, absent = (id_name, secret_name) if key_id else (secret_name, id_name)
        raise UsageError(
            _("{present} is set, but {absent} is not").format(present=present, absent=absent),
            hint=_("set {absent} too").format(absent=absent),
        )
    source = Words("environment {name}", name=id_name)
    return Profile("", source, key_id=key_id, secret=secret, token=outside.variable(token))


def _oss_keys(outside: Outside) -> Profile | None:
    return _variables(outside, "OSS", "OSS_SESSION_TOKEN")


def _alibaba_keys(outside: Outside) -> Profile | None:
    """Return the keys of the variables of all Alibaba Cloud tools; with a role, those to ask with.

    Where an identity token is set too, the role is that of the token.
    """
    found = _variables(outside, "ALIBABA_CLOUD", "ALIBABA_CLOUD_SECURITY_TOKEN")
    role = outside.variable("ALIBABA_CLOUD_ROLE_ARN")
    if found is None or not role or outside.variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE"):
        return found
    external_id = outside.variable("ALIBABA_CLOUD_EXTERNAL_ID")
    return replace(found, mode="RamRoleArn", role_arn=role, external_id=external_id)


def _identity_token(outside: Outside) -> Profile | None:
    """Return the role of a container or pipeline that shows an identity token (RRSA)."""
    token_file = outside.variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    if not token_file:
        return None
    return Profile(
        name="",
        source=Words("environment {name}", name="ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
        mode="OIDC",
        oidc_token_file=token_file,
        oidc_provider=outside.variable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
        role_arn=outside.variable("ALIBABA_CLOUD_ROLE_ARN"),
    )


def _chosen_profile(outside: Outside) -> Profile | None:
    name = outside.variable("OSS_PROFILE")
    return _named(name, outside) if name else None


def _ossutil(outside: Outside) -> Profile | None:
    profile = outside.ossutil().get("default")
    return profile if profile is not None and profile.leads_to_keys else None


def _aliyun(outside: Outside) -> Profile | None:
    current, found = outside.aliyun()
    chosen = outside.variable("ALIBABA_CLOUD_PROFILE")
    if chosen and chosen not in found:
        return _named(chosen, outside)
    profile = found.get(chosen or current or "default")
    return profile if profile is not None and profile.leads_to_keys else None


def _ecs(outside: Outside) -> Profile | None:
    name = "ALIBABA_CLOUD_ECS_METADATA"
    role = outside.variable(name)
    return _machine_role(Words("environment {name}", name=name), role) if role else None


def _uri(outside: Outside) -> Profile | None:
    name = "ALIBABA_CLOUD_CREDENTIALS_URI"
    uri, source = outside.variable(name), Words("environment {name}", name=name)
    return Profile("", source, mode="CredentialsURI", uri=uri) if uri else None


_SOURCES: tuple[Callable[[Outside], Profile | None], ...] = (
    _oss_keys,
    _alibaba_keys,
    _identity_token,
    _chosen_profile,
    _ossutil,
    _aliyun,
    _ecs,
    _uri,
)
