"""What crosses to workers: the request to open a session, limits, and batches of signed tasks.

Plain, picklable data. A signed request is good for one object and a while; in it are the access key
id and the security token, never the secret. Back come the replies of `ossh.transfer.messages`.
"""

import os
from collections.abc import Mapping
from dataclasses import field

from ossh.model import Route, Signed, value
from ossh.network import Timeouts
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.messages import Task


@value
class WorkerLimits:
    """How much one worker may have under way, and how often tasks were recalled."""

    connections: int
    streams: int
    bytes_per_second: int  # 0: no limit
    recalls: int = 0  # batches that were sent before the last one are handed back
    recalls_running: bool = False  # a recall is of what is under way, too


@value
class SessionRequest:
    """What a worker must know before the first batch of a run."""

    run: str  # tells this run from others on the same worker
    target: str
    job_id: str
    timeouts: Timeouts
    route: Route  # to another machine without a proxy, which may hold a password
    limits: WorkerLimits
    policy: Policy = Policy()  # what is kept of what is at final names
    # Variables, for a process of this machine; in no environment, for they may hold a password.
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)


def session_request(context: LaneContext) -> SessionRequest:
    """Return what workers must know of a run that begins now."""
    http, workspace = context.http, context.workspace
    return SessionRequest(
        run=os.urandom(8).hex(),
        target=workspace.target,
        job_id=workspace.job_id,
        timeouts=http.timeouts,
        route=http.route,
        limits=WorkerLimits(1, 1, 0),  # until they are told others
        policy=workspace.policy,
    )


@value
class Batch:
    """Tasks that are sent to one worker together and answered together."""

    run: str
    recalls: int  # how often tasks had been recalled when it was sent
    tasks: tuple[tuple[Task, Signed | None], ...]  # each with the request that does it, if any
