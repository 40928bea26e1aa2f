"""Finds out which archived objects can be read now, and lets the run fetch them.

```
rows ──a page──▶ ThawLook ──what the bucket says──▶ rows pending, archived, gone ──▶ scheduler
```
A run looks once at what earlier ones left archived. One that waits for thawing objects looks again
and again, at first soon and then rarely, and ends when none of them thaws any more. All of it is
in the rows: who is killed meanwhile looks again when started again.
"""

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ossh.errors import OsshError
from ossh.language import N_, Words
from ossh.manifest import Manifest, Outcome
from ossh.model import Cause, Entry, Failure, ObjectInfo, Status, value
from ossh.protocol import archived
from ossh.store.listing import Lister
from ossh.store.lookup import look_up
from ossh.transfer.access import Access
from ossh.transfer.backoff import doubled
from ossh.transfer.messages import Crashed, Phase, Progress, Reply
from ossh.transfer.scheduler import Scheduler

PAGE = 1000  # rows in memory at once
# After a look that failed, before the next try; twice as long each time.
REST_SECONDS, LONGEST_REST_SECONDS = 0.25, 20.0
# Between two turns of a run that has nothing else to do.
LOOKING_SECONDS, WAITING_SECONDS = 0.02, 0.25
_NOTE = N_("waiting for {number} to thaw, next check at {time}")
_ONLY_ARCHIVED = frozenset({Status.ARCHIVED})
_NO_OBJECT = Failure(Cause.GONE, "NoSuchKey", "no such object")


@value
class Polls:
    """How often OSS is asked whether objects have thawed; each pause is twice the one before."""

    first_seconds: float = 30.0
    longest_seconds: float = 600.0

    def pause(self, number: int) -> float:
        """Return the seconds before a look, of which so many went before."""
        return doubled(self.first_seconds, number, self.longest_seconds)


Looked = dict[str, ObjectInfo] | Failure | Crashed


class ThawLook(threading.Thread):
    """Looks up keys in a thread of its own and posts what the bucket has of them."""

    def __init__(self, lister: Lister, keys: list[str], post: Callable[[Looked], None]) -> None:
        super().__init__(name="ossh-thaw-look", daemon=True)
        self._lister = lister
        self._keys = keys
        self._post = post

    def run(self) -> None:
        """Look; a bug travels as `Crashed`."""
        try:
            self._post(look_up(self._lister, self._keys))
        except OsshError as error:
            self._post(Failure(Cause.BAD_CREDENTIALS, "no credentials", str(error)))
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post(Crashed(traceback.format_exc()))


def outcome_of(entry: Entry, info: ObjectInfo | None, access: Access) -> Outcome | None:
    """Return what becomes of an archived entry by what the bucket has now; None for nothing new."""
    status, failure = Status.ARCHIVED, entry.failure
    if info is None:
        status, failure = Status.GONE, _NO_OBJECT
    elif access.is_readable(info):
        status, failure = Status.PENDING, None
    elif failure is None or failure.code != archived(info.thaw).code:
        failure = archived(info.thaw)
    facts = info if info is not None and _differs(entry, info) else None
    if (status, failure, facts) == (entry.status, entry.failure, None):
        return None
    finished = entry.finished_seconds
    return Outcome(entry.row, status, 0, failure, entry.proof, finished=finished, facts=facts)


