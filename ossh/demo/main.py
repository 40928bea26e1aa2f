"""The demo server's command line, from its start to its end.

One JSON line on standard output says where it listens and with which credentials. These are for
teaching: they open nothing but generated data on this machine.
"""

import argparse
import asyncio
import contextlib
import json
import pickle
import re
import signal
import sys
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from ossh.demo.content.buckets import Bucket, MemoryBucket, SyntheticBucket
from ossh.demo.content.inventory import report
from ossh.demo.content.story import fill
from ossh.demo.control.calls import Control
from ossh.demo.http.requests import MAX_HEAD
from ossh.demo.server import ClientConnection
from ossh.demo.service.authentication import Account
from ossh.demo.service.object_store import ObjectStore

_REOPEN_SECONDS = 0.05
BUCKET = "demo-bucket"
REPORTS = "demo-reports"  # where the bucket's inventory is
REGION = "cn-hangzhou"
ACCESS_KEY_ID = "demo-access-key"
ACCESS_KEY_SECRET = "demo-secret-for-teaching-only"

_SYNTHETIC = re.compile(r"([a-z0-9-]+)=(\d+)x(\d+)", re.ASCII)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m ossh.demo",
        description="Serve a small object store on loopback that speaks the OSS protocol.",
    )
    add = made.add_argument
    add("--port", type=int, default=0, help="port; 0 takes a free one")
    add("--region", default=REGION, help="region that V4 signatures must name")
    add("--bucket", default=BUCKET, help="name of the bucket")
    add("--empty", action="store_true", help="leave the bucket empty")
    add("--public", action="store_true", help="let anyone read the bucket")
    add("--synthetic", action="append", default=[], type=_synthetic, metavar="BUCKET=COUNTxSIZE",
        help="add a bucket of generated objects, e.g. many=1000000x4096")  # fmt: skip
    add("--thaw-seconds", type=float, default=2.0, help="how long a restore takes")
    add("--controlled", action="store_true", help="obey standard input; end when it closes")
    return made


def _synthetic(text: str) -> SyntheticBucket:
    match = _SYNTHETIC.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not BUCKET=COUNTxSIZE")
    name, count, size = match.groups()
    return SyntheticBucket(name, int(count), int(size))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return the exit status."""
    made = parser()
    options = made.parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except BrokenPipeError:
        return 0  # whoever started it has ended, and reads no address
    except OSError as error:
        made.exit(1, f"error: cannot listen on port {options.port}: {error}\n")
    except KeyboardInterrupt:
        return 130
    return 0


def _store(options: argparse.Namespace) -> ObjectStore:
    store = ObjectStore(options.region, thaw_seconds=options.thaw_seconds)
    store.accounts[ACCESS_KEY_ID] = Account(ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    main = MemoryBucket(options.bucket, public=options.public)
    reports = []
    if not options.empty:
        fill(main)
        reports = [_reports(main)]
    for bucket in (main, *reports, *options.synthetic):
        store.buckets[bucket.name] = bucket
    return store


def _reports(listed: Bucket) -> Bucket:
    bucket = MemoryBucket(REPORTS, public=listed.public)
    for stored in report(listed.name, listed.scan(""), bucket.name):
        bucket.put(stored)
    return bucket


class _Listener:
    """The listening socket, which can be closed and opened again on its port."""

    def __init__(self, port: int, store: ObjectStore) -> None:
        self._port = port
        self._store = store
        self._peers: set[ClientConnection] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self._port, backlog=1024, limit=MAX_HEAD
        )
        self._port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self._port}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = ClientConnection(self._store, reader, writer)
        self._peers.add(peer)
        if self._server is None:  # this came just before it was closed
            peer.abort()
        await peer.serve()
        self._peers.discard(peer)

    async def switch(self, *, online: bool, seconds: float = 60.0) -> None:
        """Reset and refuse all connections, or accept new ones again.

        Raises:
            OSError: If another program keeps the port for so many seconds.
        """
        deadline = time.monotonic() + seconds
        while online and self._server is None:
            try:
                await self.open()
            except OSError:
                if time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(_REOPEN_SECONDS)
        if not online:
            self.close()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for peer in list(self._peers):
            peer.abort()


async def _serve(options: argparse.Namespace) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    store = _store(options)
    listener = _Listener(options.port, store)
    store.endpoint = await listener.open()
    loop.set_exception_handler(_forgive)
    _end_on_signals(loop, ended, ignore_interrupt=options.controlled)
    if options.controlled:
        control = Control(store, partial(_store, options), listener.switch)
        threading.Thread(target=_obey, args=(control, loop, ended), daemon=True).start()
    line = {
        "endpoint": store.endpoint,
        "region": store.region,
        "access_key_id": ACCESS_KEY_ID,
        "access_key_secret": ACCESS_KEY_SECRET,
        "buckets": list(store.buckets),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    await ended.wait()
    listener.close()


def _forgive(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report an error, unless a client just left."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)


def _end_on_signals(
    loop: asyncio.AbstractEventLoop, ended: asyncio.Event, *, ignore_interrupt: bool
) -> None:
    """End on SIGTERM and SIGINT; a parent decides about Ctrl-C itself."""

    def end(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(ended.set)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN if ignore_interrupt else end)


def _obey(control: Control, loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Answer control calls until standard input ends: the parent closed it, or died."""
    try:
        # not sys.stdin: its lock would be held at exit
        ends = OSError, EOFError, pickle.UnpicklingError
        with contextlib.suppress(*ends), open(0, "rb", closefd=False) as calls:
            while True:
                answer = control.answer(*pickle.load(calls))  # noqa: S301 - of our parent
                result = asyncio.run_coroutine_threadsafe(answer, loop).result()
                pickle.dump(result, sys.stdout.buffer)
                sys.stdout.flush()
    finally:
        loop.call_soon_threadsafe(ended.set)
