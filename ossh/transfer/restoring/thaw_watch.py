"""Finds out which archived objects can be read now, and lets the run fetch them.

```
rows ──a page──▶ look up ──what the bucket says──▶ rows pending, archived, gone ──▶ scheduler
```
A run looks once at what earlier ones left archived. One that waits for thawing objects looks again
and again, at first soon and then rarely, and ends when none of them thaws any more. All of it is
in the rows: a run that was killed meanwhile looks again when started again.
"""

from dataclasses import InitVar, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from math import inf
from operator import attrgetter

from ossh.backoff import Backoff
from ossh.language import N_, Words
from ossh.manifest import Manifest, Outcome, keeping
from ossh.model import Entry, Failure, ObjectInfo, Status
from ossh.protocol import NO_OBJECT, archived
from ossh.store.interruptible import BackgroundCall
from ossh.store.listing import Lister
from ossh.store.lookup import look_up
from ossh.transfer.messages import Reply
from ossh.transfer.planning.real_time_access import RealTimeAccess
from ossh.transfer.scheduling.listings import THAW_CHECK
from ossh.transfer.scheduling.scheduler import Scheduler
from ossh.transfer.watching import Phase, Progress

PAGE = 1000  # rows in memory at once
# How often OSS is asked whether objects have thawed, which takes a minute to two days.
THAW_CHECKS = Backoff(30.0, 600.0)
# Between two turns of a run that has nothing else to do.
LOOKING_SECONDS, WAITING_SECONDS = 0.02, 0.25
ONLY_ARCHIVED = frozenset({Status.ARCHIVED})
_FACTS = attrgetter("size", "etag", "storage_class")
_NOTE = N_("waiting for {number} to thaw, next check at {time}")


def outcome_of(entry: Entry, info: ObjectInfo | None, access: RealTimeAccess) -> Outcome | None:
    """Return what becomes of an archived entry, as the bucket has it now; None: nothing new."""
    status, failure = Status.ARCHIVED, entry.failure
    if info is None:
        status, failure = Status.GONE, NO_OBJECT
    elif access.is_readable(info):
        status, failure = Status.PENDING, None
    elif failure is None or failure.code != archived(info.thaw).code:
        failure = archived(info.thaw)
    # a listing cannot tell for a symlink
    facts = info if info and not info.is_symlink and _FACTS(info) != _FACTS(entry) else None
    if (status, failure, facts) == (entry.status, entry.failure, None):
        return None
    return keeping(entry, status, failure, facts=facts)


