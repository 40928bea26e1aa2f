"""Where access keys come from: profile, environment, the files of ossutil and the aliyun CLI.

```
--profile ──▶ OSS_* ──▶ ALIBABA_CLOUD_* ──▶ ~/.ossutilconfig ──▶ ~/.aliyun/config.json ──▶ None
```
The first source that has something counts, even when it turns out to be unusable: silently
using another identity than the configured one would be worse than an error.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ossh.errors import StoreError, UsageError
from ossh.language import N_, Words, _, said
from ossh.store.config_files import Profile, aliyun_profiles, ossutil_profiles
from ossh.store.endpoints import normal_endpoint, normal_region

_USABLE_MODES = frozenset({"", "ak", "ststoken"})
_TEMPORARY = "STS."  # access key ids that are good only together with a token begin so
_MASK_FROM = 12  # characters; shorter key ids are hidden whole
_ROUTES = Words(
    "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, name a profile with --profile, "
    "or connect with --anonymous"
)
# Ways of the Alibaba Cloud SDKs that would need further services.
_FOREIGN_WAYS = (
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
    "ALIBABA_CLOUD_ECS_METADATA",
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose requests are sent, and where that was learnt; secrets stay out of its repr."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)
    source: str = ""  # for people: "environment OSS_ACCESS_KEY_ID", "~/.ossutilconfig [work]"
    endpoint: str = ""  # what the source says besides, normalised
    region: str = ""
    anonymous: bool = False
    bucket_endpoints: tuple[tuple[str, str, str], ...] = ()  # bucket, endpoint, addressing

    @property
    def masked_id(self) -> str:
        """Return enough of the key id to recognise it."""
        if len(self.access_key_id) < _MASK_FROM:
            return f"{self.access_key_id[:2]}…" if self.access_key_id else ""
        return f"{self.access_key_id[:4]}…{self.access_key_id[-4:]}"

    def address_of(self, bucket: str) -> tuple[str, str]:
        """Return the endpoint to use for a bucket, "" if not said, and the kind of addressing.

        Source: ossutil's order: [Bucket-Cname], [Bucket-Endpoint], endpoint.
        """
        for name, endpoint, addressing in reversed(self.bucket_endpoints):
            if name == bucket:
                return normal_endpoint(endpoint), addressing
        return self.endpoint, "auto"

    def same_keys(self, other: "Credentials") -> bool:
        """Tell whether both sign alike."""
        return (
            self.access_key_id == other.access_key_id
            and self.access_key_secret == other.access_key_secret
            and self.security_token == other.security_token
            and self.anonymous == other.anonymous
        )


ANONYMOUS = Credentials("", "", source="anonymous", anonymous=True)


def find(profile: str = "", *, environ: Mapping[str, str], home: Path) -> Credentials | None:
    """Return the first credentials found, None when there are none.

    Args:
        profile: The one profile to use, of ossutil or of the aliyun CLI; "" looks everywhere.
        environ: The environment.
        home: The folder that "~" stands for.

    Raises:
        UsageError: The source is broken, incomplete, of a kind that cannot be used, or unknown.
    """
    if profile:
        found = _named(profile, environ, home)
        extra = _extras(environ)
        return replace(
            found,
            endpoint=found.endpoint or extra.endpoint,
            region=found.region or extra.region,
        )
    found_or_none = _from_environment(environ) or _from_files(environ, home)
    if found_or_none is None:
        _refuse_foreign_ways(environ)
        return None
    extra = _extras(environ)
    return replace(
        found_or_none,
        endpoint=extra.endpoint or found_or_none.endpoint,
        region=extra.region or found_or_none.region,
    )


def profiles(*, environ: Mapping[str, str], home: Path) -> tuple[str, ...]:
    """Return the names of all profiles, sorted; files that cannot be read have none."""
    names: set[str] = set()
    with suppress(UsageError):
        names.update(_ossutil(environ, home))
    with suppress(UsageError):
        names.update(_aliyun(home)[1])
    return tuple(sorted(names))


def _ossutil(environ: Mapping[str, str], home: Path) -> dict[str, Profile]:
    """Return the profiles of the ossutil file."""
    named = environ.get("OSS_CONFIG_FILE", "").strip()
    if not named:
        return ossutil_profiles(home / ".ossutilconfig", "~/.ossutilconfig")
    path = home / named[2:] if named.startswith(("~/", "~\\")) else Path(named)
    if not path.exists():
        raise UsageError(
            _("OSS_CONFIG_FILE names {named!r}, which does not exist").format(named=named),
            hint=_("correct or unset OSS_CONFIG_FILE"),
        )
    return ossutil_profiles(path, named)


def _aliyun(home: Path) -> tuple[str, dict[str, Profile]]:
    """Return the current profile's name and the profiles of the aliyun CLI's file."""
    return aliyun_profiles(home / ".aliyun" / "config.json", "~/.aliyun/config.json")


def _named(name: str, environ: Mapping[str, str], home: Path) -> Credentials:
    """Return the credentials of a profile that was asked for by name."""
    profile = _ossutil(environ, home).get(name) or _aliyun(home)[1].get(name)
    if profile is None:
        known = ", ".join(profiles(environ=environ, home=home))
        raise UsageError(
            _("there is no profile {name!r}").format(name=name),
            hint=(
                _("profiles found: {names}").format(names=known)
                if known
                else _("no profile was found; {routes}").format(routes=said(_ROUTES))
            ),
        )
    return _usable(profile)


def _from_environment(environ: Mapping[str, str]) -> Credentials | None:
    """Return the credentials of the environment's variables."""
    for id_name, secret_name, token_name in (
        ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"),
        (
            "ALIBABA_CLOUD_ACCESS_KEY_ID",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
            "ALIBABA_CLOUD_SECURITY_TOKEN",
        ),
    ):
        key_id, secret = environ.get(id_name, "").strip(), environ.get(secret_name, "").strip()
        if not key_id and not secret:
            continue
        if not key_id or not secret:
            present, absent = (id_name, secret_name) if key_id else (secret_name, id_name)
            raise UsageError(
                _("{present} is set, but {absent} is not").format(present=present, absent=absent),
                hint=_("set {absent} too").format(absent=absent),
            )
        return _checked(
            Credentials(
                key_id,
                secret,
                environ.get(token_name, "").strip(),
                Words("environment {name}", name=id_name),
            )
        )
    return None


