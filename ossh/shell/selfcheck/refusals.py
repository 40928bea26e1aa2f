"""Meets servers on loopback that cannot prove who they are, in every way ossh speaks TLS.

None of them may be sent a byte of a request. One that can prove it is met too: whoever refuses
everybody has checked nothing.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import product
from pathlib import Path

from ossh.demo import certificates
from ossh.demo.impostor import Impostor
from ossh.errors import LocalError
from ossh.language import _
from ossh.model import NO_PROXY, Cause, Failure, Route
from ossh.network import Http, Pool
from ossh.network.http import Timeouts
from ossh.network.reachability import reach

Way = Callable[[str, Route], str]

_PATIENCE = Timeouts(connect=10.0, stall=10.0)


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
        meetings = list(_meetings(Path(folder)))
        for (way, meet), (is_good, what, certificate, route) in product(ways.items(), meetings):
            with closing(Impostor(certificate)) as server:
                cause = meet(server.endpoint, route)
            if is_good and cause == Cause.TLS:
                raise LocalError(_("{way}: {what} is refused").format(way=way, what=what))
            if not is_good and (cause != Cause.TLS or server.received):
                raise LocalError(_("{way}: {what} is not refused").format(way=way, what=what))
    return len(ways) * sum(not is_good for is_good, *_other in meetings)


def _meetings(folder: Path) -> Iterator[tuple[bool, str, Path, Route]]:
    """Yield whether a server is good, what it shows and to whom, its certificate and the way."""
    empty, missing = folder / "empty", folder / "missing"
    empty.touch()
    way = Route(NO_PROXY, str(certificates.AUTHORITY))
    by_owner = _("a certificate signed by its owner")
    yield True, _("a good certificate"), certificates.GOOD, way
    yield False, by_owner, certificates.SELF_SIGNED, way
    yield False, by_owner, certificates.SELF_SIGNED, Route(NO_PROXY)
    yield False, _("a certificate for another name"), certificates.OTHER_NAME, way
    yield False, _("an expired certificate"), certificates.EXPIRED, way
    yield False, _("a missing CA bundle"), certificates.GOOD, Route(NO_PROXY, str(missing))
    yield False, _("an empty CA bundle"), certificates.GOOD, Route(NO_PROXY, str(empty))
