"""How far one gets towards an endpoint: name, connection, certificate; without asking anything."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pycurl

from ossh.model import Failure
from ossh.network.http import Http, failure_of


@dataclass(frozen=True, slots=True)
class Reached:
    """A connection that was made, and closed again."""

    address: str  # of the endpoint, or of the proxy before it
    by_proxy: bool
    lookup_seconds: float
    connect_seconds: float  # the name's lookup not counted
    tls_seconds: float  # 0.0 without TLS
    issuer: str = ""  # who vouches for the certificate; "" without TLS
    expires: datetime | None = None  # the certificate; aware


def reach(http: Http, origin: str) -> Reached | Failure:
    """Connect to an endpoint as a download does: same proxy, same certificates.

    Args:
        http: Whose settings count.
        origin: `scheme://host[:port]`.
    """
    curl = http.handle()
    try:
        curl.setopt(pycurl.URL, origin)
        curl.setopt(pycurl.CONNECT_ONLY, 1)
        curl.setopt(pycurl.HTTPPROXYTUNNEL, 1)
        curl.setopt(pycurl.OPT_CERTINFO, 1)
        curl.perform()
        return _reached(curl)
    except pycurl.error as error:
        return failure_of(error)
    finally:
        curl.close()


def stranger(http: Http, origin: str) -> str:
    """Return who issued a certificate that is not trusted; "" when that cannot be told.

    Nothing is sent over such a connection.
    """
    curl = http.handle()
    try:
        curl.setopt(pycurl.URL, origin)
        curl.setopt(pycurl.CONNECT_ONLY, 1)
        curl.setopt(pycurl.HTTPPROXYTUNNEL, 1)
        curl.setopt(pycurl.OPT_CERTINFO, 1)
        curl.setopt(pycurl.SSL_VERIFYPEER, 0)
        curl.setopt(pycurl.SSL_VERIFYHOST, 0)
        curl.perform()
        return _reached(curl).issuer
    except pycurl.error:
        return ""
    finally:
        curl.close()


def _reached(curl: pycurl.Curl) -> Reached:
    lookup, connect = curl.getinfo(pycurl.NAMELOOKUP_TIME), curl.getinfo(pycurl.CONNECT_TIME)
    secure = curl.getinfo(pycurl.APPCONNECT_TIME)
    chain = curl.getinfo(pycurl.INFO_CERTINFO)
    fields = dict(chain[0]) if chain else {}
    return Reached(
        address=curl.getinfo(pycurl.PRIMARY_IP),
        by_proxy=bool(curl.getinfo(pycurl.USED_PROXY)),
        lookup_seconds=lookup,
        connect_seconds=max(0.0, connect - lookup),
        tls_seconds=max(0.0, secure - connect) if secure else 0.0,
        issuer=issuer_of(fields.get("Issuer", "")),
        expires=moment_of(fields.get("Expire date", "")),
    )


def issuer_of(name: str) -> str:
    """Return who a distinguished name names: "C = BE, O = GlobalSign, CN = …" is GlobalSign."""
    parts = {
        key.strip(): value.strip()
        for key, _, value in (part.partition("=") for part in name.split(","))
    }
    return parts.get("O") or parts.get("CN") or name


def moment_of(text: str) -> datetime | None:
    """Return a date as libcurl writes it, "Nov 25 08:00:00 2026 GMT"."""
    try:
        found = datetime.strptime(text, "%b %d %H:%M:%S %Y %Z")  # noqa: DTZ007 - GMT, set below
    except ValueError:
        return None
    return found.replace(tzinfo=UTC)
