"""What crosses to workers: how to open a desk there, limits, and batches of signed tasks.

Plain, picklable data without a credential: a URL is good for one object and a while. Back come the
replies of `ossh.transfer.messages`.
"""

from ossh.model import Route, value
from ossh.network import Timeouts
from ossh.store.signer import Signed
from ossh.transfer.messages import Task
from ossh.transfer.standing import Policy


@value
class Limits:
    """How much one worker may have under way, and how often tasks were called back."""

    connections: int
    streams: int
    bytes_per_second: int  # 0: no limit
    recalls: int = 0  # batches that were sent before the last one are handed back
    is_running: bool = False  # what is under way is parked too


@value
class Opening:
    """What a worker must know before the first batch of a run."""

    run: str  # tells this run from others on the same worker
    target: str
    job_id: str
    probe: str  # name of a file in the job's folder, that shows whether the target is the same
    timeouts: Timeouts
    route: Route  # without a proxy, which may hold a password: a worker has its own environment's
    limits: Limits
    policy: Policy = Policy()  # what is kept of what is at final names


@value
class Order:
    """A task, and the request that does it, if it takes one."""

    task: Task
    address: Signed | None


@value
class Batch:
    """Orders that go to one worker at once and are answered at once."""

    run: str
    recalls: int  # how often tasks had been called back when it was sent
    orders: tuple[Order, ...]


@value
class Welcome:
    """What a worker answers to an opening."""

    seen: str = ""  # what the probe says there
    refusal: str = ""  # why it cannot take part, in a line
