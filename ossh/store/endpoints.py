"""Endpoints, regions and bucket names: which are valid, and how they are written.

Source: OSS documentation, "Regions and endpoints" and "Bucket naming conventions".
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from ossh.errors import UsageError
from ossh.language import Words, _
from ossh.model import value

# Plain texts, as few commands need more than one or two of them.
_BUCKET = r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]"
_HOST = r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?"
_REGION = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# What people write where an endpoint is asked for: cn-hangzhou, oss-cn-hangzhou.
_REGION_ALONE = r"(?:oss-)?((?:cn|ap|us|eu|me|na|rg|sa|af)-[a-z0-9-]+)"
REGIONAL = (
    # public, or inside a VPC
    r"(?:vpc100-)?oss-(?!data-acc\.)([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com"
    r"|([a-z0-9-]+?)(?:-internal)?\.oss\.aliyuncs\.com"  # dual stack
    # the accelerator of a region, or of one of its zones: cn-hangzhou-j, ap-southeast-1c
    r"|([a-z0-9-]+?)(?:-[a-z]|(?<=[0-9])[a-z])?-internal\.oss-data-acc\.aliyuncs\.com"
)
_WITH_BUCKET = rf"(?P<bucket>[a-z0-9-]+)\.(?P<endpoint>{REGIONAL})"
_USUAL_PORTS = {"http": 80, "https": 443}
_GLOBAL = frozenset({"accelerate", "accelerate-overseas"})
_EXAMPLE = Words("for example https://oss-cn-hangzhou.aliyuncs.com")


@value
class Endpoint:
    """A checked endpoint, taken apart."""

    scheme: str  # http or https
    host: str  # lower case; an IPv6 address without its brackets
    netloc: str  # host and port as they stand in a URL and in a Host header: no usual port

    @property
    def is_path_style(self) -> bool:
        """Return whether the bucket goes into the path: for an IP address and for localhost."""
        return self.host == "localhost" or _address(self.host) is not None

    @property
    def is_loopback(self) -> bool:
        address = _address(self.host)
        return self.host == "localhost" or (address is not None and address.is_loopback)


def normal_endpoint(text: str) -> str:
    """Return an endpoint as `scheme://host[:port]`; https where no scheme is given.

    Raises:
        UsageError: The text has a path, a bucket or another scheme, or is only a region.
    """
    address = split_endpoint(text)
    return f"{address.scheme}://{address.netloc}"


def split_endpoint(text: str) -> Endpoint:
    """Check an endpoint and return its parts.

    Raises:
        UsageError: As for `normal_endpoint`.
    """
    written = text.strip()
    if not written:
        raise UsageError(_("the endpoint is empty"), hint=_EXAMPLE)
    if alone := re.fullmatch(_REGION_ALONE, written.lower()):
        region = alone.group(1)
        raise UsageError(
            _("{written!r} is a region, not an endpoint").format(written=written),
            hint=_(
                "use the region {region}, or the endpoint https://oss-{region}.aliyuncs.com"
            ).format(region=region),
        )
    parts, port = _parse(written)
    _refuse_extras(parts)
    host = _checked_host(written, parts.hostname or "")
    if extra := re.fullmatch(_WITH_BUCKET, host):
        bucket, endpoint = extra.group("bucket", "endpoint")
        raise UsageError(
            _("the endpoint {written!r} contains the bucket").format(written=written),
            hint=_("use the endpoint {scheme}://{endpoint} and the bucket {bucket}").format(
                scheme=parts.scheme, endpoint=endpoint, bucket=bucket
            ),
        )
    shown = f"[{host}]" if ":" in host else host
    is_usual = port in {None, _USUAL_PORTS[parts.scheme]}
    return Endpoint(parts.scheme, host, shown if is_usual else f"{shown}:{port}")


def _parse(written: str) -> tuple[SplitResult, int | None]:
    """Return an endpoint as URL, https where no scheme is given, and its port."""
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


def _refuse_extras(parts: SplitResult) -> None:
    """Raise when an endpoint carries more than a scheme, a host and a port."""
    host = parts.netloc.rpartition("@")[2]
    if host != parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        hint = _("use the endpoint {plain}, and name the bucket separately: oss://BUCKET/PREFIX")
        raise UsageError(  # which is never echoed: it may have a password, or a signature
            _("an endpoint has no user name, no path and no query"),
            hint=hint.format(plain=f"{parts.scheme}://{host}"),
        )


def _checked_host(written: str, host: str) -> str:
    """Return a host name in ASCII, or an IP address; raise when it can be neither."""
    if (address := _address(host)) is not None:
        return str(address)
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise _no_endpoint(written) from None
    if not re.fullmatch(_HOST, ascii_host):
        raise _no_endpoint(written)
    return ascii_host


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _no_endpoint(written: str) -> UsageError:
    shown = re.sub(r"[^/?#]*@|[?#].*", "…", written, flags=re.DOTALL)  # no password, no signature
    return UsageError(_("{shown!r} is not an endpoint").format(shown=shown), hint=_EXAMPLE)


def normal_region(text: str) -> str:
    """Return a region id as signatures need it: `cn-hangzhou`, also for `oss-cn-hangzhou`.

    Raises:
        UsageError: The text is not a region id.
    """
    region = text.strip().lower()
    if region and not re.fullmatch(_REGION, region):
        raise UsageError(
            _("{text!r} is not a region").format(text=text), hint=_("for example cn-hangzhou")
        )
    return region.removeprefix("oss-")


def region_of(endpoint: str) -> str:
    """Return the region id that an endpoint names, or "" when it names none.

    Acceleration endpoints, custom domains and addresses do not tell a bucket's region.
    """
    host = endpoint.strip().lower().rpartition("://")[2].partition("/")[0].partition(":")[0]
    match = re.fullmatch(REGIONAL, host)
    if match is None:
        return ""
    region = str(next(filter(None, match.groups())))
    return "" if region in _GLOBAL else region


def checked_bucket(name: str) -> str:
    """Return a bucket name unchanged.

    Raises:
        UsageError: OSS allows no such name.
    """
    if not re.fullmatch(_BUCKET, name):
        raise UsageError(
            _("{name!r} is not a bucket name").format(name=name),
            hint=_(
                "a bucket name has 3 to 63 characters: a-z, 0-9 and '-', but no '-' at either end"
            ),
        )
    return name
