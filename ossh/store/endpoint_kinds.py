"""The kinds of OSS's endpoints: what a kind costs, where it leads, and its like in other regions.

Source: OSS documentation, "Regions and endpoints".
"""

import re
from enum import StrEnum

from ossh.errors import UsageError
from ossh.language import _
from ossh.store.endpoints import REGIONAL, normal_endpoint, normal_region, region_of, split_endpoint

# Domains below which anybody can have one: a top-level domain, or "com.cn" and the like.
_PUBLIC = r"[^.]*|(?:ac|co|com|edu|gov|net|org)\.[a-z]{2}"


class EndpointKind(StrEnum):
    """The endpoints that a region has, those that serve all of them, and a bucket's own."""

    PUBLIC = "public"
    INTERNAL = "internal"  # answers inside the region's network only
    DUAL_STACK = "dual-stack"  # over IPv6 too
    ACCELERATE = "accelerate"
    ACCELERATE_OVERSEAS = "accelerate-overseas"  # only for what is outside mainland China
    CNAME = "cname"  # a domain that is bound to the bucket; none of OSS's own


_FORMS = {
    EndpointKind.PUBLIC: "oss-{region}.aliyuncs.com",
    EndpointKind.INTERNAL: "oss-{region}-internal.aliyuncs.com",
    EndpointKind.DUAL_STACK: "{region}.oss.aliyuncs.com",
    EndpointKind.ACCELERATE: "oss-accelerate.aliyuncs.com",
    EndpointKind.ACCELERATE_OVERSEAS: "oss-accelerate-overseas.aliyuncs.com",
}
_ACCELERATED = frozenset({EndpointKind.ACCELERATE, EndpointKind.ACCELERATE_OVERSEAS})


class Road(StrEnum):
    """The network that bytes from an endpoint take, which decides what they cost."""

    INTERNAL = "internal"  # within Alibaba Cloud: free of charge
    PUBLIC = "public"  # over the internet: what leaves is billed
    ACCELERATED = "accelerated"  # over the internet, billed for acceleration as well
    UNKNOWN = "unknown"  # a domain of one's own, an address, another service


def road_of(endpoint: str) -> Road:
    """Return the network that bytes from an endpoint take.

    Source: OSS documentation, "Data transfer fees": inbound and internal traffic is free.
    """
    kind = kind_of(endpoint)
    if kind is None:
        return Road.UNKNOWN
    if kind in _ACCELERATED:
        return Road.ACCELERATED
    return Road.INTERNAL if kind is EndpointKind.INTERNAL else Road.PUBLIC


def may_be_closed(endpoint: str) -> bool:
    """Return whether new accounts cannot read data at an endpoint.

    Source: OSS documentation, "Access OSS through a custom domain name": since March 20, 2025, not
    at the public endpoints of regions in the Chinese mainland.
    """
    region = region_of(endpoint)
    is_mainland = region.startswith("cn-") and region != "cn-hongkong"
    return is_mainland and kind_of(endpoint) is EndpointKind.PUBLIC


def is_foreign(host: str) -> bool:
    """Return whether a host is not OSS's own: a custom domain, an address, another server."""
    return not host.endswith(".aliyuncs.com")


def may_redirect(given: str, named: str) -> bool:
    """Return whether signed requests may follow an answer to another endpoint.

    They may go to OSS's own endpoints; from any other endpoint that the user gave also to this
    machine and to hosts in that endpoint's domain. The answer may name an endpoint, or its host.
    """
    try:
        own, other = split_endpoint(given), split_endpoint(named)
    except UsageError:
        return False
    if other.host == own.host or is_official(named):
        return True
    if not is_foreign(own.host):
        return False
    if other.is_path_style:
        return other.is_loopback
    return not own.is_path_style and f".{other.host}".endswith(f".{_domain(own.host)}")


def _domain(host: str) -> str:
    """Return the domain that a host is in; the host itself where that is open to everybody."""
    parent = host.partition(".")[2]
    return host if re.fullmatch(_PUBLIC, parent.rstrip(".")) else parent


def is_official(endpoint: str) -> bool:
    """Return whether an endpoint is one of OSS's own, not just any host below aliyuncs.com."""
    host = split_endpoint(endpoint).host
    return host == "oss.aliyuncs.com" or re.fullmatch(REGIONAL, host) is not None


def kind_of(endpoint: str) -> EndpointKind | None:
    """Return the kind of an endpoint of OSS's own, None for any other host, even a bucket's."""
    host = split_endpoint(endpoint).host
    if is_foreign(host):
        return None
    if host in {_FORMS[kind] for kind in _ACCELERATED}:
        return EndpointKind.ACCELERATE_OVERSEAS if "overseas" in host else EndpointKind.ACCELERATE
    if "-internal." in host or host.startswith("vpc100-"):
        return EndpointKind.INTERNAL
    return EndpointKind.DUAL_STACK if host.endswith(".oss.aliyuncs.com") else EndpointKind.PUBLIC


def endpoint_for(region: str, kind: EndpointKind = EndpointKind.PUBLIC) -> str:
    """Return an endpoint of OSS's own in a region; those of transfer acceleration need no region.

    Raises:
        UsageError: That is not a region id.
    """
    if kind in _ACCELERATED:
        return f"https://{_FORMS[kind]}"
    known = normal_region(region)
    if "-" not in known:
        raise UsageError(
            _("{region!r} is not a region").format(region=region), hint=_("for example cn-hangzhou")
        )
    return f"https://{_FORMS[kind].format(region=known)}"


def equivalent_endpoint(endpoint: str, region: str, named: str) -> str:
    """Return the endpoint of a region that has the scheme and the kind of another endpoint.

    The service `named` a host, which is used where endpoints have no kinds, or the region is "".

    Raises:
        UsageError: `named` is not a host.
    """
    kind = kind_of(endpoint)
    if kind is not None and (region or kind in _ACCELERATED):
        named = split_endpoint(endpoint_for(region, kind)).netloc
    return normal_endpoint(f"{split_endpoint(endpoint).scheme}://{named}")


def service_endpoint(endpoint: str, region: str) -> str:
    """Return the endpoint for requests to the service itself: acceleration serves only buckets.

    Source: OSS documentation, "Transfer acceleration", limits.
    """
    if kind_of(endpoint) not in _ACCELERATED:
        return endpoint
    plain = split_endpoint(endpoint_for(region)).netloc
    return f"{split_endpoint(endpoint).scheme}://{plain}"
