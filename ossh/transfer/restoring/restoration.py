"""Asks OSS to thaw what a job's manifest has as archived, at a bounded rate, and remembers it.

```
rows ──a page──▶ look up ──what is frozen──▶ ask, many threads ──▶ rows
```
The bucket is looked at first: what thaws or has thawed already is not asked for again, whoever
asked first, since that would cost again. So a restoration that was killed, or stopped, just begins
again.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from itertools import takewhile
from math import inf
from typing import TypeVar

from ossh.backoff import Backoff
from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import Words, _
from ossh.manifest import Manifest
from ossh.model import Cause, Entry, Failure, ObjectInfo, Status, Thaw
from ossh.network import Http
from ossh.protocol import THAWING_CODE
from ossh.store.credentials import Provider, Renewal
from ossh.store.interruptible import POLL_SECONDS, BackgroundCall, DaemonPool
from ossh.store.listing import Lister
from ossh.store.lookup import look_up
from ossh.store.restore import Restored, ask_restore
from ossh.store.retries import Retries, retried
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.job_thread import JobThread
from ossh.transfer.planning.real_time_access import RealTimeAccess
from ossh.transfer.planning.resuming import check_unedited
from ossh.transfer.restoring.restore_result import RestoreRequest, RestoreResult
from ossh.transfer.restoring.thaw_watch import ONLY_ARCHIVED, PAGE, outcome_of
from ossh.transfer.scheduling.retry_policy import MAY_PASS
from ossh.transfer.watching import Phase

T = TypeVar("T")

AT_ONCE = 16
TRIES = 6  # of one request, but for throttling
MOST_THROTTLES = 20  # of one request
LONGEST_PAUSE_SECONDS = 20.0
STOP_SECONDS = 1.0  # for answers that are on their way when no more are wanted

_TRIES = dict.fromkeys(MAY_PASS, TRIES) | {Cause.THROTTLED: MOST_THROTTLES}


@dataclass(eq=False, repr=False)
class Restoration(JobThread[RestoreResult]):
    """Asks for all that a job, which was listed, has archived; its summary says what came of it."""

    job: Job
    provider: Provider
    request: RestoreRequest  # for how long objects are thawed, and how fast OSS is asked
    _: KW_ONLY
    # which archived objects can be read as they are
    access: RealTimeAccess = field(default_factory=RealTimeAccess)
    http: Http = field(default_factory=Http)
    shown: int | None = None  # how many frozen objects a person said yes to; None: to all there are

    def __post_init__(self) -> None:
        super().__init__(self.job, "restore")
        self.progress = replace(self.progress, note=Words("asking OSS"))
        self.summary = self._result = RestoreResult()
        pauses = Backoff(self.request.pause_seconds, LONGEST_PAUSE_SECONDS)
        self._retries = Retries(_TRIES, pauses)
        self._limit = RateLimit(self.request.per_second)

    def work(self) -> None:
        """Ask for everything.

        Raises:
            OsshError: The manifest cannot be read or written, is of another source or filter, or
                has more than was shown, or another ossh has the job.
        """
        began = time.monotonic()
        try:
            with Manifest.open(self.job.manifest_path) as manifest:
                check_unedited(self.job, manifest)  # or keys would be asked for in another bucket
                self._refuse_more(manifest)
                with DaemonPool(AT_ONCE, "ossh-restore") as pool:
                    if self._awaited(self.provider.current) is not None:
                        self._ask_all(manifest, pool)
        finally:
            self.stop()  # for the threads that still ask
            self.http.close()
            self._result.seconds = time.monotonic() - began

    def _refuse_more(self, manifest: Manifest) -> None:
        """Raise when another ossh has listed more since a person said yes."""
        frozen = sum(one.objects for one in manifest.archived() if not one.is_thawing)
        if self.shown is not None and frozen > self.shown:
            raise UsageError(
                _("more objects are archived now than were shown; nothing was requested"),
                hint=_("'restore' shows them all"),
            )

    def _ask_all(self, manifest: Manifest, pool: DaemonPool) -> None:
        """Look up and ask for page after page."""
        self._lister = Lister(Signing(self.job.source, self.provider).current_signer, self.http)
        planned = manifest.counts().objects[Status.ARCHIVED]
        self.progress = replace(
            self.progress, phase=Phase.FETCHING, is_planned=True, planned=planned
        )
        row = 0
        while page := manifest.page(row, PAGE, ONLY_ARCHIVED):
            row = page[-1].row
            look = partial(look_up, self._lister, sorted(entry.key for entry in page))
            found = self._awaited(partial(self._retried, look))
            if isinstance(found, Failure):
                self._result.stopped_by = found
            if not isinstance(found, dict):
                return
            self._ask_page(manifest, pool, self._frozen(manifest, page, found))
            if self.is_stopping:
                return
        self._result.is_whole = True

    def _awaited(self, call: Callable[[], T]) -> T | None:
        """Return what a call returns; None when it is no longer wanted."""
        answer = BackgroundCall(call)
        while not answer.is_done(POLL_SECONDS):
            if self.is_stopping:
                return None
        return answer.result()

    def _frozen(
        self, manifest: Manifest, page: Sequence[Entry], found: dict[str, ObjectInfo]
    ) -> list[Entry]:
        """Return the entries to ask for; of all others, record what they are."""
        outcomes = [outcome_of(one, found.get(one.key), self.access) for one in page]
        manifest.record([one for one in outcomes if one is not None])
        frozen = [one for one in page if self._is_to_ask(one, found.get(one.key))]
        self._advance(len(page) - len(frozen))
        return [replace(one, storage_class=found[one.key].storage_class) for one in frozen]

    def _is_to_ask(self, entry: Entry, info: ObjectInfo | None) -> bool:
        """Return whether an object is to be asked for, and count it if not.

        One that the manifest had as thawing was not among those that a person said yes to.
        """
        if info is None:
            self._result.gone += 1
        elif self.access.is_readable(info):
            self._result.readable += 1
        elif info.thaw is Thaw.ONGOING:
            self._result.thawing += 1
        elif entry.failure is not None and entry.failure.code == THAWING_CODE:
            self._result.frozen_again += 1
        else:
            return True
        return False

    def _ask_page(self, manifest: Manifest, pool: DaemonPool, entries: Sequence[Entry]) -> None:
        """Ask for objects, a few ahead of what is recorded.

        After a stop, answers under way have a moment to come; what comes later, the bucket knows.
        """
        wanted = takewhile(lambda _entry: not self.is_stopping, entries)
        calls = (partial(self._restore, entry) for entry in wanted)
        stop_by = inf
        for answers in pool.results(calls):
            self._learn(manifest, answers)
            if self.is_stopping:
                stop_by = min(stop_by, time.monotonic() + STOP_SECONDS)
            if time.monotonic() > stop_by:
                return

    def _learn(
        self, manifest: Manifest, answers: Iterable[tuple[Entry, Restored | Failure | None]]
    ) -> None:
        """Count answers, and let the manifest know."""
        got = [(entry, answer) for entry, answer in answers if answer is not None]
        outcomes = [self._result.learn(entry, answer, self.request) for entry, answer in got]
        manifest.record([one for one in outcomes if one is not None])
        self._advance(len(got))
        if self._result.stopped_by is not None or self._result.is_hopeless:
            self.stop()

    def _advance(self, number: int) -> None:
        self.progress = replace(self.progress, done=self.progress.done + number)

    # On the threads of the pool

    def _restore(self, entry: Entry) -> tuple[Entry, Restored | Failure | None]:
        """Return an entry with the answer of OSS."""
        return entry, self._retried(partial(self._restore_once, entry))

    def _restore_once(self, entry: Entry) -> Restored | Failure | None:
        receipt = self._limit.take(1)
        while (left := self._limit.left(receipt)) > 0:
            if self._stopping.wait(left):
                return None
        days, tier, kind = self.request.days, self.request.tier, entry.storage_class
        return ask_restore(self._lister, entry.key, kind, days=days, tier=tier)

    def _retried(self, ask: Callable[[], T | Failure]) -> T | Failure | None:
        """Return the answer to a request; None for one no longer wanted."""
        return retried(
            lambda: None if self.is_stopping else ask(),
            self._retries,
            mend=Renewal(self.provider),
            sleep=self._stopping.wait,
        )
