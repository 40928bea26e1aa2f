"""HTTP over libcurl, the only `import pycurl`: proxies, certificates, time limits and TLS once.

| | connects by libcurl, then | for |
|---|---|---|
| `Http.request` | waits for the whole answer | pages of a listing, a HEAD, credentials |
| `Pool` | runs many requests on one thread, each read by a `ResponseParser` | bodies |
| `reachability.reach` | closes again | diagnosis |

`transport_errors` says what it means when one of them fails; what an answer means, `ossh.protocol`.
"""

from ossh.network import libcurl
from ossh.network.http import Http, Response, Timeouts
from ossh.network.pool import Pool, Pools
from ossh.network.response_parser import ResponseParser

libcurl.use_openssl()

__all__ = ["Http", "Pool", "Pools", "Response", "ResponseParser", "Timeouts"]
