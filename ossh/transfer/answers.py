"""What one does about each cause of failure: one table.

Source: the retry rules of the official SDKs, and the
service's list of error codes.
"""

from enum import Enum

from ossh.model import Cause


class Answer(Enum):
    """What one does about a failure."""

    RETRY = "charge and retry"
    GIVE_UP = "charge, do not retry"
    WAIT = "wait, uncharged"
    REPLAN = "plan again, uncharged"
    STOP = "stop the run"


ANSWERS: dict[Cause, Answer] = {
    Cause.TIMEOUT: Answer.RETRY,
    Cause.RESET: Answer.RETRY,
    Cause.SERVER: Answer.RETRY,
    Cause.SHORT_BODY: Answer.RETRY,
    Cause.CORRUPT: Answer.RETRY,
    Cause.STALL: Answer.RETRY,
    Cause.BLOCKED: Answer.RETRY,
    Cause.TLS: Answer.RETRY,
    Cause.DENIED: Answer.GIVE_UP,
    Cause.KMS: Answer.GIVE_UP,
    Cause.GONE: Answer.GIVE_UP,
    Cause.REFUSED: Answer.GIVE_UP,
    Cause.LOCAL_CONFLICT: Answer.GIVE_UP,
    Cause.CANNOT_WRITE: Answer.GIVE_UP,
    Cause.THROTTLED: Answer.WAIT,
    Cause.NETWORK: Answer.WAIT,
    Cause.NOT_OSS: Answer.WAIT,
    Cause.EXPIRED: Answer.WAIT,
    Cause.CLOCK: Answer.WAIT,
    Cause.NO_WORKER: Answer.WAIT,
    Cause.CHANGED: Answer.REPLAN,
    Cause.ARCHIVED: Answer.REPLAN,
    Cause.BAD_CREDENTIALS: Answer.STOP,
    Cause.NO_BUCKET: Answer.STOP,
    Cause.WRONG_ENDPOINT: Answer.STOP,
    Cause.DISK_FULL: Answer.STOP,
    Cause.READ_ONLY: Answer.STOP,
    Cause.TARGET_GONE: Answer.STOP,
    Cause.TOO_MANY_FILES: Answer.STOP,
}

# Troubles of this computer, which say nothing of the service.
LOCAL = frozenset(
    {
        Cause.LOCAL_CONFLICT,
        Cause.CANNOT_WRITE,
        Cause.DISK_FULL,
        Cause.READ_ONLY,
        Cause.TARGET_GONE,
        Cause.TOO_MANY_FILES,
    }
)

# What a connection comes to when the network goes away, though not only then.
LOST = frozenset({Cause.RESET, Cause.SHORT_BODY, Cause.STALL, Cause.TIMEOUT})

# What may be the fault of the way to the service or of one object: a later answer tells.
DOUBTFUL = LOST | {Cause.BLOCKED}

# Refusals that `get` does not repeat in a later run; `retry` does.
PERMANENT = frozenset(cause for cause, answer in ANSWERS.items() if answer is Answer.GIVE_UP)
