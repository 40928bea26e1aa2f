"""Endpoints, regions and bucket names: what is acceptable, and what follows from what.

Source: OSS documentation, "Regions and endpoints" and "Bucket naming conventions".
"""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from ossh.errors import UsageError
from ossh.language import Words, _

_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]", re.ASCII)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
# What people write where an endpoint is asked for: cn-hangzhou, oss-cn-hangzhou.
_REGION_ALONE = re.compile(r"(?:oss-)?((?:cn|ap|us|eu|me|na|rg|sa|af)-[a-z0-9-]+)", re.ASCII)
_REGIONAL = re.compile(
    r"(?:vpc100-)?oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com"  # public, or inside a VPC
    r"|([a-z0-9-]+?)(?:-internal)?\.oss\.aliyuncs\.com",  # dual stack
    re.ASCII,
)
_WITH_BUCKET = re.compile(
    r"([a-z0-9-]+)\.((?:vpc100-)?oss-[a-z0-9-]+\.aliyuncs\.com|[a-z0-9-]+\.oss\.aliyuncs\.com)",
    re.ASCII,
)
# Domains below which anybody can have one: a top-level domain, or "com.cn" and the like.
_PUBLIC = re.compile(r"[^.]*|(?:ac|co|com|edu|gov|net|org)\.[a-z]{2}", re.ASCII)
_USUAL_PORTS = {"http": 80, "https": 443}
_GLOBAL = frozenset({"accelerate", "accelerate-overseas"})
_EXAMPLE = Words("for example https://oss-cn-hangzhou.aliyuncs.com")


@dataclass(frozen=True, slots=True)
class Address:
    """A checked endpoint, taken apart."""

    scheme: str  # http or https
    host: str  # lower case; an IPv6 address without its brackets
    netloc: str  # host and port as they stand in a URL and in a Host header: no usual port

    @property
    def is_path_style(self) -> bool:
        """Tell whether the bucket goes into the path: for an IP address and for localhost."""
        if self.host == "localhost":
            return True
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True

    @property
    def is_loopback(self) -> bool:
        """Tell whether it is this machine."""
        if self.host == "localhost":
            return True
        return self.is_path_style and ipaddress.ip_address(self.host).is_loopback


class Kind(StrEnum):
    """The endpoints that a region has, and those that serve all of them."""

    PUBLIC = "public"
    INTERNAL = "internal"  # answers inside the region's network only
    DUAL_STACK = "dual-stack"  # over IPv6 too
    ACCELERATE = "accelerate"
    ACCELERATE_OVERSEAS = "accelerate-overseas"  # only for what is outside mainland China


_FORMS = {
    Kind.PUBLIC: "oss-{region}.aliyuncs.com",
    Kind.INTERNAL: "oss-{region}-internal.aliyuncs.com",
    Kind.DUAL_STACK: "{region}.oss.aliyuncs.com",
    Kind.ACCELERATE: "oss-accelerate.aliyuncs.com",
    Kind.ACCELERATE_OVERSEAS: "oss-accelerate-overseas.aliyuncs.com",
}
_ACCELERATED = frozenset({Kind.ACCELERATE, Kind.ACCELERATE_OVERSEAS})


class Road(StrEnum):
    """By which way the bytes of an endpoint come, which decides what they cost."""

    INTERNAL = "internal"  # within Alibaba Cloud: free of charge
    PUBLIC = "public"  # over the internet: what leaves is billed
    ACCELERATED = "accelerated"  # over the internet, billed for acceleration as well
    UNKNOWN = "unknown"  # a domain of one's own, an address, another service


def normal_endpoint(text: str) -> str:
    """Return an endpoint as `scheme://host[:port]`; https unless http was written.

    Raises:
        UsageError: The text is no endpoint: a path, a bucket, a region alone, another scheme.
    """
    address = split_endpoint(text)
    return f"{address.scheme}://{address.netloc}"


