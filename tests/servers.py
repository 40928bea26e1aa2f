"""Demo servers that tests use one after the other: to start one costs more than most tests do."""

from collections.abc import Iterator
from contextlib import contextmanager

from ossh import demo
from ossh.demo import DemoServer

_LASTING = {"bucket", "domain"}  # control calls that no other call undoes


class Lender:
    """Lends a demo server with an empty bucket to one test at a time."""

    def __init__(
        self, *, bucket: str | None = None, thaw_seconds: float = 2.0, public: bool = False
    ) -> None:
        self._bucket = bucket
        self._thaw_seconds = thaw_seconds
        self._public = public
        self._idle: DemoServer | None = None

    @contextmanager
    def lend(self) -> Iterator[DemoServer]:
        """Give a server as it is after its start."""
        server = self._idle or self._started()
        self._idle = None
        process = server.process
        key_id, secret = server.access_key_id, server.access_key_secret
        try:
            yield server
            if server.process is process and process.poll() is None:
                self._idle = self._renewed(server, key_id, secret)
        finally:
            if self._idle is None:
                server.stop()

    def close(self) -> None:
        """End the server."""
        if self._idle is not None:
            self._idle.stop()

    def _started(self) -> DemoServer:
        return demo.start(
            empty=True, bucket=self._bucket, public=self._public, thaw_seconds=self._thaw_seconds
        )

    def _renewed(self, server: DemoServer, key_id: str, secret: str) -> DemoServer | None:
        """Undo all that a test did to a server; None if that cannot be."""
        calls = {name for name, _, _ in server._journal}
        if calls & _LASTING:
            return None
        server.online()
        server.clear_faults()
        server.freeze()
        server.bucket = server.buckets[0]
        server.add_bucket(server.bucket, public=self._public)
        if "archive" in calls:
            server.set_archive(thaw_seconds=self._thaw_seconds, real_time=False)
        if "clock" in calls:
            server.set_clock(0)
        if "credentials" in calls:
            server.set_credentials(key_id, secret)
        server.clear_requests()
        server._journal.clear()
        return server
