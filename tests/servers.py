"""Demo servers that tests use one after the other: to start one costs more than most tests do."""

from collections.abc import Iterator
from contextlib import contextmanager

from ossh import demo
from ossh.demo import DemoServer


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
        try:
            yield server
            if server.process.poll() is None:
                server.reset()
                self._idle = server
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