def split_endpoint(text: str) -> Address:
    """Return the checked parts of an endpoint.

    Raises:
        UsageError: As for `normal_endpoint`.
    """
    written = text.strip()
    if not written:
        raise UsageError(_("the endpoint is empty"), hint=_EXAMPLE)
    if alone := _REGION_ALONE.fullmatch(written.lower()):
        region = alone.group(1)
        raise UsageError(
            _("{written!r} is a region, not an endpoint").format(written=written),
            hint=_(
                "use the region {region}, or the endpoint https://oss-{region}.aliyuncs.com"
            ).format(region=region),
        )
    parts, port = _parse(written)
    _refuse_extras(written, parts)
    host = _checked_host(written, parts.hostname or "")
    if extra := _WITH_BUCKET.fullmatch(host):
        bucket, endpoint = extra.groups()
        raise UsageError(
            _("the endpoint {written!r} contains the bucket").format(written=written),
            hint=_("use the endpoint {scheme}://{endpoint} and the bucket {bucket}").format(
                scheme=parts.scheme, endpoint=endpoint, bucket=bucket
            ),
        )
    shown = f"[{host}]" if ":" in host else host
    is_usual = port in {None, _USUAL_PORTS[parts.scheme]}
    return Address(parts.scheme, host, shown if is_usual else f"{shown}:{port}")


def _parse(written: str) -> tuple[SplitResult, int | None]:
    """Return the parts of an endpoint as URL, https when no scheme is written, and its port."""
    try:
        parts = urlsplit(written if "://" in written else f"https://{written}")
        port = parts.port
    except ValueError:
        raise _no_endpoint(written) from None
    if parts.scheme not in {"http", "https"}:
        raise UsageError(
            _("an endpoint starts with https:// or http://, not {scheme}://").format(
                scheme=parts.scheme
            ),
            hint=_EXAMPLE,
        )
    return parts, port


def _refuse_extras(written: str, parts: SplitResult) -> None:
    """Raise when an endpoint carries more than a scheme, a host and a port."""
    host = parts.netloc.rpartition("@")[2]
    plain = f"{parts.scheme}://{host}"
    if "@" in parts.netloc:  # never echoed: it may be a password
        raise UsageError(
            _("the endpoint contains a user name"), hint=_("use {plain}").format(plain=plain)
        )
    if parts.query or parts.fragment:  # nor this: it may be a signature
        raise UsageError(
            _("the endpoint contains a query"), hint=_("use {plain}").format(plain=plain)
        )
    if parts.path.strip("/"):
        raise UsageError(
            _("the endpoint {written!r} contains a path").format(written=written),
            hint=_(
                "use the endpoint {plain}, and name the bucket separately: oss://BUCKET/PREFIX"
            ).format(plain=plain),
        )


def _checked_host(written: str, host: str) -> str:
    """Return a host name in ASCII, or an IP address; raise when it can be neither."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise _no_endpoint(written) from None
    if not _HOST.fullmatch(ascii_host):
        raise _no_endpoint(written)
    return ascii_host


def _no_endpoint(written: str) -> UsageError:
    shown = re.sub(r"[^/?#]*@|[?#].*", "…", written, flags=re.DOTALL)  # no password, no signature
    return UsageError(_("{shown!r} is not an endpoint").format(shown=shown), hint=_EXAMPLE)


def normal_region(text: str) -> str:
    """Return a region id as signatures want it: `cn-hangzhou`, also for `oss-cn-hangzhou`.

    Raises:
        UsageError: The text cannot be a region id.
    """
    region = text.strip().lower()
    if ".aliyuncs.com" in region:
        raise UsageError(
            _("{text!r} is an endpoint, not a region").format(text=text),
            hint=_("the region is {name}").format(
                name=region_of(region) or _("a name such as cn-hangzhou")
            ),
        )
    if region and not _REGION.fullmatch(region):
        raise UsageError(
            _("{text!r} is not a region").format(text=text), hint=_("for example cn-hangzhou")
        )
    return region.removeprefix("oss-")


def region_of(endpoint: str) -> str:
    """Return the region id that an endpoint names, or "" when it names none.

    Acceleration endpoints, custom domains and addresses do not tell a bucket's region.
    """
    host = endpoint.strip().lower().rpartition("://")[2].partition("/")[0].partition(":")[0]
    match = _REGIONAL.fullmatch(host)
    if match is None:
        return ""
    region = str(match.group(1) or match.group(2))
    return "" if region in _GLOBAL else region


def road_of(endpoint: str) -> Road:
    """Return by which way bytes come from an endpoint.

    Source: OSS documentation, "Data transfer fees": inbound and internal traffic is free.
    """
    kind = kind_of(endpoint)
    if kind is None:
        return Road.UNKNOWN
    if kind in _ACCELERATED:
        return Road.ACCELERATED
    return Road.INTERNAL if kind is Kind.INTERNAL else Road.PUBLIC


def may_be_closed(endpoint: str) -> bool:
    """Tell whether an endpoint is closed to the data of new accounts.

    Source: OSS documentation, "Access OSS through a custom domain name": since March 20, 2025 the
    public endpoints of regions of the Chinese mainland are.
    """
    region = region_of(endpoint)
    is_mainland = region.startswith("cn-") and region != "cn-hongkong"
    return is_mainland and kind_of(endpoint) is Kind.PUBLIC


def is_foreign(host: str) -> bool:
    """Tell whether a host is not one of OSS's own: a custom domain, an address, another server."""
    return not host.endswith(".aliyuncs.com")


