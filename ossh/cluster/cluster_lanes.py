"""The workers of a cluster in the place of lanes, and how they see that the target is the same."""

import os
import re
from contextlib import suppress
from dataclasses import replace
from functools import partial

from ossh.cluster.dask_transport import DaskTransport
from ossh.errors import UsageError
from ossh.language import _
from ossh.printable import printable
from ossh.transfer.disk.disk_errors import unusable
from ossh.transfer.disk.work_folder import PROBE
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import NewLanes
from ossh.transfer.fetching.signing import Signing
from ossh.workers.driver import Driver
from ossh.workers.worker_messages import session_request

URL_SECONDS = 900  # a batch takes seconds; what waits longer on a busy worker is signed again

_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss)://(?:\[[0-9A-Fa-f:.]+\]|[^\s/:\[\]]+):[0-9]{1,5}")


def cluster_at(address: str, *, url_seconds: int = URL_SECONDS) -> NewLanes:
    """Return what starts lanes on the workers of a Dask cluster.

    Args:
        address: Of the scheduler: tcp://HOST:8786, or tls://HOST:8786.
        url_seconds: How long a URL that is sent to a worker is good for.

    Raises:
        UsageError: It is not an address.
    """
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            _("'{address}' is not the address of a Dask scheduler").format(
                address=printable(address)
            ),
            hint=_("write tcp://HOST:PORT or tls://HOST:PORT; 'dask scheduler' prints its own"),
        )
    return partial(ClusterLanes, address, url_seconds)


class ClusterLanes(Driver):
    """What a run hands its tasks to; see `ossh.transfer.fetching.lanes.Lanes`.

    Raises:
        LocalError: The target cannot be written to.
    """

    def __init__(
        self, address: str, url_seconds: int, signing: Signing, context: LaneContext
    ) -> None:
        request = session_request(context)
        request = replace(request, route=replace(request.route, proxy=""))
        self._workspace = context.workspace
        self._write_probe(f"{PROBE}{request.run}")
        sign = partial(signing.presigned, seconds=url_seconds)
        transport = DaskTransport(address)
        super().__init__(transport, request, sign, url_seconds, context)

    def end(self, seconds: float) -> tuple[str, ...]:
        notes = super().end(seconds)
        self._remove_probes()
        return notes

    def _write_probe(self, name: str) -> None:
        """Make the file that shows each worker whether its target is the same."""
        self._remove_probes()  # of a run that was killed
        try:
            os.close(self._workspace.make(name))
        except OSError as error:
            raise unusable(self._workspace.target, error) from error

    def _remove_probes(self) -> None:
        with suppress(OSError):
            for name in self._workspace.names():
                if name.startswith(PROBE):
                    self._workspace.discard(name)