def _from_files(environ: Mapping[str, str], home: Path) -> Credentials | None:
    """Return the credentials of the first file whose chosen profile has any."""
    chosen = environ.get("OSS_PROFILE", "").strip()
    if chosen:
        return _named(chosen, environ, home)
    ossutil = _ossutil(environ, home).get("default")
    if ossutil is not None and (ossutil.key_id or ossutil.secret or ossutil.mode):
        return _usable(ossutil)
    current, found = _aliyun(home)
    chosen = environ.get("ALIBABA_CLOUD_PROFILE", "").strip()
    if chosen and chosen not in found:
        return _named(chosen, environ, home)
    profile = found.get(chosen or current or "default")
    if profile is not None and (profile.key_id or profile.secret or profile.mode):
        return _usable(profile)
    return None


def _extras(environ: Mapping[str, str]) -> Credentials:
    """Return endpoint and region as the environment names them; without keys."""
    endpoint = environ.get("OSS_ENDPOINT", "").strip()
    region = environ.get("OSS_REGION", "").strip()
    return replace(
        ANONYMOUS,
        endpoint=normal_endpoint(endpoint) if endpoint else "",
        region=normal_region(region),
    )


def _usable(profile: Profile) -> Credentials:
    """Return a profile as credentials, or raise and say what to do instead."""
    mode = profile.mode.lower()
    endpoint, region = _address(profile)
    if mode == "anonymous":
        return replace(ANONYMOUS, source=profile.source, endpoint=endpoint, region=region)
    if mode not in _USABLE_MODES:
        raise UsageError(
            _("{source} has the mode {mode}, which ossh cannot use").format(
                source=profile.source, mode=profile.mode
            ),
            hint=_("get keys from it with the tool it belongs to, then {routes}").format(
                routes=said(_ROUTES)
            ),
        )
    if lacking := _lacking(profile):
        raise UsageError(
            _("{source} has no {lacking}").format(source=profile.source, lacking=lacking),
            hint=_("complete it, or {routes}").format(routes=said(_ROUTES)),
        )
    return _checked(
        Credentials(
            profile.key_id,
            profile.secret,
            "" if mode == "ak" else profile.token,  # a stale token beside new keys is common
            profile.source,
            endpoint=endpoint,
            region=region,
            bucket_endpoints=profile.bucket_endpoints,
        )
    )


