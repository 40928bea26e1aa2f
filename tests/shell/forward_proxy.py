"""A real forward proxy on loopback: tunnels (CONNECT) and plain requests, perhaps with a login."""

import base64
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_LARGEST_HEAD = 65536


@dataclass
class ForwardProxy:
    """What it demands, and what it was asked for."""

    url: str = ""
    login: str = ""  # USER:PASSWORD; "" demands none
    refuses: int = 0  # a status it answers everything with; 0 for none
    hosts: dict[str, tuple[str, int]] = field(default_factory=dict)  # names that it alone knows
    asked: list[str] = field(default_factory=list)  # "CONNECT host:port", "GET http://…"

    @property
    def tunnels(self) -> list[str]:
        """Return where tunnels were wanted to."""
        return [line.split()[1] for line in self.asked if line.startswith("CONNECT ")]

    @property
    def plain(self) -> list[str]:
        """Return the requests that were not for a tunnel."""
        return [line for line in self.asked if not line.startswith("CONNECT ")]

    def refusal(self, head: str) -> str:
        """Return the answer to who may not pass; "" to who may."""
        if self.refuses:
            return f"HTTP/1.1 {self.refuses} Refused\r\nContent-Length: 0\r\n\r\n"
        token = base64.b64encode(self.login.encode()).decode()
        if self.login and f"proxy-authorization: basic {token}".lower() not in head.lower():
            return (
                "HTTP/1.1 407 Proxy Authentication Required\r\n"
                'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
            )
        return ""

    def address(self, host: str, default_port: int) -> tuple[str, int]:
        """Return where a host is."""
        name, _, port = host.partition(":")
        return self.hosts.get(name, (name, int(port or default_port)))


@contextmanager
def forward_proxy(login: str = "") -> Iterator[ForwardProxy]:
    """Run a proxy as long as the block lasts."""
    proxy = ForwardProxy(login=login)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _serve(proxy, self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield proxy
        server.shutdown()


def _serve(proxy: ForwardProxy, client: socket.socket) -> None:
    """Serve one connection: one tunnel, or plain requests that each ask for no more."""
    while head := _head(client):
        first, _, rest = head.decode("latin-1").partition("\r\n")
        method, target, _ = first.split(" ", 2)
        proxy.asked.append(f"{method} {target}")
        if refusal := proxy.refusal(rest):
            client.sendall(refusal.encode())
        elif method == "CONNECT":
            _tunnel(proxy.address(target, 443), client)
            return
        else:
            host, _, path = target.removeprefix("http://").partition("/")
            lines = [one for one in rest.split("\r\n") if not one.lower().startswith("proxy-")]
            request = "\r\n".join([f"{method} /{path} HTTP/1.1", "Connection: close", *lines])
            with socket.create_connection(proxy.address(host, 80)) as upstream:
                upstream.sendall(request.encode("latin-1"))
                pump(upstream, client)
            return


def _tunnel(address: tuple[str, int], client: socket.socket) -> None:
    with socket.create_connection(address) as upstream:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=pump, args=(upstream, client), daemon=True)
        back.start()
        pump(client, upstream)
        back.join()


def _head(client: socket.socket) -> bytes:
    """Return a request's head, with its empty line; b"" when there is none any more."""
    data = b""
    while not data.endswith(b"\r\n\r\n") and len(data) < _LARGEST_HEAD:
        more = client.recv(65536)
        if not more:
            return b""
        data += more
    return data


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Hand on all that one side says, and that it has ended."""
    with suppress(OSError):
        while block := source.recv(65536):
            sink.sendall(block)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
