"""Each object from task to task, and what is done when an attempt fails. Pure.

By the table of decisions a failure is charged and tried again, given up, waited out, planned again,
or the end of the run. What happens too often to one object is charged after all.

A lost connection, or a page that is not the service's, may be the fault of one object or of the way
to all. It is charged for the time being. When the service answers a request sent later, the charge
stands; when it turns out to be out of reach, the charge is taken back. The answer to an earlier
request proves nothing: it may have come just before the network went, and be reported just after.
So may a loss: one of a request from before, told of when all is well again, is not charged.

Where an access key or the time of a request is refused, that may hold for all, or something on the
way alters the requests for one object. So the service is asked what concerns no object, as it is
where something else answered, before that object is tried again; after a pause, as a new key may
not be known to all of the service yet. One that is refused time and again, though the service
accepts the key and the time, is given up.
"""

from dataclasses import dataclass, field, replace

from ossh.backoff import Backoff
from ossh.language import Words
from ossh.model import Cause, Failure, Status
from ossh.transfer.messages import Answer, Done, Failed, Returned, Seal
from ossh.transfer.scheduling.item import Item
from ossh.transfer.scheduling.outcomes import Outcomes
from ossh.transfer.scheduling.retry_policy import (
    BAD_FILE,
    DOUBTFUL,
    MAX_CHANGES,
    MAX_OUTAGES,
    MAX_REFUSALS,
    MAX_THROTTLES,
    ON_DISK,
    Decision,
)
from ossh.transfer.scheduling.run_state import RunState
from ossh.transfer.scheduling.service_health import ASKED, CLOSED, PAUSES
from ossh.transfer.scheduling.window import SIZE, Window

REPLACED = Words("this version was replaced: the bucket gives no further version ids")
ALTERED = Words(
    "OSS accepts other requests, but none for this object: something on the way alters them"
)
DANGLING = Words("the symlink points to an object that does not exist")

_UNANSWERED = frozenset({Cause.NETWORK, Cause.NO_WORKER})  # nothing came from the service
# Troubles that say nothing of the service, so they are waited out before its first answer, too.
_OWN_TROUBLES = frozenset({Cause.CLOCK, Cause.NO_WORKER})


