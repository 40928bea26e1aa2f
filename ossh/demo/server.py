"""Connections: bytes to requests, answers to bytes, on one asyncio loop.

Each has a task of its own, which delivers an answer block by block as the client takes it, so that
slow, silent and cut deliveries hold up nobody.
"""

import asyncio
import contextlib
import socket
import struct
import sys

from ossh.demo.content.bodies import crc64_of
from ossh.demo.http import requests
from ossh.demo.http.answers import SMALL, Answer, common_headers, new_request_id, refused
from ossh.demo.refusal import Refusal
from ossh.demo.service.object_store import ObjectStore

_BLOCK = 256 * 1024
_TICK_SECONDS = 0.05  # between the pieces of a slow body


class ClientConnection:
    """One client. Requests are answered in order, one at a time."""

    def __init__(
        self, store: ObjectStore, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._store = store
        self._reader = reader
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=_BLOCK)

    def abort(self) -> None:
        """End the connection with RST."""
        sock = self._writer.get_extra_info("socket")
        form = "hh" if sys.platform == "win32" else "ii"
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(form, 1, 0))
        self._writer.transport.abort()
        if sys.platform == "win32":  # whose loop would end it politely before it closes it
            sock._sock.close()  # noqa: SLF001

    async def serve(self) -> None:
        """Answer until one of the two ends the connection; a client may leave at any time."""
        ends = EOFError, ConnectionError, asyncio.CancelledError  # the latter as the server ends
        with contextlib.suppress(*ends):
            is_open = True
            while is_open:
                try:
                    request = await self._next_request()
                    answer = self._store.answer(request)
                except requests.Malformed as error:
                    request = requests.Request("GET", "", {}, {}, keep_alive=False)
                    answer = self._malformed(error)
                is_open = await self._send(request, answer)
        self._writer.close()

    def _malformed(self, error: requests.Malformed) -> Answer:
        refusal = Refusal(400, "BadRequest", f"The request is malformed: {error}.")
        answer = refused(refusal, "GET", request_id := new_request_id(), "")
        answer.headers |= common_headers(request_id, self._store.now())
        return answer

    async def _next_request(self) -> requests.Request:
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError as error:
            raise requests.Malformed("head too long") from error
        request = requests.parse_head(head[:-4])
        request.body = await self._reader.readexactly(requests.body_length(request))
        return request

    async def _send(self, request: requests.Request, answer: Answer) -> bool:
        """Deliver an answer; return whether the connection goes on."""
        keep_alive = request.keep_alive and not answer.close
        is_head = request.method == "HEAD"
        if answer.is_usual and not answer.is_slow and (is_head or answer.length <= SMALL):
            body = b"" if is_head else answer.content.read(answer.start, answer.stop)
            self._writer.write(answer.head(keep_alive=keep_alive) + body)
            return keep_alive
        await asyncio.sleep(answer.delay_seconds)
        if answer.held_until is not None:
            await answer.held_until.wait()
        if answer.reset:
            self.abort()
            return False
        while answer.endless:  # until the client leaves
            self._writer.write(answer.endless)
            await self._drained(0, 0)
        if answer.is_slow and answer.crc_of is not None:
            await asyncio.get_running_loop().run_in_executor(None, crc64_of, answer.crc_of)
        self._writer.write(answer.head(keep_alive=keep_alive))
        if not is_head and not await self._send_body(answer):
            with contextlib.suppress(TimeoutError):  # the client may leave meanwhile
                await asyncio.wait_for(self._reader.read(), answer.silence_seconds)
            if answer.abrupt:
                self.abort()
            return False
        return keep_alive

    async def _send_body(self, answer: Answer) -> bool:
        """Send the body, or a part of it; tell whether it was all."""
        total = answer.stop - answer.start
        end = total if answer.stop_after is None else min(answer.stop_after, total)
        at = 0
        while at < end:
            rate = answer.rate
            step = max(1, min(_BLOCK, int(rate * _TICK_SECONDS))) if rate else _BLOCK
            wanted = min(step, end - at)
            data = answer.content.read(answer.start + at, answer.start + at + wanted)
            self._write_piece(data, chunked=answer.chunked)
            await self._drained(len(data), rate)
            at += wanted
        if end < total or answer.stop_after == total:
            return False
        while answer.flood:  # until the client leaves
            self._write_piece(answer.flood, chunked=answer.chunked)
            await self._drained(0, 0)
        if answer.extra:
            self._write_piece(answer.extra, chunked=answer.chunked)
        if answer.chunked:
            self._writer.write(b"0\r\n\r\n")
        return True

    def _write_piece(self, data: bytes, *, chunked: bool) -> None:
        if chunked and data:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self._writer.write(data)

    async def _drained(self, count: int, bytes_per_second: float) -> None:
        """Wait until the client reads more, and as long as the rate demands."""
        await self._writer.drain()
        await asyncio.sleep(count / bytes_per_second if bytes_per_second else 0)
