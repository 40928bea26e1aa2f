"""What becomes of an object whose attempt failed, by the table of answers. Pure.

Charged and tried again, given up, waited for, planned again, or the end of the run. What happens
too often to one object is charged after all; what was charged while the way to the service was
closed is taken back.
"""

from dataclasses import replace
from typing import Protocol

from ossh.language import Words
from ossh.model import Cause, Failure, Status
from ossh.transfer.answers import LOCAL, Answer
from ossh.transfer.backoff import Backoff
from ossh.transfer.item import Item
from ossh.transfer.messages import Heard
from ossh.transfer.outage import CLOSED, Service
from ossh.transfer.pace import Pace
from ossh.transfer.records import Records
from ossh.transfer.suspects import Suspects
from ossh.transfer.window import Window

MAX_THROTTLES = 10  # of one object in a run, before they count as an attempt
MAX_CHANGES = 3  # of one object in a run

DANGLING = Words("the symlink points to an object that does not exist")


class Course(Protocol):
    """The run that attempts belong to: its state, and what may be asked of it."""

    service: Service
    pace: Pace

    @property
    def round(self) -> int:
        """Return the round that the present pass belongs to."""

    def stop(self, failure: Failure) -> None:
        """Take no new work."""

    def recall(self) -> None:
        """Have what the lanes have queued called back."""


