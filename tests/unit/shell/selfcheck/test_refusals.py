"""Whoever cannot prove who it is gets no byte of a request; and a way that sends one is noticed."""

from collections.abc import Callable
from contextlib import closing

import pytest

from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.errors import LocalError
from ossh.model import NO_PROXY, Route
from ossh.network import Http
from ossh.shell.selfcheck import refusals


@pytest.mark.fault("F20")
def test_every_way_refuses_every_impostor() -> None:
    assert refusals.examine() == 18


def _believing(endpoint: str, _route: Route) -> str:
    Http(route=Route(NO_PROXY, is_verified=False)).request(endpoint, [])
    return ""


def _telling(endpoint: str, route: Route) -> str:
    """Refuse whoever must be refused, but only after the request was sent."""
    _believing(endpoint, route)
    return refusals.WAYS["requests"](endpoint, route)


def _refusing(_endpoint: str, _route: Route) -> str:
    return "tls"


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (_believing, "a certificate signed by its owner is not refused"),
        (_telling, "a certificate signed by its owner is not refused"),
        (_refusing, "a good certificate is refused"),
    ],
)
def test_a_way_that_proves_nothing_is_named(way: Callable[[str, Route], str], said: str) -> None:
    with pytest.raises(LocalError, match=f"^lane: {said}"):
        refusals.examine({"lane": way})


def test_an_impostor_notes_all_that_it_is_told() -> None:
    with closing(Impostor(certificates.SELF_SIGNED)) as server:
        _believing(server.endpoint, Route())
        _believing(server.endpoint, Route())

    assert server.received.count(b"GET / HTTP/1.1\r\n") == 2
