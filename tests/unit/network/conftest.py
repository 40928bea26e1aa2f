"""Servers for one test, and an environment without proxies."""

from collections.abc import Callable, Iterator

import pytest

from ossh.network import Http, Timeouts
from tests.unit.network.peer import Peer, peer

__all__ = ["peer"]  # a fixture

_SETTINGS = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the proxies and certificates of whoever runs the tests out of them."""
    for name in (*_SETTINGS, *map(str.upper, _SETTINGS), *_CERTIFICATES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def http(peer: Callable[..., Peer]) -> Iterator[Http]:
    """Return settings of the network, short of patience; `peer` first, so that it ends last."""
    del peer
    made = Http(Timeouts(connect=5.0, stall=1.0, stall_bytes=1024))
    yield made
    made.close()
