"""Meets servers on loopback that cannot prove who they are, in every way ossh speaks TLS.

None of them may be sent a byte of a request. One that can prove it is met too: whoever refuses
everybody has checked nothing.
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.errors import LocalError
from ossh.language import Words, _, said
from ossh.model import NO_PROXY, Cause, Failure, Route
from ossh.network import Http, Pool
from ossh.network.http import Timeouts
from ossh.network.reachability import reach

Way = Callable[[str, Route], str]

_PATIENCE = Timeouts(connect=10.0, stall=10.0)


@dataclass(frozen=True, slots=True)
class _Meeting:
    """What a server shows, and what the other side trusts."""

    what: Words
    certificate: str  # PEM
    bundle: str | None = certificates.AUTHORITY  # PEM; None: the file is missing


_GOOD = _Meeting(Words("a good certificate"), certificates.GOOD)
_BAD = (
    _Meeting(Words("a certificate signed by its owner"), certificates.SELF_SIGNED),
    _Meeting(Words("a certificate for another name"), certificates.OTHER_NAME),
    _Meeting(Words("an expired certificate"), certificates.EXPIRED),
    _Meeting(Words("a missing CA bundle"), certificates.GOOD, None),
    _Meeting(Words("an empty CA bundle"), certificates.GOOD, ""),
)


def _whole_answer(endpoint: str, route: Route) -> str:
    with closing(Http(_PATIENCE, route)) as http:
        return _cause(http.request(f"{endpoint}/", []))


def _body(endpoint: str, route: Route) -> str:
    with closing(Pool(Http(_PATIENCE, route))) as pool:
        pool.start(f"{endpoint}/", [], "")
        while not (answers := pool.poll(0.1)):
            pass
    return _cause(answers[0].failure)


def _reached(endpoint: str, route: Route) -> str:
    return _cause(reach(Http(_PATIENCE, route), endpoint))


def _cause(found: object) -> str:
    return found.cause.value if isinstance(found, Failure) else ""


WAYS: Mapping[str, Way] = {
    "requests": _whole_answer,
    "bodies": _body,
    "doctor": _reached,
}


def examine(ways: Mapping[str, Way] = WAYS) -> int:
    """Return how often a server was refused, each time before it was sent anything.

    Each way asks an endpoint for something, and returns the cause of the failure, or "".

    Raises:
        LocalError: One was not, or one that can prove who it is was refused.
    """
    with tempfile.TemporaryDirectory() as folder:
        routes = {text: _route(Path(folder), text) for text in (certificates.AUTHORITY, "", None)}
        for way, meet in ways.items():
            for meeting in (_GOOD, *_BAD):
                _examine(way, meet, meeting, routes[meeting.bundle])
            _examine(way, meet, _BAD[0], Route(NO_PROXY))
    return len(ways) * (len(_BAD) + 1)


def _route(folder: Path, bundle: str | None) -> Route:
    """Return the way to a server if those in a bundle are trusted; None: a bundle is missing."""
    path = folder / {None: "missing", "": "empty"}.get(bundle, "authorities")
    if bundle is not None:
        path.write_text(bundle, encoding="ascii")
    return Route(NO_PROXY, str(path))


def _examine(way: str, meet: Way, meeting: _Meeting, route: Route) -> None:
    with closing(Impostor(meeting.certificate)) as server:
        cause = meet(server.endpoint, route)
    if meeting is _GOOD and cause == Cause.TLS:
        message = _("{way}: {what} is refused")
    elif meeting is not _GOOD and (cause != Cause.TLS or server.received):
        message = _("{way}: {what} is not refused")
    else:
        return
    raise LocalError(message.format(way=way, what=said(meeting.what)))