def _lacking(profile: Profile) -> str:
    """Return what a profile needs but does not have, "" when it is complete."""
    if not profile.key_id:
        return _("access key id")
    if not profile.secret:
        return _("access key secret")
    return _("token") if profile.mode.lower() == "ststoken" and not profile.token else ""


def _address(profile: Profile) -> tuple[str, str]:
    """Return a profile's endpoint and region in normal form; errors name the profile."""
    try:
        endpoint = normal_endpoint(profile.endpoint) if profile.endpoint else ""
        return endpoint, normal_region(profile.region)
    except UsageError as error:
        raise UsageError(f"{profile.source}: {error}", hint=error.hint) from error


def _checked(found: Credentials) -> Credentials:
    """Return credentials unchanged, or raise when they are not whole or hold what no key has."""
    for what, value in (
        (N_("access key id"), found.access_key_id),
        (N_("access key secret"), found.access_key_secret),
        (N_("security token"), found.security_token),
    ):
        if any(char.isspace() or not char.isprintable() or not char.isascii() for char in value):
            raise UsageError(
                _(
                    "the {what} from {source} has a space, a line break or a strange character "
                    "in it"
                ).format(what=_(what), source=said(found.source)),
                hint=_("copy it again, without quotes and line breaks"),
            )
    if found.access_key_id.startswith(_TEMPORARY) and not found.security_token:
        raise UsageError(
            _(
                "the access key id from {source} is a temporary one, but its security token "
                "is missing"
            ).format(source=said(found.source)),
            hint=_("give the token too, in the environment as OSS_SESSION_TOKEN"),
        )
    return found


def _refuse_foreign_ways(environ: Mapping[str, str]) -> None:
    """Raise when the environment points to a source only the SDKs know."""
    for name in _FOREIGN_WAYS:
        if environ.get(name, "").strip():
            raise UsageError(
                _("{name} is set, but ossh cannot use it").format(name=name), hint=_ROUTES
            )


class Provider:
    """Holds the credentials in use and fetches them again on request.

    Threads may share one: what it holds is replaced, never changed.

    Args:
        find: Looks for credentials; raises `UsageError` when their source is unusable.
    """

    def __init__(self, find: Callable[[], Credentials | None]) -> None:
        self._find = find
        self._current: Credentials | None = None

    def current(self) -> Credentials:
        """Return the credentials, looked for at the first call.

        Raises:
            StoreError: There are none.
            UsageError: Their source cannot be used.
        """
        current = self._current
        if current is None:
            current = self._current = self._find()
        if current is None:
            raise StoreError(
                _("no credentials found"),
                hint=_("'connect' asks for them; or {routes}").format(routes=said(_ROUTES)),
            )
        return current

    def reload(self) -> bool:
        """Look for credentials again; tell whether there are others now.

        A source that is unusable at the moment (a file being rewritten) leaves all as it is.
        """
        try:
            found = self._find()
        except UsageError:
            return False
        if found is None or (self._current is not None and found.same_keys(self._current)):
            return False
        self._current = found
        return True