@dataclass(slots=True, eq=False)
class Attempts:
    """Leads each object of the window through its tasks, as often as it may be tried."""

    state: RunState
    window: Window
    outcomes: Outcomes
    backoff: Backoff
    max_attempts: int
    # by row: objects charged with what an outage may explain, the last charged last
    _doubtful: dict[int, Item] = field(default_factory=dict)
    _doubted_at: int | None = None  # tasks sent when something else than OSS answered

    def loaded(self, item: Item) -> Item:
        """Return an object that comes into the window, with what this run charged it before."""
        failure, row = item.entry.failure, item.entry.row
        if row in self._doubtful:
            return self._doubtful[row]
        if item.attempts and failure is not None:
            if failure.cause is Cause.THROTTLED:
                item.throttles = MAX_THROTTLES
            elif failure.cause is Cause.CHANGED:
                item.changes = MAX_CHANGES
                item.look_again()
        return item

    # answers

    def on(self, reply: Answer, now: float) -> None:
        item = self.window.landed(reply.task)
        is_of_service = isinstance(reply, Done) and reply.served is not None
        if is_of_service and not isinstance(reply.task, Seal):
            self._served(item, now)  # folders and seals do not need the service
        if self.outcomes.on(item, reply, now):
            self._leave(item)
            return
        if isinstance(reply, Failed) and (
            item.failure is None or reply.failure.code in BAD_FILE  # that outweighs the others
        ):
            item.failure = reply.failure
        if item.flying:
            return
        if isinstance(reply, Returned):
            item.sent = 0  # it may never have been begun
        if item.failure is not None:
            self._settle(item, item.failure, now)
        else:
            item.go_on()
            self.window.queue(item)

    def _served(self, item: Item, now: float) -> None:
        item.refusals = 0
        self._answered(item.sent)
        self.state.service.served(now, item.sent)

    # what failed

    def _settle(self, item: Item, failure: Failure, now: float) -> None:
        failure = _of_this(item, failure)
        match self._decision_for(item, failure):
            case Decision.RETRY:
                self._charge(item, failure, now)
                self._doubt(item, failure, now)
            case Decision.GIVE_UP:
                if failure.cause not in ON_DISK:
                    self._served(item, now)
                item.attempts += 1
                gone = failure.cause is Cause.GONE
                if gone and item.entry.is_symlink:
                    failure = replace(failure, message=DANGLING)
                self._end(item, Status.GONE if gone else Status.FAILED, failure)
            case Decision.WAIT:
                self._wait(item, failure, now)
            case Decision.REPLAN:
                self._served(item, now)
                if failure.cause is Cause.ARCHIVED:
                    self._end(item, Status.ARCHIVED, failure)
                else:
                    self._look_again(item)
                    self.window.queue(item)
            case Decision.STOP:
                self.state.stop(failure)

    def _decision_for(self, item: Item, failure: Failure) -> Decision:
        """Return what to do about a failure; one too many of an uncharged kind is charged."""
        if failure.cause is Cause.THROTTLED:
            item.throttles += 1
            self.outcomes.again(item, is_again=True)
        item.changes += failure.cause is Cause.CHANGED
        if item.throttles > MAX_THROTTLES or item.changes > MAX_CHANGES:
            return Decision.RETRY
        if failure.cause is Cause.BAD_CREDENTIALS:  # whether for all, the service is asked
            return Decision.WAIT
        return self.state.service.decision_for(failure)

    def _wait(self, item: Item, failure: Failure, now: float) -> None:
        """Let an object wait, uncharged, until the service can be used."""
        if failure.cause not in _UNANSWERED:
            self._answered(item.sent)
        rest = 0.0
        if failure.cause in ASKED:
            item.refusals += 1
            rest = PAUSES.after(item.refusals)
            self._ask_service()
        else:
            self.wait_out(failure, now)
        if failure.cause is Cause.THROTTLED:
            rest = self.state.service.pause(now) + self.backoff.after(item.throttles)
        item.go_on()
        self.window.delay(item, now + rest)

    def _charge(self, item: Item, failure: Failure, now: float) -> None:
        """Count an attempt; what may yet succeed comes again in round two."""
        item.attempts += 1
        if failure.code in BAD_FILE:
            self.outcomes.forget(item)
        if failure.cause is Cause.CHANGED:
            self._look_again(item)
        else:
            item.go_on()
        if item.attempts >= self.max_attempts:
            self._end(item, Status.FAILED, failure)
            return
        self.outcomes.charged(item, failure)
        if self.state.rounds.number == 1:
            self.window.remove(item)
        else:
            self.window.delay(item, now + self.backoff.after(item.attempts))

    def _look_again(self, item: Item) -> None:
        """Start over from what the service says of an object now."""
        if not item.may_grow:
            self.outcomes.forget(item)
        item.look_again()

    def _end(self, item: Item, status: Status, failure: Failure) -> None:
        self.outcomes.ended(item, status, failure)
        self._leave(item)

    def _leave(self, item: Item) -> None:
        self.window.remove(item)
        self._stand(item)

    # what an outage may explain

    def wait_out(self, failure: Failure, now: float) -> None:
        """Send nothing for a while; what a closed way to the service explains costs nobody.

        Before the service ever served, to be refused is an error.
        """
        state = self.state
        if failure.cause in CLOSED:
            self._acquit(now)
        if failure.cause in ASKED:  # for all
            for item in self.window:
                item.refusals = 0
        if failure.cause is Cause.THROTTLED:
            state.concurrency.throttled(now)
        elif not state.service.has_answered and failure.cause not in _OWN_TROUBLES:
            state.stop(failure)
            return
        if state.service.refused(failure, now, self.window.sent):
            state.recalls = True

    @property
    def is_in_doubt(self) -> bool:
        """Return whether objects do not tell how the service is: it is asked itself."""
        return self._doubted_at is not None or self.state.service.waits_for in ASKED

    def _ask_service(self) -> None:
        """Send nothing until it is known what the service itself answers."""
        if not self.is_in_doubt:
            self.state.recalls = True
        self._doubted_at = self.window.sent

    def question(self, now: float) -> int | None:
        """Return the number of a question to ask the service itself, None when none is due."""
        if self.state.is_stopping or not self.is_in_doubt or self.state.service.pause(now):
            return None
        self.window.sent += 1
        return self.window.sent

    def _doubt(self, item: Item, failure: Failure, now: float) -> None:
        """Take a charge back if the way to the service is to blame, or note that it may be."""
        if failure.cause not in DOUBTFUL or item.outages >= MAX_OUTAGES:
            return
        self._doubtful.pop(item.entry.row, None)
        item.doubtful += 1
        if 0 < item.sent <= self.state.service.closed_before:  # it is told of late
            self._take_back(item, now)
            return
        self._doubtful[item.entry.row] = item
        if len(self._doubtful) > SIZE:  # no outage takes longer to show
            self._stand(self._oldest)
        item.doubted_at = self.window.sent
        if self.state.service.waits_for in CLOSED:
            self._acquit(now)
        elif failure.cause is Cause.BLOCKED:
            self._ask_service()

    def _stand(self, item: Item) -> None:
        self._doubtful.pop(item.entry.row, None)
        item.doubtful = 0

    def _answered(self, task: int) -> None:
        """Let stand what was charged before a task was sent that is answered now.

        `task` is its number among the tasks of the run.
        """
        if self._doubted_at is not None and task > self._doubted_at:
            self._doubted_at = None
        while self._doubtful and self._oldest.doubted_at < task:
            self._stand(self._oldest)

    @property
    def _oldest(self) -> Item:
        return next(iter(self._doubtful.values()))

    def _acquit(self, now: float) -> None:
        """Take back what was charged since the last answer: the way to the service was closed.

        An object in the window tries again in any case; others come back to it.
        """
        self._doubted_at = None
        doubtful, self._doubtful = self._doubtful, {}
        for item in doubtful.values():
            self._take_back(item, now)

    def _take_back(self, item: Item, now: float) -> None:
        was_ended = item.attempts >= self.max_attempts
        item.attempts -= item.doubtful
        item.doubtful, item.outages = 0, item.outages + 1
        self.outcomes.acquitted(item, was_ended=was_ended)
        if self.window.item(item.entry.row) is None:
            self.window.add(item)
            self.window.delay(item, now)

    def heard(self, question: int, failure: Failure | None, now: float) -> None:
        """Take the answer to a question that concerns no object into account.

        It is the service's own, be it a refusal, if it tells the id of the request.
        """
        service = self.state.service
        is_genuine = failure is None or bool(failure.request_id)
        if is_genuine:
            self._answered(question)
        match None if failure is None else service.decision_for(failure):
            case Decision.WAIT if failure:
                self.wait_out(failure, now)
            case Decision.STOP if failure:
                self.state.stop(failure)
            case _ if is_genuine:
                service.served(now, question)
            case _ if failure:
                service.refused(failure, now, self.window.sent)


def _of_this(item: Item, failure: Failure) -> Failure:
    """Return a failure as what it means for one object alone."""
    if failure.cause is Cause.NOT_OSS:  # to this request: whether to all, a later one tells
        return replace(failure, cause=Cause.BLOCKED)
    if failure.cause in ASKED and item.refusals >= MAX_REFUSALS:
        return replace(failure, cause=Cause.REFUSED, code="altered request", message=ALTERED)
    is_of_version = item.entry.version_id and not item.entry.is_symlink  # that borrows its bytes
    if failure.cause is Cause.CHANGED and is_of_version:
        return replace(failure, cause=Cause.GONE, code="NoSuchVersion", message=REPLACED)
    return failure
