"""Each object from task to task, and what is done when an attempt fails. Pure.

By the table of decisions a failure is charged and tried again, given up, waited out, planned again,
or the end of the run. What happens too often to one object is charged after all.
"""

from dataclasses import replace

from ossh.backoff import Backoff
from ossh.language import Words
from ossh.model import Cause, Failure, Status
from ossh.transfer.messages import Answer, Done, Failed, Returned, Seal
from ossh.transfer.scheduling.item import Item, Stage
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.retry_policy import LOCAL, MAX_CHANGES, MAX_THROTTLES, Decision
from ossh.transfer.scheduling.run_state import RunState
from ossh.transfer.scheduling.window import Window

REPLACED = Words("this version was replaced: the bucket gives no further version ids")
DANGLING = Words("the symlink points to an object that does not exist")


class Attempts:
    """Leads each object of the window through its tasks, as often as it may be tried.

    Args:
        backoff: How long an object rests after a failed attempt.
    """

    def __init__(
        self,
        state: RunState,
        window: Window,
        outcomes: Outcomes,
        backoff: Backoff,
        max_attempts: int,
    ) -> None:
        self._state = state
        self._window = window
        self._outcomes = outcomes
        self._backoff = backoff
        self._max_attempts = max_attempts

    def loaded(self, item: Item) -> None:
        """Count against an object what an earlier pass charged it with: it had its chances."""
        if item.attempts and item.entry.failure is not None:
            cause = item.entry.failure.cause
            if cause is Cause.THROTTLED:
                item.throttles = MAX_THROTTLES
            elif cause is Cause.CHANGED:
                item.changes = MAX_CHANGES
                item.look_again()
        self._state.suspected_outage.loaded(item)

    # answers

    def on(self, reply: Answer, now: float) -> None:
        """Take the answer to a task into account, and continue with its object."""
        item = self._window.landed(reply.task)
        is_of_service = isinstance(reply, Done) and reply.served is not None
        if is_of_service and not isinstance(reply.task, Seal):
            self._state.served(item, now)  # folders and seals do not need the service
        if self._outcomes.on(item, reply, now):
            self._leave(item)
            return
        if isinstance(reply, Failed):
            item.failure = item.failure or reply.failure
        if not item.flying:
            if isinstance(reply, Returned):
                item.sent = 0  # it may never have been begun
            self._go_on(item, now)

    def _go_on(self, item: Item, now: float) -> None:
        """Decide about an item of which nothing is under way."""
        if item.failure is not None:
            self._settle(item, item.failure, now)
            return
        item.turn_over()
        if item.stage is Stage.FETCH:
            item.again()
        self._window.queue(item)

    # what failed

    def _settle(self, item: Item, failure: Failure, now: float) -> None:
        """Apply the table of decisions to a failed attempt."""
        failure = _of_this(item, failure)
        match self._decision_for(item, failure):
            case Decision.RETRY:
                self._charge(item, failure, now)
                self._state.charged(item, failure, now)
            case Decision.GIVE_UP:
                if failure.cause not in LOCAL:
                    self._state.served(item, now)
                item.attempts += 1
                gone = failure.cause is Cause.GONE
                if gone and item.entry.is_symlink:
                    failure = replace(failure, message=DANGLING)
                self._end(item, Status.GONE if gone else Status.FAILED, failure)
            case Decision.WAIT:
                if failure.cause is not Cause.NETWORK:
                    self._state.suspected_outage.answered(item.sent)
                self._state.wait_out(failure, now)
                item.again()
                self._window.delay(item, now + self._rest(failure, item, now))
            case Decision.REPLAN:
                self._state.served(item, now)
                self._replan(item, failure)
            case Decision.STOP:
                self._state.stop(failure)

    def _decision_for(self, item: Item, failure: Failure) -> Decision:
        """Return what to do about a failure; one too many of an uncharged kind is charged."""
        if failure.cause is Cause.THROTTLED:
            item.throttles += 1
            self._outcomes.again(item, is_again=True)
        item.changes += failure.cause is Cause.CHANGED
        if item.throttles > MAX_THROTTLES or item.changes > MAX_CHANGES:
            return Decision.RETRY
        return self._state.service.decision_for(failure)

    def _charge(self, item: Item, failure: Failure, now: float) -> None:
        """Count an attempt; what may yet succeed comes again in round two."""
        item.attempts += 1
        has_changed = failure.cause is Cause.CHANGED
        if has_changed or failure.cause is Cause.CORRUPT:
            self._outcomes.forget(item)
        if item.attempts >= self._max_attempts:
            self._end(item, Status.FAILED, failure)
            return
        self._outcomes.charged(item, failure)
        if self._state.rounds.number == 1:
            self._window.remove(item)
            return
        if has_changed:
            item.look_again()
        else:
            item.again()
        self._window.delay(item, now + self._backoff.after(item.attempts))

    def _rest(self, failure: Failure, item: Item, now: float) -> float:
        """Return how long an object rests after an uncharged refusal, in seconds."""
        if failure.cause is not Cause.THROTTLED:
            return 0.0
        return self._state.service.pause(now) + self._backoff.after(item.throttles)

    def _replan(self, item: Item, failure: Failure) -> None:
        if failure.cause is Cause.ARCHIVED:
            self._end(item, Status.ARCHIVED, failure)
            return
        if not item.may_grow:
            self._outcomes.forget(item)
        item.look_again()
        self._window.queue(item)

    def _end(self, item: Item, status: Status, failure: Failure) -> None:
        """Give an object up for this run."""
        self._outcomes.ended(item, status, failure)
        self._leave(item)

    def _leave(self, item: Item) -> None:
        """Let an object leave the window for good."""
        self._window.remove(item)
        self._state.suspected_outage.left(item)


def _of_this(item: Item, failure: Failure) -> Failure:
    """Return a failure as what it means for one object alone."""
    if failure.cause is Cause.NOT_OSS:  # to this request: whether to all, a later one tells
        return replace(failure, cause=Cause.BLOCKED)
    if failure.cause is Cause.CHANGED and item.is_of_version:
        return replace(failure, cause=Cause.GONE, code="NoSuchVersion", message=REPLACED)
    return failure
