"""Connections: bytes to requests, answers to bytes, on one asyncio loop.

Small answers leave in one write. Others are delivered by a task of their own, block by block as the
client takes them, so that slow, silent and cut deliveries hold up nobody.
"""

import asyncio
import contextlib
import socket
import struct
import sys
from typing import cast

from ossh.demo.content.bodies import crc64_of
from ossh.demo.http import requests
from ossh.demo.http.answers import SMALL, USUAL, Answer, common_headers, new_request_id, refused
from ossh.demo.refusal import Refusal
from ossh.demo.service.object_store import ObjectStore

_BLOCK = 256 * 1024
_TICK_SECONDS = 0.05  # between the pieces of a slow body


class ClientConnection(asyncio.Protocol):
    """One client. Requests are answered in order, one at a time."""

    def __init__(self, store: ObjectStore, peers: "set[ClientConnection]") -> None:
        """Serve `store`; register in `peers` while connected."""
        self._store = store
        self._peers = peers
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # a TCP server makes no other
        self._transport.set_write_buffer_limits(high=_BLOCK)
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """Forget the connection; a client may leave at any time."""
        self._peers.discard(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._task is None:
            self._answer_all()

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def abort(self) -> None:
        """End the connection with RST."""
        sock = self._transport.get_extra_info("socket")
        form = "hh" if sys.platform == "win32" else "ii"
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(form, 1, 0))
        self._transport.abort()
        if sys.platform == "win32":  # whose loop would end it politely before it closes it
            sock._sock.close()  # noqa: SLF001

    def _answer_all(self) -> None:
        try:
            while self._task is None and not self._transport.is_closing():
                request = self._next_request()
                if request is None:
                    return
                self._send(request, self._store.answer(request))
        except requests.Malformed as error:
            refusal = Refusal(400, "BadRequest", f"The request is malformed: {error}.")
            answer = refused(refusal, "GET", request_id := new_request_id(), "")
            answer.headers |= common_headers(request_id, self._store.now())
            self._send(requests.Request("GET", "", {}, {}, keep_alive=False), answer)

    def _next_request(self) -> requests.Request | None:
        """Take a complete request out of the buffer; None if bytes are missing."""
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n")
        if end < 0 or end > requests.MAX_HEAD:
            if len(buffer) > requests.MAX_HEAD:
                raise requests.Malformed("head too long")
            return None
        request = requests.parse_head(bytes(buffer[:end]))
        start = end + 4
        stop = start + requests.body_length(request)
        if len(buffer) < stop:
            return None
        request.body = bytes(buffer[start:stop])
        del buffer[:stop]
        return request

    def _send(self, request: requests.Request, answer: Answer) -> None:
        keep_alive = request.keep_alive and not answer.close
        is_head = request.method == "HEAD"
        plain = answer.delivery is USUAL and not answer.is_slow
        if plain and (is_head or answer.length <= SMALL):
            head = answer.head(keep_alive=keep_alive)
            body = b"" if is_head else answer.content.read(answer.start, answer.stop)
            self._transport.write(head + body)
            if not keep_alive:
                self._transport.close()
            return
        delivery = self._deliver(answer, is_head=is_head, keep_alive=keep_alive)
        self._task = asyncio.get_running_loop().create_task(delivery)

    async def _deliver(self, answer: Answer, *, is_head: bool, keep_alive: bool) -> None:
        delivery = answer.delivery
        await asyncio.sleep(delivery.delay_seconds)
        if delivery.held_until is not None:
            await delivery.held_until.wait()
        if delivery.reset:
            self.abort()
            return
        while delivery.endless:  # until the client leaves
            self._transport.write(delivery.endless)
            await self._drained(0, 0)
        if answer.is_slow and answer.crc_of is not None:
            await asyncio.get_running_loop().run_in_executor(None, crc64_of, answer.crc_of)
        self._transport.write(answer.head(keep_alive=keep_alive))
        if not is_head and not await self._deliver_body(answer):
            await asyncio.sleep(delivery.silence_seconds)
            if delivery.abrupt:
                self.abort()
            keep_alive = False
        if not keep_alive:
            self._transport.close()
            return
        self._task = None
        asyncio.get_running_loop().call_soon(self._answer_all)

    async def _deliver_body(self, answer: Answer) -> bool:
        """Send the body, or a part of it; tell whether it was all."""
        delivery = answer.delivery
        total = answer.stop - answer.start
        end = total if delivery.stop_after is None else min(delivery.stop_after, total)
        at = 0
        while at < end:
            rate = delivery.rate
            step = max(1, min(_BLOCK, int(rate * _TICK_SECONDS))) if rate else _BLOCK
            wanted = min(step, end - at)
            data = answer.content.read(answer.start + at, answer.start + at + wanted)
            self._write_piece(data, chunked=delivery.chunked)
            await self._drained(len(data), rate)
            at += wanted
        if end < total or delivery.stop_after == total:
            return False
        while delivery.flood:  # until the client leaves
            self._write_piece(delivery.flood, chunked=delivery.chunked)
            await self._drained(0, 0)
        if delivery.extra:
            self._write_piece(delivery.extra, chunked=delivery.chunked)
        if delivery.chunked:
            self._transport.write(b"0\r\n\r\n")
        return True

    def _write_piece(self, data: bytes, *, chunked: bool) -> None:
        if chunked and data:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self._transport.write(data)

    async def _drained(self, count: int, bytes_per_second: float) -> None:
        """Wait until the client reads more, and as long as the rate demands."""
        if self._writable is not None:
            await self._writable
        await asyncio.sleep(count / bytes_per_second if bytes_per_second else 0)
