"""How far a connection to an endpoint gets: name lookup, TCP, TLS. No request is sent."""

import ssl
from datetime import datetime

import pycurl

from ossh.model import Failure, value
from ossh.network.http import Http
from ossh.network.transport_errors import failure_of
from ossh.units import moment_at


@value
class Reached:
    """A connection that was made, and closed again."""

    address: str  # of the endpoint, or of the proxy before it
    by_proxy: bool
    lookup_seconds: float  # of the name
    connect_seconds: float  # without the lookup
    issuer: str = ""  # of the certificate; "" without TLS
    expires: datetime | None = None  # the certificate; aware


def reach(http: Http, origin: str, *, trusts_all: bool = False) -> Reached | Failure:
    """Connect to an endpoint as a download does: same proxy, same certificates.

    The origin is `scheme://host[:port]`. Nothing is sent, least of all where everybody is trusted.
    """
    curl = http.connector(origin)
    curl.setopt(pycurl.OPT_CERTINFO, 1)
    if trusts_all:
        curl.setopt(pycurl.SSL_VERIFYPEER, 0)
        curl.setopt(pycurl.SSL_VERIFYHOST, 0)
    try:
        curl.perform()
        lookup, connect = curl.getinfo(pycurl.NAMELOOKUP_TIME), curl.getinfo(pycurl.CONNECT_TIME)
        chain = curl.getinfo(pycurl.INFO_CERTINFO)
        fields = dict(chain[0]) if chain else {}
        return Reached(
            address=curl.getinfo(pycurl.PRIMARY_IP),
            by_proxy=bool(curl.getinfo(pycurl.USED_PROXY)),
            lookup_seconds=lookup,
            connect_seconds=max(0.0, connect - lookup),
            issuer=issuer_of(fields.get("Issuer", "")),
            expires=expiry_of(fields.get("Expire date", "")),
        )
    except pycurl.error as error:
        return failure_of(error, http.route.proxy)
    finally:
        curl.close()


def untrusted_issuer(http: Http, origin: str) -> str:
    """Return who issued a certificate that is not trusted; "" when that cannot be told."""
    found = reach(http, origin, trusts_all=True)
    return "" if isinstance(found, Failure) else found.issuer


def issuer_of(name: str) -> str:
    """Return the organization in a distinguished name: "C = BE, O = GlobalSign, CN = …"."""
    parts = {
        key.strip(): value.strip()
        for key, _, value in (part.partition("=") for part in name.split(","))
    }
    return parts.get("O") or parts.get("CN") or name


def expiry_of(text: str) -> datetime | None:
    """Return a date as libcurl writes it, "Nov 25 08:00:00 2026 GMT"."""
    try:
        return moment_at(ssl.cert_time_to_seconds(text))
    except ValueError:
        return None
