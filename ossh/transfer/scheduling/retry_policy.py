"""What a run does about each cause of failure, how often, and after which pauses.

Which answer of OSS means which cause is told by `ossh.protocol.failures`. How many attempts an
object has is a setting of its job; `attempts` counts them and applies these rules.

Source: the retry rules of the official SDKs, and the service's list of error codes.
"""

from enum import Enum
from random import Random

from ossh.backoff import Backoff
from ossh.model import Cause

MAX_THROTTLES = 10  # of one object in a run, before they count as an attempt
MAX_CHANGES = 3  # of one object in a run
MAX_REFUSALS = 3  # of the key or the time of one object's requests, while others are accepted
MAX_OUTAGES = 10  # that may excuse the failures of one object


def pauses_between_attempts(rng: Random) -> Backoff:
    """Return how long an object or a listing's page rests after each failure, in seconds."""
    return Backoff(first=0.5, longest=20.0, jitter=rng.uniform)


class Decision(Enum):
    """What a run does about a failure."""

    RETRY = "charge and retry"
    GIVE_UP = "charge, do not retry"
    WAIT = "wait, uncharged"
    REPLAN = "plan again, uncharged"
    STOP = "stop the run"


DECISIONS: dict[Cause, Decision] = {
    Cause.TIMEOUT: Decision.RETRY,
    Cause.RESET: Decision.RETRY,
    Cause.SERVER: Decision.RETRY,
    Cause.SHORT_BODY: Decision.RETRY,
    Cause.CORRUPT: Decision.RETRY,
    Cause.STALL: Decision.RETRY,
    Cause.BLOCKED: Decision.RETRY,
    Cause.TLS: Decision.RETRY,
    Cause.IN_USE: Decision.RETRY,
    Cause.WORKER_LOST: Decision.RETRY,
    Cause.DENIED: Decision.GIVE_UP,
    Cause.KMS: Decision.GIVE_UP,
    Cause.GONE: Decision.GIVE_UP,
    Cause.REFUSED: Decision.GIVE_UP,
    Cause.LOCAL_CONFLICT: Decision.GIVE_UP,
    Cause.CANNOT_WRITE: Decision.GIVE_UP,
    Cause.THROTTLED: Decision.WAIT,
    Cause.NETWORK: Decision.WAIT,
    Cause.NOT_OSS: Decision.WAIT,
    Cause.EXPIRED: Decision.WAIT,
    Cause.CLOCK: Decision.WAIT,
    Cause.NO_WORKER: Decision.WAIT,
    Cause.CHANGED: Decision.REPLAN,
    Cause.ARCHIVED: Decision.REPLAN,
    Cause.BAD_CREDENTIALS: Decision.STOP,
    Cause.NO_BUCKET: Decision.STOP,
    Cause.WRONG_ENDPOINT: Decision.STOP,
    Cause.DISK_FULL: Decision.STOP,
    Cause.READ_ONLY: Decision.STOP,
    Cause.TARGET_GONE: Decision.STOP,
    Cause.TOO_MANY_FILES: Decision.STOP,
}

# Of what is given up, troubles of this computer, which say nothing of the service.
ON_DISK = frozenset({Cause.LOCAL_CONFLICT, Cause.CANNOT_WRITE})

# Codes by which the disk says that a partial file is not what was written: other bytes, or gone. An
# answer that is wrong leaves the parts that came before it as they are.
BAD_FILE = frozenset({"corrupt", "ENOENT"})

# What may be the fault of the way to the service or of one object: a later answer tells. All but
# the last are what a connection comes to when the network goes away, though not only then.
DOUBTFUL = frozenset({Cause.RESET, Cause.SHORT_BODY, Cause.STALL, Cause.TIMEOUT, Cause.BLOCKED})

_REFUSED = frozenset(cause for cause, answer in DECISIONS.items() if answer is Decision.GIVE_UP)
# Failures that a later `get` leaves alone; `retry` tries them again. Whether something is still in
# the way costs no request, so each run looks.
PERMANENT = _REFUSED - {Cause.LOCAL_CONFLICT}

_LATER = {Decision.RETRY, Decision.WAIT}
# Failures after which a single request may yet succeed; keys that were good may come back, too.
MAY_PASS = (*(one for one, what in DECISIONS.items() if what in _LATER), Cause.BAD_CREDENTIALS)