def may_lead(given: str, named: str) -> bool:
    """Tell whether requests may go where an answer sends them, signatures and all.

    They may go to OSS's own endpoints; from an endpoint that is none of them also to this machine,
    and to the domain that the endpoint is in.

    Args:
        given: The endpoint that the user gave.
        named: The endpoint, or its host, that the answer names.
    """
    try:
        own, other = split_endpoint(given), split_endpoint(named)
    except UsageError:
        return False
    if other.host == own.host or is_own(named):
        return True
    if not is_foreign(own.host):
        return False
    if other.is_path_style:
        return other.is_loopback
    return not own.is_path_style and f".{other.host}".endswith(f".{_domain(own.host)}")


def _domain(host: str) -> str:
    """Return the domain that a host is in; the host itself where that is open to everybody."""
    parent = host.partition(".")[2]
    return host if _PUBLIC.fullmatch(parent.rstrip(".")) else parent


def is_own(endpoint: str) -> bool:
    """Tell whether an endpoint is OSS's own; not so is a host of others below aliyuncs.com."""
    host = split_endpoint(endpoint).host
    return host == "oss.aliyuncs.com" or _REGIONAL.fullmatch(host) is not None


def is_loopback(endpoint: str) -> bool:
    """Tell whether an endpoint is on this machine."""
    return split_endpoint(endpoint).is_loopback


def kind_of(endpoint: str) -> Kind | None:
    """Return which kind of OSS's own endpoints one is, None for any other host."""
    host = split_endpoint(endpoint).host
    if is_foreign(host):
        return None
    if host in {_FORMS[kind] for kind in _ACCELERATED}:
        return Kind.ACCELERATE_OVERSEAS if "overseas" in host else Kind.ACCELERATE
    if "-internal." in host or host.startswith("vpc100-"):
        return Kind.INTERNAL
    return Kind.DUAL_STACK if host.endswith(".oss.aliyuncs.com") else Kind.PUBLIC


def endpoint_for(region: str, kind: Kind = Kind.PUBLIC) -> str:
    """Return an endpoint of a region.

    Args:
        region: The region id; those of transfer acceleration need none.
        kind: Which of its endpoints.

    Raises:
        UsageError: The region cannot be one.
    """
    if kind in _ACCELERATED:
        return f"https://{_FORMS[kind]}"
    known = normal_region(region)
    if "-" not in known:
        raise UsageError(
            _("{region!r} is not a region").format(region=region), hint=_("for example cn-hangzhou")
        )
    return f"https://{_FORMS[kind].format(region=known)}"


def kindred(endpoint: str, region: str, named: str) -> str:
    """Return the endpoint of a region that is of the same kind as another endpoint.

    Args:
        endpoint: The other one; the scheme is its too.
        region: The region, "" when it is not known.
        named: The host that was named for it, used where there are no kinds.

    Raises:
        UsageError: What was named is no host.
    """
    kind = kind_of(endpoint)
    if kind is not None and (region or kind in _ACCELERATED):
        named = split_endpoint(endpoint_for(region, kind)).netloc
    return normal_endpoint(f"{split_endpoint(endpoint).scheme}://{named}")


def service_endpoint(endpoint: str, region: str) -> str:
    """Return where the service itself is asked: acceleration serves buckets only.

    Source: OSS documentation, "Transfer acceleration", limits.
    """
    if kind_of(endpoint) not in _ACCELERATED:
        return endpoint
    plain = split_endpoint(endpoint_for(region)).netloc
    return f"{split_endpoint(endpoint).scheme}://{plain}"


def checked_bucket(name: str) -> str:
    """Return a bucket's name unchanged.

    Raises:
        UsageError: OSS has no bucket of such a name.
    """
    if not _BUCKET.fullmatch(name):
        raise UsageError(
            _("{name!r} is not a bucket name").format(name=name),
            hint=_(
                "a bucket name has 3 to 63 characters: a-z, 0-9 and '-', but no '-' at either end"
            ),
        )
    return name