class Attempts:
    """Settles failed attempts; see the module's text.

    Args:
        course: The run.
        max_attempts: Of one object in it.
        records: Learn what is charged, and what ends.
        window: The objects that are worked on.
        backoff: How long an object rests after an attempt.
    """

    def __init__(
        self, course: Course, max_attempts: int, records: Records, window: Window, backoff: Backoff
    ) -> None:
        self._course = course
        self._max_attempts = max_attempts
        self._records = records
        self._window = window
        self._backoff = backoff
        self._suspects = Suspects()

    def loaded(self, item: Item) -> None:
        """Hold against an object what an earlier pass charged it with: it had its chances."""
        if item.attempts and item.entry.failure is not None:
            cause = item.entry.failure.cause
            if cause is Cause.THROTTLED:
                item.throttles = MAX_THROTTLES
            elif cause is Cause.CHANGED:
                item.changes = MAX_CHANGES
                item.look_again()
        self._suspects.loaded(item)

    def settle(self, item: Item, failure: Failure, now: float) -> None:
        """Apply the table of answers to a failed attempt."""
        if failure.cause is Cause.NOT_OSS:  # to this request: whether to all, a later one tells
            failure = replace(failure, cause=Cause.BLOCKED)
        match self._answer_for(item, failure):
            case Answer.RETRY:
                self._charge(item, failure, now)
            case Answer.GIVE_UP:
                if failure.cause not in LOCAL:
                    self.served(item, now)
                item.attempts += 1
                gone = failure.cause is Cause.GONE
                if gone and item.entry.type == "Symlink":
                    failure = replace(failure, message=DANGLING)
                self._end(item, Status.GONE if gone else Status.FAILED, failure)
            case Answer.WAIT:
                if failure.cause is not Cause.NETWORK:
                    self._suspects.answered(item.sent)
                self.wait_out(failure, now)
                item.again()
                self._window.delay(item, now + self._rest(failure, item, now))
            case Answer.REPLAN:
                self.served(item, now)
                self._replan(item, failure)
            case Answer.STOP:
                self._course.stop(failure)

    def wait_out(self, failure: Failure, now: float) -> None:
        """Send nothing for a while; before the service ever served, that is an error."""
        if failure.cause in CLOSED:
            self._acquit(now)
        if failure.cause is Cause.THROTTLED:
            self._course.pace.throttled(now)
        elif not self._course.service.has_answered and failure.cause is not Cause.CLOCK:
            self._course.stop(failure)
            return
        if self._course.service.refused(failure, now, self._window.sent):
            self._course.recall()

    def served(self, item: Item, now: float) -> None:
        """Take note that the service serves: it answered what was asked of this object."""
        self._suspects.answered(item.sent)
        self._course.service.served(now, item.sent)

    @property
    def are_in_doubt(self) -> bool:
        """Return whether something else than the service answered, perhaps for one object only."""
        return self._suspects.are_blocked

    def heard(self, reply: Heard, now: float) -> None:
        """Take the answer to a question into account that was asked because of that doubt."""
        failure = reply.failure
        if reply.is_genuine:
            self._suspects.answered(reply.number)
        match None if failure is None else self._course.service.answer(failure):
            case Answer.WAIT if failure:
                self.wait_out(failure, now)
            case Answer.STOP if failure:
                self._course.stop(failure)
            case _ if reply.is_genuine:
                self._course.service.served(now, reply.number)
            case _ if failure:
                self._course.service.refused(failure, now, self._window.sent)

    def leave(self, item: Item) -> None:
        """Let an object leave the window for good."""
        self._window.remove(item)
        self._suspects.left(item)

    def _answer_for(self, item: Item, failure: Failure) -> Answer:
        """Return what to do; what happens too often to one object is charged after all."""
        if failure.cause is Cause.THROTTLED:
            item.throttles += 1
            self._records.again(item, is_again=True)
        item.changes += failure.cause is Cause.CHANGED
        if item.throttles > MAX_THROTTLES or item.changes > MAX_CHANGES:
            return Answer.RETRY
        return self._course.service.answer(failure)

    def _charge(self, item: Item, failure: Failure, now: float) -> None:
        """Count an attempt, unless the way to the service is to blame for it."""
        self._count(item, failure, now)
        was_in_doubt = self.are_in_doubt
        self._suspects.charged(item, failure, self._window.sent)
        if self._course.service.is_unreachable:
            self._acquit(now)
        elif self.are_in_doubt and not was_in_doubt:
            self._course.recall()

    def _count(self, item: Item, failure: Failure, now: float) -> None:
        """Count an attempt; what may yet succeed comes again in round two."""
        item.attempts += 1
        is_other = failure.cause is Cause.CHANGED
        if is_other or failure.cause is Cause.CORRUPT:
            self._forget(item)
        if item.attempts >= self._max_attempts:
            self._end(item, Status.FAILED, failure)
            return
        self._records.charged(item, failure)
        if self._course.round == 1:
            self._window.remove(item)
            return
        if is_other:
            item.look_again()
        else:
            item.again()
        self._window.delay(item, now + self._backoff.after(item.attempts))

    def _acquit(self, now: float) -> None:
        """Take back what was charged since the last answer: the way to the service was closed.

        An object in the window tries again in any case; others come back to it.
        """
        for item, was_ended in self._suspects.acquit(self._max_attempts):
            self._records.acquitted(item, was_ended=was_ended)
            if item not in self._window:
                item.again()
                self._window.add(item)
                self._window.delay(item, now)

    def _replan(self, item: Item, failure: Failure) -> None:
        if failure.cause is Cause.ARCHIVED:
            self._end(item, Status.ARCHIVED, failure)
            return
        if not item.may_grow:
            self._forget(item)
        item.look_again()
        self._window.queue(item)

    def _forget(self, item: Item) -> None:
        """Drop an object's parts, here and in the manifest."""
        self._records.forgot(item, item.part_bytes)
        item.forget()

    def _rest(self, failure: Failure, item: Item, now: float) -> float:
        """Return how long an object rests after an uncharged refusal, in seconds."""
        if failure.cause is not Cause.THROTTLED:
            return 0.0
        return self._course.service.pause(now) + self._backoff.after(item.throttles)

    def _end(self, item: Item, status: Status, failure: Failure) -> None:
        """Let an object leave the window that will not come in this run."""
        self._records.ended(item, status, failure)
        self.leave(item)
