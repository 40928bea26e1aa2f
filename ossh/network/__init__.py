"""HTTP over libcurl, the only `import pycurl`: proxies, certificates, time limits and TLS once.

| | connects by libcurl, then | for |
|---|---|---|
| `Http.request` | waits for the whole answer | pages of a listing, a HEAD, credentials |
| `Pool` | runs many requests on one thread, with a `ResponseParser` each | small bodies |
| `BodyConnection` | reads one body after the other, its head by a `ResponseParser` | large bodies |
| `reachability.reach` | closes again | diagnosis |

`transport_errors` says what it means when one of them fails; what an answer means, `ossh.protocol`.
"""

from ossh.network import backend
from ossh.network.body_connection import BodyConnection
from ossh.network.http import MAX_ANSWER, Http, Response, Timeouts
from ossh.network.pool import Pool, Pools
from ossh.network.response_parser import ResponseParser
from ossh.network.transport_errors import Cancelled, Stalled, failure_of, is_transport_error

backend.use_openssl()

__all__ = [
    "MAX_ANSWER",
    "BodyConnection",
    "Cancelled",
    "Http",
    "Pool",
    "Pools",
    "Response",
    "ResponseParser",
    "Stalled",
    "Timeouts",
    "failure_of",
    "is_transport_error",
]