class Thawing:
    """What a run does about archived objects; every method runs on the run's thread.

    Args:
        manifest: Of the run.
        scheduler: Of the run.
        lister: Asks the bucket.
        access: What is known of archived objects.
        polls: How often it is looked for what thaws; None: once, if earlier runs left anything.
        now: Monotonic seconds.
        is_told: Whether the rows that come tell what has thawed: those of an inventory do not.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        manifest: Manifest,
        scheduler: Scheduler,
        lister: Lister,
        access: Access,
        polls: Polls | None,
        now: float,
        *,
        is_told: bool = True,
    ) -> None:
        self._manifest = manifest
        self._scheduler = scheduler
        self._lister = lister
        self._access = access
        self._polls = polls
        self._is_told = is_told
        self._looks = 0  # pauses so far
        self._due: float | None = None
        self._row: int | None = None  # that the present look has come to
        self._page: list[Entry] = []  # that is looked up now
        self._replies: deque[Looked] = deque()
        self._counted = -1  # archived objects when those that thaw were counted
        self._thaws = 0
        self._tries = 0  # of a page, in a row
        self._rest_until = now
        self._next_look = ""  # for people
        self._has_news = False
        scheduler.idle_seconds = self._idle_seconds
        if scheduler.tally.objects[Status.ARCHIVED]:
            self._row = 0  # earlier runs left them so; they may have thawed since
        else:
            self._rest(now)

    def hear(self, reply: Reply) -> None:
        """Learn from the answer to the archived object that is asked for as a test."""
        self._has_news = self._access.hear(reply) or self._has_news

    def turn(self, now: float) -> None:
        """Take what a look brought, begin the next one once it is due, and test real-time access.

        All that became of objects so far must be recorded.
        """
        scheduler = self._scheduler
        if scheduler.is_stopping:
            return
        while self._replies:
            self._take(self._replies.popleft(), now)
        if self._has_news and not self._page:  # rows of a page must stay as they were read
            self._has_news = False
            self._manifest.revive_real_time()
            scheduler.tally.recount(self._manifest.counts())
            scheduler.again()
        self._begin(now)

    def _idle_seconds(self) -> float | None:
        """Return how long a run rests that has nothing else to do; None when it is over."""
        if self._row is not None or self._must_look:
            return LOOKING_SECONDS
        return WAITING_SECONDS if self._due is not None and self._has_reason() else None

    @property
    def _must_look(self) -> bool:
        """Return whether there are archived objects that may or may not have thawed."""
        return not self._is_told and bool(self._scheduler.tally.objects[Status.ARCHIVED])

    def _has_reason(self) -> bool:
        """Return whether a look that is due later may find anything."""
        number = self._scheduler.tally.objects[Status.ARCHIVED]
        if number != self._counted:
            groups = self._manifest.archived()
            self._thaws = sum(one.objects for one in groups if one.is_thawing)
            self._counted = number
        return self._thaws > 0

    def _begin(self, now: float) -> None:
        """Ask what is to be asked now."""
        if self._page or now < self._rest_until or self._scheduler.service.pause(now):
            return
        is_due = self._due is not None and now >= self._due
        if self._row is None and (is_due or (self._must_look and self._scheduler.is_idle)):
            self._row = 0
        if self._row is not None:
            self._page = self._manifest.page(self._row, PAGE, _ONLY_ARCHIVED)
            if self._page:
                keys = sorted(entry.key for entry in self._page)
                ThawLook(self._lister, keys, self._replies.append).start()
                return
            self._end(now)
        self._test()

    def _end(self, now: float) -> None:
        """End a look."""
        self._row, self._is_told = None, True
        self._counted, self._tries = -1, 0
        self._rest(now)

    def _rest(self, now: float) -> None:
        """Let the next look be due after a pause, if this run waits at all."""
        if self._polls is not None:
            pause = self._polls.pause(self._looks)
            self._due, self._looks = now + pause, self._looks + 1
            at = datetime.now().astimezone() + timedelta(seconds=pause)
            self._next_look = f"{at:%H:%M:%S}"

    def _take(self, looked: Looked, now: float) -> None:
        """Record what a look brought, or try again."""
        page, self._page = self._page, []
        match looked:
            case Crashed():
                self._scheduler.on(looked, now)
            case Failure():
                self._tries += 1
                self._rest_until = now + doubled(REST_SECONDS, self._tries, LONGEST_REST_SECONDS)
                if not self._scheduler.look_failed(looked, self._tries, now):
                    self._end(now)
            case _:
                self._tries = 0
                self._scheduler.service.served(now)
                self._row = page[-1].row
                self._record(page, looked)

    def _record(self, page: list[Entry], found: dict[str, ObjectInfo]) -> None:
        changes = [(one, outcome_of(one, found.get(one.key), self._access)) for one in page]
        outcomes = [outcome for _, outcome in changes if outcome is not None]
        self._manifest.record(outcomes)
        tally = self._scheduler.tally
        for entry, outcome in changes:
            if outcome is not None:
                tally.move(Status.ARCHIVED, outcome.status, entry.size)
                if outcome.facts is not None:
                    tally.resize(outcome.status, outcome.facts.size - entry.size)
        if any(outcome.status is Status.PENDING for outcome in outcomes):
            self._scheduler.again()

    def _test(self) -> None:
        """Have one archived object of a class asked for that may be readable as it is."""
        key = self._access.take_test()
        entry = self._manifest.entry(key) if key else None
        if entry is None or entry.status is not Status.ARCHIVED:
            return
        finished = entry.finished_seconds
        outcome = Outcome(entry.row, Status.PENDING, 0, None, entry.proof, finished=finished)
        self._manifest.record([outcome])
        self._scheduler.tally.move(Status.ARCHIVED, Status.PENDING, entry.size)
        self._scheduler.again()

    def shown(self, progress: Progress) -> Progress:
        """Return a snapshot that says what is waited for, when nothing else is left to do."""
        is_waiting = self._scheduler.is_idle and self._row is None and self._thaws
        if not is_waiting or progress.note or progress.phase is Phase.STOPPING:
            return progress
        note = Words(_NOTE, number=f"{self._thaws:,}", time=self._next_look)
        return replace(progress, phase=Phase.WAITING, note=note)


def _differs(entry: Entry, info: ObjectInfo) -> bool:
    """Return whether an object differs from its row; a listing cannot tell for a symlink."""
    if info.type == "Symlink":
        return False
    return (entry.size, entry.etag, entry.storage_class) != (
        info.size,
        info.etag,
        info.storage_class,
    )
