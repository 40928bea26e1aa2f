"""Which source of keys counts: the first one in a table that has something.

```
--profile, --ecs-role ──▶ OSS_* ──▶ ALIBABA_CLOUD_* ──▶ OIDC variables ──▶ OSS_PROFILE
  ──▶ ~/.ossutilconfig ──▶ ~/.aliyun/config.json ──▶ ALIBABA_CLOUD_ECS_METADATA
  ──▶ ALIBABA_CLOUD_CREDENTIALS_URI ──▶ None
```
Each source is a function that returns a profile, if it has one; `modes` turns that into keys. The
first one counts even if it is unusable: an error is better than another identity than configured.

Source: the default chains of ossutil and of the Alibaba Cloud SDKs.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from ossh.errors import UsageError
from ossh.language import Words, _
from ossh.store.credentials.access_keys import Credentials
from ossh.store.credentials.config_files import Profile
from ossh.store.credentials.environment import Environment
from ossh.store.credentials.modes import resolve
from ossh.store.endpoints import normal_endpoint, normal_region

ANY_ROLE = "*"  # the role that the machine has, whatever its name


def find(environment: Environment, *, profile: str = "", ecs_role: str = "") -> Credentials | None:
    """Return the first credentials found, None if there are none.

    A profile, of ossutil or the aliyun CLI, or the role of this ECS instance (`ANY_ROLE` for
    whichever it has) is the only source to look at.

    Raises:
        UsageError: The source is broken, incomplete, of a kind that cannot be used, or unknown.
        StoreError: The giver of the keys refuses, or cannot be reached.
    """
    if profile:
        chosen: Profile | None = _named(profile, environment)
    elif ecs_role:
        chosen = _machine_role("--ecs-role", ecs_role)
    else:
        chosen = next(
            (one for source in _SOURCES if (one := source(environment)) is not None), None
        )
    if chosen is None:
        return None
    found = resolve(chosen, environment)
    if profile:  # then its endpoint and region count first as well
        return located(found, environment)
    endpoint, region = _place(environment)
    return replace(found, endpoint=endpoint or found.endpoint, region=region or found.region)


def located(found: Credentials, environment: Environment) -> Credentials:
    """Return credentials with the endpoint and region of the environment where they have none.

    Raises:
        UsageError: These cannot be understood.
    """
    endpoint, region = _place(environment)
    return replace(found, endpoint=found.endpoint or endpoint, region=found.region or region)


def _place(environment: Environment) -> tuple[str, str]:
    written = environment.variable("OSS_ENDPOINT")
    region = normal_region(environment.variable("OSS_REGION"))
    return normal_endpoint(written) if written else "", region


def profiles(environment: Environment) -> tuple[str, ...]:
    """Return the names of all profiles, sorted; unreadable files are ignored."""
    names: set[str] = set()
    with suppress(UsageError):
        names.update(environment.ossutil())
    with suppress(UsageError):
        names.update(environment.aliyun()[1])
    return tuple(sorted(names))


def _named(name: str, environment: Environment) -> Profile:
    profile = environment.ossutil().get(name) or environment.aliyun()[1].get(name)
    if profile is None:
        known = ", ".join(profiles(environment))
        raise UsageError(
            _("there is no profile {name!r}").format(name=name),
            hint=(
                _("profiles found: {names}").format(names=known)
                if known
                else _(
                    "~/.ossutilconfig and ~/.aliyun/config.json have none; "
                    "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET instead"
                )
            ),
        )
    return profile


def _machine_role(source: str, role: str) -> Profile:
    return Profile("", source, mode="EcsRamRole", ecs_role="" if role == ANY_ROLE else role)


def _variables(environment: Environment, prefix: str, token: str) -> Profile | None:
    id_name, secret_name = f"{prefix}_ACCESS_KEY_ID", f"{prefix}_ACCESS_KEY_SECRET"
    key_id, secret = environment.variable(id_name), environment.variable(secret_name)
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        present, absent = (id_name, secret_name) if key_id else (secret_name, id_name)
        raise UsageError(
            _("{present} is set, but {absent} is not").format(present=present, absent=absent),
            hint=_("set {absent} too").format(absent=absent),
        )
    source = Words("environment {name}", name=id_name)
    return Profile("", source, key_id=key_id, secret=secret, token=environment.variable(token))


def _alibaba_keys(environment: Environment) -> Profile | None:
    """Return the keys in the variables of all Alibaba Cloud tools, and a role to assume with them.

    If an identity token is set too, the role belongs to the token.
    """
    found = _variables(environment, "ALIBABA_CLOUD", "ALIBABA_CLOUD_SECURITY_TOKEN")
    role = environment.variable("ALIBABA_CLOUD_ROLE_ARN")
    if found is None or not role or environment.variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE"):
        return found
    external_id = environment.variable("ALIBABA_CLOUD_EXTERNAL_ID")
    return replace(found, mode="RamRoleArn", role_arn=role, external_id=external_id)


def _identity_token(environment: Environment) -> Profile | None:
    """Return the role of a container or pipeline that has an identity token (RRSA)."""
    token_file = environment.variable("ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    if not token_file:
        return None
    return Profile(
        name="",
        source=Words("environment {name}", name="ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
        mode="OIDC",
        oidc_token_file=token_file,
        oidc_provider=environment.variable("ALIBABA_CLOUD_OIDC_PROVIDER_ARN"),
        role_arn=environment.variable("ALIBABA_CLOUD_ROLE_ARN"),
    )


def _chosen_profile(environment: Environment) -> Profile | None:
    name = environment.variable("OSS_PROFILE")
    return _named(name, environment) if name else None


def _ossutil(environment: Environment) -> Profile | None:
    profile = environment.ossutil().get("default")
    return profile if profile is not None and profile.leads_to_keys else None


def _aliyun(environment: Environment) -> Profile | None:
    current, found = environment.aliyun()
    chosen = environment.variable("ALIBABA_CLOUD_PROFILE")
    if chosen and chosen not in found:
        return _named(chosen, environment)
    profile = found.get(chosen or current or "default")
    return profile if profile is not None and profile.leads_to_keys else None


def _ecs(environment: Environment) -> Profile | None:
    name = "ALIBABA_CLOUD_ECS_METADATA"
    role = environment.variable(name)
    return _machine_role(Words("environment {name}", name=name), role) if role else None


def _uri(environment: Environment) -> Profile | None:
    name = "ALIBABA_CLOUD_CREDENTIALS_URI"
    uri, source = environment.variable(name), Words("environment {name}", name=name)
    return Profile("", source, mode="CredentialsURI", uri=uri) if uri else None


_SOURCES: tuple[Callable[[Environment], Profile | None], ...] = (
    lambda environment: _variables(environment, "OSS", "OSS_SESSION_TOKEN"),
    _alibaba_keys,
    _identity_token,
    _chosen_profile,
    _ossutil,
    _aliyun,
    _ecs,
    _uri,
)
