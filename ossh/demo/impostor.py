"""A server on loopback that shows whoever connects one certificate, and notes what it is sent."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from ossh.demo.certificates import KEY

_SECONDS = 10.0  # far more than a handshake on loopback takes
_ANSWER = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Impostor:
    """Serves one connection after the other, in a thread, until it is closed.

    The key of the certificate that it shows must be `KEY`.
    """

    def __init__(self, certificate: Path) -> None:
        self.received = b""  # by all connections together, decrypted: complete after `close`
        self._context = server_context(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._last: object = None  # the address that ends it
        self._thread = threading.Thread(target=self._serve, name="impostor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve those who have connected, and nobody after them."""
        with socket.socket() as last:
            last.bind(("127.0.0.1", 0))
            self._last = last.getsockname()
            last.connect(self._listener.getsockname())
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        address = None
        while address is None or address != self._last:
            peer, address = self._listener.accept()
            peer.settimeout(_SECONDS)
            with peer, suppress(OSError):
                self._answer(peer)

    def _answer(self, peer: socket.socket) -> None:
        with self._context.wrap_socket(peer, server_side=True) as inner:
            while block := inner.recv(65536):
                self.received += block
                if b"\r\n\r\n" in self.received:
                    inner.sendall(_ANSWER)
                    return


def server_context(certificate: Path) -> ssl.SSLContext:
    """Return what a server needs to show one of the certificates that have `KEY`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # who comes again with a ticket is shown no certificate
    context.load_cert_chain(certificate, KEY)
    return context
