from datetime import UTC, datetime

from ossh.model import Cause, Failure
from ossh.network import Http
from ossh.network.reachability import Reached, expiry_of, issuer_of, reach, untrusted_issuer
from tests.unit.network.peer import Peer


def test_a_server_is_reached_without_asking_it_anything() -> None:
    asked: list[bytes] = []
    with Peer([lambda wire: asked.append(wire.peek())]) as peer:
        found = reach(Http(), peer.url)

    assert isinstance(found, Reached)
    assert (found.address, found.by_proxy) == ("127.0.0.1", False)
    assert (found.issuer, found.expires) == ("", None)
    assert asked in ([], [b""])


def test_where_nobody_listens_nothing_is_reached() -> None:
    found = reach(Http(), "http://127.0.0.1:9")

    assert isinstance(found, Failure)
    assert found.cause is Cause.NETWORK
    assert untrusted_issuer(Http(), "https://127.0.0.1:9") == ""


def test_an_issuer_is_named_by_its_organisation() -> None:
    assert issuer_of("C = BE, O = GlobalSign nv-sa, CN = GlobalSign Root R3") == "GlobalSign nv-sa"
    assert issuer_of("CN=localhost") == "localhost"
    assert issuer_of("nobody") == "nobody"
    assert issuer_of("") == ""


def test_a_certificate_s_end_is_read_as_libcurl_writes_it() -> None:
    assert expiry_of("Nov 25 08:00:00 2026 GMT") == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert expiry_of("Nov  5 08:00:00 2026 GMT") == datetime(2026, 11, 5, 8, tzinfo=UTC)
    assert expiry_of("2026") is None
    assert expiry_of("") is None
