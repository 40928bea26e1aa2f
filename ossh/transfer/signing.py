"""Signs tasks with the present credentials, which may be replaced while lanes use it."""

import time

from ossh import protocol
from ossh.model import Source
from ossh.store.credentials import Provider
from ossh.store.signer import Signed, Signer
from ossh.transfer.messages import Look, Readlink, Request


class Signing:
    """What lanes are given instead of credentials: a way to turn a task into a request.

    Args:
        source: The bucket.
        provider: Where credentials come from, now and later.
        version_id: Of the one object that is asked for; "" for what is there now.

    Raises:
        StoreError: There are none.
    """

    def __init__(self, source: Source, provider: Provider, version_id: str = "") -> None:
        self._source = source
        self._provider = provider
        self._query = {"versionId": version_id} if version_id else None
        self.signer = Signer(source, provider.current())

    def reload(self) -> bool:
        """Read the source of the credentials again; True when they are others now."""
        if not self._provider.reload():
            return False
        signer = Signer(self._source, self._provider.current())
        signer.clock_offset = self.signer.clock_offset
        self.signer = signer
        return True

    def __call__(self, task: Request) -> Signed:
        """Return the signed request for a task, as of this moment."""
        now = time.time()
        if isinstance(task, Readlink):
            query = {"symlink": "", **(self._query or {})}
            return self.signer.sign("GET", task.key, now, query=query)
        if isinstance(task, Look):
            return self.signer.sign("HEAD", task.key, now, query=self._query)
        # "standard" also without a Range, so that all GETs of a second are signed alike
        headers = {protocol.RANGE_BEHAVIOR: "standard", **_conditions(task)}
        return self.signer.sign("GET", task.key, now, query=self._query, headers=headers)

    def presigned(self, task: Fetch | Look, seconds: int) -> Signed:
        """Return a request for a task that anybody may send within so many seconds from now.

        Its signature stands in the URL and covers no header: `If-Match` and `Range` pass beside it.
        """
        method, headers = ("HEAD", {}) if isinstance(task, Look) else ("GET", _conditions(task))
        url = self.signer.presign(
            task.key, time.time(), expires_seconds=seconds, query=self._query, method=method
        )
        return Signed(url, tuple(f"{name}: {value}" for name, value in headers.items()))


def _conditions(task: Fetch) -> dict[str, str]:
    """Return the headers that no signature covers: which version, and which bytes of it."""
    headers = {}
    if task.etag:
        headers["If-Match"] = f'"{task.etag}"'
    if task.range is not None:
        headers["Range"] = f"bytes={task.range.start}-{task.range.stop - 1}"
    return headers
