"""HTTP over libcurl: proxies, certificates, time limits and TLS from one place.

Three ways to ask, for three sizes of answer. `Http.request` waits for a whole answer (a page of a
listing, a HEAD). `Pool` runs many requests for small bodies on one thread. `Connection` gives the
parsed stream of one connection, for large bodies.
"""

from ossh.network.answer import Answer
from ossh.network.connection import Connection
from ossh.network.http import (
    Cancelled,
    Http,
    Response,
    Stalled,
    Timeouts,
    failure_of,
    is_transport_error,
    parse_headers,
    transport_failure,
)
from ossh.network.pool import Pool

__all__ = [
    "Answer",
    "Cancelled",
    "Connection",
    "Http",
    "Pool",
    "Response",
    "Stalled",
    "Timeouts",
    "failure_of",
    "is_transport_error",
    "parse_headers",
    "transport_failure",
]
