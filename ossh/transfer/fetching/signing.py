"""Signs tasks with the current credentials, which may be replaced during a run."""

import time
from collections.abc import Mapping

from ossh import protocol
from ossh.model import Signed
from ossh.store.signer import CurrentSigner
from ossh.transfer.messages import Fetch, Look, Readlink, Request


class Signing(CurrentSigner):
    """What lanes are given instead of credentials: a way to turn a task into a request."""

    def __call__(self, task: Request) -> Signed:
        """Return the signed request for a task, as of this moment."""
        now = time.time()
        key = task.entry.key
        if isinstance(task, Fetch):
            # "standard" also without a Range, so that all GETs of a second are signed alike
            headers = {
                protocol.RANGE_BEHAVIOR: "standard",
                **protocol.conditions(task.etag, task.range),
            }
            return self.signer.sign("GET", key, now, query=_query_of(task), headers=headers)
        return self.signer.sign(_method(task), key, now, query=_query_of(task))

    def presigned(self, task: Request, seconds: int) -> Signed:
        """Return a request for a task that anybody may send for so many seconds from now.

        Its signature stands in the URL and covers no header but the host: `If-Match` and `Range`
        pass beside it.
        """
        url = self.signer.presign(
            task.entry.key,
            time.time(),
            expires_seconds=seconds,
            query=_query_of(task),
            method=_method(task),
        )
        headers = protocol.conditions(task.etag, task.range) if isinstance(task, Fetch) else {}
        return Signed(url, tuple(f"{name}: {value}" for name, value in headers.items()))


def _query_of(task: Request) -> Mapping[str, str]:
    version = protocol.version_query(task.entry.version_id)
    return {"symlink": "", **version} if isinstance(task, Readlink) else version


def _method(task: Request) -> str:
    return "HEAD" if isinstance(task, Look) else "GET"