@dataclass(slots=True, eq=False)
class ThawWatch:
    """What a run does about archived objects; every method runs on the run's thread."""

    manifest: Manifest
    scheduler: Scheduler
    lister: Lister
    access: RealTimeAccess  # which archived objects can be read as they are
    # the pauses between looks for what has thawed; None: one look, if earlier runs left anything
    polls: Backoff | None
    now: InitVar[float]  # monotonic seconds
    is_told: bool = True  # whether a listing tells what has thawed: an inventory does not
    _checks: int = 0  # that have become due so far
    _due: float | None = None
    _row: int | None = None  # that the present check has come to
    _page: list[Entry] = field(default_factory=list)  # that is looked up now
    _look: BackgroundCall[dict[str, ObjectInfo] | Failure] | None = None
    _again_at: float = -inf  # when a page that could not be had is looked up again
    _counted: int = -1  # archived objects when those that thaw were counted
    _thawing: int = 0
    _next_check: str = ""  # for people
    _has_news: bool = False

    def __post_init__(self, now: float) -> None:
        if self._archived:
            self._row = 0  # earlier runs left them so; they may have thawed since
        else:
            self._rest(now)

    @property
    def _archived(self) -> int:
        return self.scheduler.totals.counts.objects[Status.ARCHIVED]

    def hear(self, reply: Reply) -> None:
        """Learn whether the archived object that was fetched as a test could be read."""
        self._has_news = self.access.hear(reply) or self._has_news

    def turn(self, now: float) -> None:
        """Take what a look found, begin the next one once it is due, and test real-time access.

        All outcomes so far must be recorded.
        """
        if self.scheduler.state.is_stopping:
            return
        if self._look is not None and self._look.is_done():
            look, self._look = self._look, None
            self._take(look, now)
        if self._has_news and self._look is None:  # rows of a page must stay as they were read
            self._has_news = False
            self.manifest.revive_real_time()
            self.scheduler.recounted(self.manifest.counts())
        self._begin(now)

    def idle_seconds(self) -> float | None:
        """Return how long a run rests that has nothing else to do; None when it is over."""
        if self._row is not None or self._must_look:
            return LOOKING_SECONDS
        return WAITING_SECONDS if self._due is not None and self._has_reason() else None

    @property
    def _must_look(self) -> bool:
        """Return whether there are archived objects that may or may not have thawed."""
        return not self.is_told and bool(self._archived)

    def _has_reason(self) -> bool:
        """Return whether a check that is due later may find anything."""
        if self._archived != self._counted:
            self._counted = self._archived
            groups = self.manifest.archived()
            self._thawing = sum(one.objects for one in groups if one.is_thawing)
        return self._thawing > 0

    def _begin(self, now: float) -> None:
        """Look up the next page of a check, or test real-time access."""
        if self._look is not None or now < self._again_at or self.scheduler.service.pause(now):
            return
        is_due = self._due is not None and now >= self._due
        if self._row is None and (is_due or (self._must_look and self.scheduler.is_idle)):
            self._row = 0
        if self._row is not None:
            self._page = self.manifest.page(self._row, PAGE, ONLY_ARCHIVED)
            if self._page:
                keys = sorted(entry.key for entry in self._page)
                self._look = BackgroundCall(partial(look_up, self.lister, keys))
                return
            self._end(now)
        self._test()

    def _end(self, now: float) -> None:
        self._row, self.is_told, self._counted = None, True, -1
        self._rest(now)

    def _rest(self, now: float) -> None:
        """Let the next check be due after a pause, if this run waits at all."""
        if self.polls is not None:
            self._checks += 1
            pause = self.polls.after(self._checks)
            self._due = now + pause
            at = datetime.now().astimezone() + timedelta(seconds=pause)
            self._next_check = f"{at:%H:%M:%S}"

    def _take(self, look: BackgroundCall[dict[str, ObjectInfo] | Failure], now: float) -> None:
        """Record what a look found, or have it repeated if it failed."""
        found = look.result()
        if isinstance(found, Failure):
            when = self.scheduler.listings.retry_at(THAW_CHECK, found, now)
            if when is None:
                self._end(now)
            else:
                self._again_at = when
            return
        self._row = self._page[-1].row
        for info in found.values():
            self.access.consider(info)
        outcomes = [outcome_of(one, found.get(one.key), self.access) for one in self._page]
        self._record([one for one in outcomes if one is not None])
        self.scheduler.looked_up(self._row, now)

    def _test(self) -> None:
        """Have one archived object fetched, of the class that may be readable as it is."""
        key = self.access.take_test()
        entry = self.manifest.entry(key) if key else None
        if entry is None or entry.status is not Status.ARCHIVED:
            return
        self._record([keeping(entry, Status.PENDING)])

    def _record(self, outcomes: list[Outcome]) -> None:
        self.manifest.record(outcomes)
        self.scheduler.recounted(self.manifest.counts())

    def shown(self, progress: Progress) -> Progress:
        """Return the snapshot, noting what is waited for when nothing else is left to do."""
        is_waiting = self.scheduler.is_idle and self._row is None and self._thawing
        if not is_waiting or progress.note or progress.phase is Phase.STOPPING:
            return progress
        note = Words(_NOTE, number=f"{self._thawing:,}", time=self._next_check)
        return replace(progress, phase=Phase.WAITING, note=note)
