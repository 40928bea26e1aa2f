"""Access keys: whose requests are sent, where they come from, and how long they are valid."""

from dataclasses import field, replace
from datetime import UTC, datetime
from operator import attrgetter

from ossh.errors import UsageError
from ossh.language import N_, Words, _, said
from ossh.model import value
from ossh.store.endpoints import normal_endpoint
from ossh.units import told_clock

TYPED = Words("what you typed")
KEYS_HINT = Words(
    "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, name a profile with --profile, "
    "or connect with --anonymous"
)
_TEMPORARY = "STS."  # starts access key ids that are valid only together with a token
# Expiry dates outside these mean "never" or "unknown" to the tools that write them.
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
_MASK_FROM = 12  # characters; shorter key ids are not shown
_SIGNING = attrgetter("access_key_id", "access_key_secret", "security_token", "anonymous")


@value
class Credentials:
    """Whose requests are sent, and where that was found; the repr has no secrets."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(default="", repr=False)
    source: str = ""  # for people: "environment OSS_ACCESS_KEY_ID", "~/.ossutilconfig [work]"
    endpoint: str = ""  # as the source has it, normalized
    region: str = ""
    anonymous: bool = False
    bucket_endpoints: tuple[tuple[str, str, str], ...] = ()  # bucket, endpoint, addressing
    role: str = ""  # the role whose rights they have: its ARN or name
    expires: datetime | None = None  # aware; None: never, or not known
    is_renewable: bool = False  # their source gives new ones when they expire

    @property
    def masked_id(self) -> str:
        """Enough of the key id to recognize it."""
        if len(self.access_key_id) < _MASK_FROM:
            return f"{self.access_key_id[:2]}…" if self.access_key_id else ""
        return f"{self.access_key_id[:4]}…{self.access_key_id[-4:]}"

    @property
    def kind(self) -> Words:
        """What they are, for people: "long-lived key", "STS token until 14:32"."""
        if self.anonymous:
            return Words("no signature")
        if not self.security_token:
            return Words("long-lived key")
        until = "" if self.expires is None else told_clock(self.expires)
        if self.role and until:
            return Words("role {role} until {time}", role=self.role, time=until)
        if self.role:
            return Words("role {role}", role=self.role)
        return Words("STS token until {time}", time=until) if until else Words("STS token")

    def address_of(self, bucket: str) -> tuple[str, str]:
        """Return the endpoint for a bucket, "" if not configured, and the kind of addressing.

        Source: ossutil's order: [Bucket-Cname], [Bucket-Endpoint], endpoint.
        """
        for name, endpoint, addressing in reversed(self.bucket_endpoints):
            if name == bucket:
                return normal_endpoint(endpoint), addressing
        return self.endpoint, "auto"

    def same_keys(self, other: "Credentials") -> bool:
        """Return whether both sign requests in the same way, wherever they come from."""
        return bool(_SIGNING(self) == _SIGNING(other))

    def instead_of(self, former: "Credentials") -> "Credentials":
        """Return these keys with the endpoint and region of others."""
        return replace(
            self,
            endpoint=former.endpoint,
            region=former.region,
            bucket_endpoints=former.bucket_endpoints,
        )


ANONYMOUS = Credentials("", "", source=Words("anonymous"), anonymous=True)


def checked(found: Credentials) -> Credentials:
    """Return credentials unchanged.

    Raises:
        UsageError: They are incomplete, or have characters that no key has.
    """
    for what, given in (
        (N_("access key id"), found.access_key_id),
        (N_("access key secret"), found.access_key_secret),
        (N_("security token"), found.security_token),
    ):
        if any(char.isspace() or not char.isprintable() or not char.isascii() for char in given):
            raise UsageError(
                _(
                    "the {what} from {source} contains a space, a line break or an invalid "
                    "character"
                ).format(what=_(what), source=said(found.source)),
                hint=_("copy it again, without quotes or line breaks"),
            )
    if needs_token(found.access_key_id) and not found.security_token:
        raise UsageError(
            _(
                "the access key id from {source} is a temporary one, but its security token "
                "is missing"
            ).format(source=said(found.source)),
            hint=_("set the token too, as OSS_SESSION_TOKEN in the environment"),
        )
    return found


def needs_token(access_key_id: str) -> bool:
    """Return whether a key is valid only together with a security token."""
    return access_key_id.startswith(_TEMPORARY)


def parse_expiry(text: str) -> datetime | None:
    """Return when keys expire, from any source's format: "2026-11-25T08:00:00Z" or Unix seconds.

    None if it is not a time, and for years that mean "never", such as 1 and 9999.
    """
    try:
        if text.isdecimal():
            found = datetime.fromtimestamp(int(text), UTC)
        else:
            found = datetime.fromisoformat(text)
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if _EARLIEST < found < _LATEST else None
