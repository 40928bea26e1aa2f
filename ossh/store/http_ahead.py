"""Requests that are sent before anybody waits for their answers, while the shell still loads.

```
start ─▶ send_ahead ──▶ thread: connect, ask ──▶ answer
  │                                                │
  └──▶ load cmd2, build the shell ──▶ request of the same URL
```
The answer is taken once, by the request that would have been sent, so whoever sends that need not
know. A request of any other URL finds the connection open.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ossh.model import Failure, Route, Signed
from ossh.network import Http, Response
from ossh.store.interruptible import BackgroundCall

# An answer that nobody took by then is dropped; until then, a busy machine may load the shell.
FRESH_SECONDS = 60.0


class HttpAhead(Http):
    """The settings of the network, and answers that are on their way."""

    def __init__(self, route: Route, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(route=route)
        self._clock = clock
        # By URL: when it was requested, and the answer.
        self._ahead: dict[str, tuple[float, BackgroundCall[Response | Failure]]] = {}

    def send_ahead(self, signed: Signed) -> None:
        """Send a GET; the next one of the same URL gets its answer."""
        call = BackgroundCall(partial(super().request, signed.url, signed.headers))
        self._ahead[signed.url] = (self._clock(), call)

    def request(self, url: str, headers: Iterable[str], **options: Any) -> Response | Failure:  # noqa: ANN401 - as of its base
        if options.get("method", "GET") == "GET" and (ahead := self._ahead.pop(url, None)):
            sent, call = ahead
            if self._clock() - sent < FRESH_SECONDS:
                return call.result()
        return super().request(url, headers, **options)
