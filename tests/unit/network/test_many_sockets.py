"""More sockets than `select` takes at once are all waited for."""

import selectors
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ossh.network.many_sockets import MOST_AT_ONCE, ManySockets

# A few of them elsewhere, where other limits hold.
AT_ONCE = MOST_AT_ONCE if sys.platform == "win32" else 8


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            for _ in range(AT_ONCE + AT_ONCE // 2)
        ]


@pytest.fixture
def selector(sockets: list[socket.socket]) -> Iterator[ManySockets]:
    with ManySockets(AT_ONCE) as made:
        for number, one in enumerate(sockets):
            one.bind(("127.0.0.1", 0))
            made.register(one, selectors.EVENT_READ, number)
        yield made


def send_to(*receivers: socket.socket) -> None:
    for one in receivers:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", one.getsockname())


def numbers(selector: ManySockets, timeout: float | None) -> list[int]:
    return sorted(key.data for key, _events in selector.select(timeout))


def test_what_is_ready_is_found_wherever_it_is(
    selector: ManySockets, sockets: list[socket.socket]
) -> None:
    send_to(sockets[0], sockets[-1])

    assert numbers(selector, 10.0) == [0, len(sockets) - 1]


@pytest.mark.parametrize("timeout", [None, 0.0, 10.0])
def test_where_nothing_is_ready_the_caller_soon_has_another_turn(
    selector: ManySockets, timeout: float | None
) -> None:
    assert numbers(selector, timeout) == []


def test_a_few_are_waited_for_in_one_go(
    selector: ManySockets, sockets: list[socket.socket]
) -> None:
    for one in sockets[AT_ONCE:]:
        selector.unregister(one)
    send_to(sockets[1])

    assert numbers(selector, 10.0) == [1]


@pytest.mark.skipif(sys.platform != "win32", reason="other systems have other limits")
def test_python_takes_no_more_at_once_on_windows(sockets: list[socket.socket]) -> None:
    with selectors.SelectSelector() as plain:
        for one in sockets[: MOST_AT_ONCE + 1]:
            plain.register(one, selectors.EVENT_READ)
        with pytest.raises(ValueError, match="too many"):
            plain.select(0)
        plain.unregister(sockets[0])
        plain.select(0)
