"""Whose certificates count: the bundle that was named, or our own, and what the system trusts.

Companies that inspect TLS put their authority into the system. Windows' authorities are added to
the bundle, in a file of our own: libcurl keeps what it has read of a file for later connections,
but reads what it fetches from the system again for each, which takes longer than the rest of a
handshake. macOS is asked by libcurl itself, which does so for a certificate that the bundle does
not vouch for.
"""

import atexit
import os
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import certifi
import pycurl

from ossh import patient
from ossh.model import CA_BUNDLE_VARIABLES, Route

_PREFIX = "ossh-authorities-"  # of our own file
_FOR_SERVERS = "1.3.6.1.5.5.7.3.1"  # RFC 5280, id-kp-serverAuth


def set_authorities(curl: pycurl.Curl, route: Route) -> None:
    """Have a handle believe certificates that count, and no others, of servers and of proxies.

    A bundle that cannot be read vouches for nobody: libcurl refuses to connect.
    """
    path = bundle(route)
    for option in (pycurl.CAINFO, pycurl.PROXY_CAINFO):
        curl.setopt(option, os.fsencode(path))  # of text, pycurl takes ASCII only
    for option in (pycurl.SSL_OPTIONS, pycurl.PROXY_SSL_OPTIONS):
        curl.setopt(option, tls_options(path, sys.platform))


def bundle(route: Route) -> str:
    """Return the path of the bundle: of the route, of the environment, or our own."""
    named = (os.environ.get(name) for name in CA_BUNDLE_VARIABLES)
    chosen = route.ca_bundle or next(filter(None, named), certifi.where())
    return joined(chosen, system_roots())


def tls_options(path: str, platform: str) -> int:
    """Return what lets libcurl ask the system; for a bundle that can be read, and not instead."""
    asks = platform == "darwin" and _is_bundle(path, *_version(path))
    return int(pycurl.SSLOPT_NATIVE_CA) if asks else 0


@cache
def system_roots() -> str:
    """Return the authorities that Windows trusts for servers, in PEM; "" on other systems."""
    if sys.platform != "win32":
        return ""
    import ssl  # noqa: PLC0415 - slow to import; on Linux libcurl needs none of it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for certificate, encoding, purposes in ssl.enum_certificates("ROOT"):
        is_for_servers = purposes if isinstance(purposes, bool) else _FOR_SERVERS in purposes
        if is_for_servers and encoding == "x509_asn":
            with suppress(ssl.SSLError):  # one that OpenSSL cannot read would spoil the file
                context.load_verify_locations(cadata=certificate)
    return "".join(map(ssl.DER_cert_to_PEM_cert, context.get_ca_certs(binary_form=True)))


def joined(path: str, roots: str) -> str:
    """Return the path of a bundle that also has other certificates, in PEM.

    That of the bundle itself if there are no others, or it cannot be read.
    """
    return _joined(path, *_version(path), roots) if roots else path


def remove_left(folder: Path) -> None:
    """Remove the bundles that killed processes left in a folder; no other process has them open."""
    for bundle_of_nobody in folder.glob(f"{_PREFIX}*.pem"):
        patient.discard(bundle_of_nobody)


def _version(path: str) -> tuple[int, int]:
    """Return what changes when a file does; a file that is missing has (0, 0)."""
    try:
        found = Path(path).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@cache
def _is_bundle(path: str, _time: int, _size: int) -> bool:
    import ssl  # noqa: PLC0415 - as above

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # among them is SSLError: there is no certificate in it
        return False
    return True


@cache
def _joined(path: str, time: int, size: int, roots: str) -> str:
    if not _is_bundle(path, time, size):
        return path
    if sys.platform == "win32":  # where one that is in use cannot be removed
        remove_left(Path(tempfile.gettempdir()))
    # Open until the end, so that nothing on Windows takes it for litter.
    file = tempfile.NamedTemporaryFile(prefix=_PREFIX, suffix=".pem", delete=False)  # noqa: SIM115
    file.write(Path(path).read_bytes() + b"\n" + roots.encode("ascii"))
    file.flush()
    atexit.register(patient.discard, file.name)
    atexit.register(file.close)  # this one is called first
    return file.name
