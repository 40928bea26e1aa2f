"""The libcurl that is here: what it is made of, and whether it can read its CA bundle."""

import socket
import ssl
from contextlib import suppress
from threading import Thread

import certifi
import pycurl

from ossh.errors import LocalError
from ossh.language import _
from ossh.network.http import Http, failure_of

_SECONDS = 10  # far more than a handshake on loopback takes
_HANDSHAKE_FAILURE = bytes.fromhex("15 0303 0002 02 28")  # a fatal alert (RFC 8446, 5.1 and 6)


def version() -> str:
    """Return what libcurl is made of: "libcurl/8.17.0 OpenSSL/3.6.0 zlib/1.3.1 …"."""
    return str(pycurl.version).partition(" ")[2]


def authorities() -> int:
    """Return how many authorities the CA bundle holds that comes with ossh."""
    return len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs())


def read_authorities(http: Http) -> None:
    """Let libcurl begin to speak TLS to a server on loopback that will have none of it.

    To do so it has to read whom it is to trust.

    Raises:
        LocalError: It cannot.
    """
    curl = http.handle()
    with socket.create_server(("127.0.0.1", 0)) as server:
        refusing = Thread(target=_refuse, args=(server,), daemon=True)
        refusing.start()
        curl.setopt(pycurl.URL, f"https://127.0.0.1:{server.getsockname()[1]}")
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.TIMEOUT, _SECONDS)
        try:
            curl.perform()
        except pycurl.error as error:
            if error.args[0] != pycurl.E_SSL_CONNECT_ERROR:
                reason = failure_of(error).message
                message = _("libcurl cannot use the CA bundle: {reason}").format(reason=reason)
                raise LocalError(message) from error
        finally:
            curl.close()
            refusing.join(_SECONDS)


def _refuse(server: socket.socket) -> None:
    with suppress(OSError):
        server.settimeout(_SECONDS)
        peer, _ = server.accept()
        with peer:
            peer.settimeout(_SECONDS)
            peer.recv(65536)
            peer.sendall(_HANDSHAKE_FAILURE)
