"""A demo server over TLS, with a certificate that nobody vouches for by default."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ossh.demo import DemoServer, certificates
from ossh.demo.impostor import server_context
from tests.integration.middleman import behind_tls


@contextmanager
def tls_before(server: DemoServer, folder: Path) -> Iterator[str]:
    """Give an endpoint of the server; the bundle `tls.pem` in the folder vouches for it."""
    (folder / "tls.pem").write_text(certificates.AUTHORITY.read_text())
    with behind_tls(server, server_context(certificates.GOOD)) as endpoint:
        yield endpoint
