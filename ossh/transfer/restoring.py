"""Asks OSS to thaw what a job's manifest has as archived, at a bounded rate, and remembers it.

```
rows ──a page──▶ look up ──what is frozen──▶ Restorer, many threads ──▶ rows
```
The bucket is looked at first: what thaws or has thawed, whoever asked for it, is not asked for
again, for that would cost again. So who is killed, or stopped, just begins again.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TypeVar

from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import Words, _
from ossh.manifest import Manifest, Outcome
from ossh.model import Cause, Entry, Failure, ObjectInfo, Status, Thaw
from ossh.network import Http
from ossh.protocol import THAWING_CODE
from ossh.store.asking import LOOK_SECONDS, Askers
from ossh.store.credentials import Provider
from ossh.store.listing import Lister
from ossh.store.lookup import look_up
from ossh.store.restore import Restored, Restorer
from ossh.store.signer import Signer
from ossh.transfer.access import Access
from ossh.transfer.answers import ANSWERS, Answer
from ossh.transfer.asked import Asked, Wish
from ossh.transfer.backoff import doubled
from ossh.transfer.messages import Phase, Progress
from ossh.transfer.opening import check_unedited
from ossh.transfer.rate import RateLimit
from ossh.transfer.signing import Signing
from ossh.transfer.thawing import PAGE, outcome_of

T = TypeVar("T")

AT_ONCE = 16
TRIES = 6  # of one request, but for throttling
MOST_THROTTLES = 20  # of one request
LONGEST_PAUSE_SECONDS = 20.0
STOP_SECONDS = 1.0  # for answers that are on their way when no more are wanted
_ONLY_ARCHIVED = frozenset({Status.ARCHIVED})


class Restoration(threading.Thread):
    """Asks for all that a job has archived, in a thread of its own; can be watched as a run can.

    When it has ended, `asked` says what came of it, or `error` why it could not begin or go on.

    Args:
        job: That has been listed.
        provider: Where credentials come from, now and later.
        wish: What is asked for.
        access: What is known of archived objects.
        http: Settings of the network.
        shown: How many frozen objects a person said yes to; None: to all there are.
    """

    def __init__(  # noqa: PLR0913 - what asking takes, and what was agreed
        self,
        job: Job,
        provider: Provider,
        wish: Wish,
        *,
        access: Access | None = None,
        http: Http | None = None,
        shown: int | None = None,
    ) -> None:
        super().__init__(name=f"ossh-restore-{job.name}", daemon=True)
        self.job = job
        self.progress = Progress(note=Words("asking OSS"))
        self.asked = Asked()
        self.error: BaseException | None = None
        self._provider = provider
        self._wish = wish
        self._access = access or Access()
        self._http = http or Http()
        self._shown = shown
        self._ending = threading.Event()
        self._limit = RateLimit(wish.per_second)
        self._per_second = wish.per_second
        self._slowed_at = 0.0  # monotonic seconds
        self._changing = threading.Lock()  # of rate and credentials, by the threads that ask

    def stop(self) -> None:
        """Ask it to end soon; what was asked for so far is remembered."""
        self._ending.set()

    def finished(self) -> Asked:
        """Return what came of it, once it has ended.

        Raises:
            OsshError: The manifest cannot be read or written, is of another source or filter, or
                has more than was shown, or another ossh has the job.
        """
        if self.error is not None:
            raise self.error
        return self.asked

    def run(self) -> None:
        """Ask for everything; what goes wrong is left in `error`."""
        began = time.monotonic()
        try:
            with Manifest.open(self.job.manifest_path) as manifest:
                self._ask_all(manifest)
        except BaseException as error:  # noqa: BLE001 - shown by the thread that watches
            self.error = error
        finally:
            self._ending.set()
            self._http.close()
            self.asked.seconds = time.monotonic() - began
            self.progress = replace(self.progress, phase=Phase.ENDED)

    def _ask_all(self, manifest: Manifest) -> None:
        """Look up and ask for page after page."""
        check_unedited(self.job, manifest)  # or its keys would be asked for in another bucket
        self._refuse_more(manifest)
        with Askers(AT_ONCE, "ossh-restore") as askers:
            if self._awaited(askers.submit(self._provider.current)) is not None:
                self._ask_pages(manifest, askers)

    def _ask_pages(self, manifest: Manifest, askers: Askers) -> None:
        signing = Signing(self.job.source, self._provider)
        lister = Lister(lambda: signing.signer, self._http)
        restorer = Restorer(lambda: signing.signer, self._http)
        planned = manifest.counts().objects[Status.ARCHIVED]
        self.progress = replace(
            self.progress, phase=Phase.FETCHING, is_planned=True, planned=planned
        )
        row = 0
        while page := manifest.page(row, PAGE, _ONLY_ARCHIVED):
            row = page[-1].row
            frozen = self._frozen(manifest, askers, lister, signing, page)
            self._ask_page(manifest, askers, restorer, signing, frozen)
            if self._ending.is_set():
                return
            self._speed_up()
        self.asked.is_whole = True

    def _awaited(self, answer: Future[T]) -> T | None:
        """Return an answer; None when it is no longer wanted."""
        while not wait([answer], LOOK_SECONDS).done:
            if self._ending.is_set():
                return None
        return answer.result()

    def _refuse_more(self, manifest: Manifest) -> None:
        """Raise when another ossh has listed more since a person said yes."""
        frozen = sum(one.objects for one in manifest.archived() if not one.is_thawing)
        if self._shown is not None and frozen > self._shown:
            raise UsageError(
                _("more objects are archived now than were shown; nothing was requested"),
                hint=_("'restore' shows them all"),
            )

    # What the bucket says first

    def _frozen(
        self,
        manifest: Manifest,
        askers: Askers,
        lister: Lister,
        signing: Signing,
        page: Sequence[Entry],
    ) -> list[Entry]:
        """Return what is to be asked for; of all else, the manifest learns what it is."""
        keys = sorted(entry.key for entry in page)
        look = partial(self._persistent, lambda: look_up(lister, keys), signing)
        found = self._awaited(askers.submit(look))
        if isinstance(found, Failure):
            self.asked.stopped_by = found
            self._ending.set()
        if not isinstance(found, dict):
            return []
        outcomes = [outcome_of(one, found.get(one.key), self._access) for one in page]
        manifest.record([one for one in outcomes if one is not None])
        return [
            replace(one, storage_class=found[one.key].storage_class)
            for one in page
            if self._is_to_ask(one, found.get(one.key))
        ]

    def _is_to_ask(self, entry: Entry, info: ObjectInfo | None) -> bool:
        """Return whether an object is to be asked for, and count it if not.

        One that the manifest had as thawing was not among those that a person said yes to.
        """
        if info is None:
            self.asked.gone += 1
        elif self._access.is_readable(info):
            self.asked.readable += 1
        elif info.thaw is Thaw.ONGOING:
            self.asked.thawing += 1
        elif entry.failure is not None and entry.failure.code == THAWING_CODE:
            self.asked.frozen_again += 1
        else:
            return True
        self._advance(1)
        return False

    # Asking

    def _ask_page(
        self,
        manifest: Manifest,
        askers: Askers,
        restorer: Restorer,
        signing: Signing,
        entries: Sequence[Entry],
    ) -> None:
        """Ask for objects, a few ahead of what is recorded.

        What is on its way when that ends has a moment to come; what comes later, the bucket knows.
        """
        rest, stop_by = iter(entries), time.monotonic() + STOP_SECONDS
        waiting: dict[Future[Restored | Failure | None], Entry] = {}
        while True:
            if not self._ending.is_set():
                for entry in islice(rest, 2 * AT_ONCE - len(waiting)):
                    waiting[askers.submit(partial(self._ask, restorer, signing, entry))] = entry
                stop_by = time.monotonic() + STOP_SECONDS
            if not waiting or time.monotonic() > stop_by:
                return
            ready, _waiting = wait(waiting, LOOK_SECONDS, FIRST_COMPLETED)
            manifest.record([*self._learned((waiting.pop(one), one.result()) for one in ready)])

    def _ask(self, restorer: Restorer, signing: Signing, entry: Entry) -> Restored | Failure | None:
        """Return what OSS says to one request; None when it is no longer wanted."""

        def once() -> Restored | Failure | None:
            receipt = self._limit.take(1)
            while (left := self._limit.left(receipt)) > 0:
                if self._ending.wait(left):
                    return None
            wish = self._wish
            return restorer.ask(entry.key, entry.storage_class, days=wish.days, tier=wish.tier)

        return self._persistent(once, signing)

    def _learned(
        self, answered: Iterable[tuple[Entry, Restored | Failure | None]]
    ) -> Iterator[Outcome]:
        """Count answers and yield what the manifest must know."""
        for entry, answer in answered:
            if answer is None:
                continue
            self._advance(1)
            outcome = self.asked.learn(entry, answer, self._wish)
            if outcome is not None:
                yield outcome
        if self.asked.stopped_by is not None or self.asked.is_hopeless:
            self._ending.set()

    def _advance(self, number: int) -> None:
        self.progress = replace(self.progress, done=self.progress.done + number)

    # What fails and may yet succeed

    def _persistent(
        self, ask: Callable[[], T | Failure | None], signing: Signing
    ) -> T | Failure | None:
        """Return what `ask` returns, again and again while that is a failure that may pass."""
        tries, signer = 0, signing.signer
        while (answer := None if self._ending.is_set() else ask()) is not None:
            if not isinstance(answer, Failure):
                return answer
            tries += 1
            match answer.cause:
                case Cause.EXPIRED | Cause.BAD_CREDENTIALS:
                    # some sources have others each time, which may be as bad as the former
                    if tries >= TRIES or not self._renewed(signing, signer):
                        return answer
                    signer = signing.signer
                    continue
                case Cause.THROTTLED if tries < MOST_THROTTLES:
                    self._slow_down()
                case cause if cause is Cause.NETWORK or ANSWERS[cause] is Answer.RETRY:
                    if tries >= TRIES:
                        return answer
                case _:
                    return answer
            pause = doubled(self._wish.pause_seconds, tries - 1, LONGEST_PAUSE_SECONDS)
            self._ending.wait(max(pause, answer.wait_seconds))
        return None

    def _slow_down(self) -> None:
        """Ask half as often; what is refused within a second is refused for one reason."""
        with self._changing:
            now = time.monotonic()
            if now - self._slowed_at >= 1.0:
                self._slowed_at = now
                self._per_second = max(1, self._per_second // 2)
                self._limit.set(self._per_second)

    def _speed_up(self) -> None:
        """Ask twice as often again, up to what is wished."""
        with self._changing:
            self._per_second = min(2 * self._per_second, self._wish.per_second)
            self._limit.set(self._per_second)

    def _renewed(self, signing: Signing, signer: Signer) -> bool:
        """Return whether there are other credentials than a refused request had."""
        with self._changing:
            if signing.signer is signer:
                self._provider.reload()
                signing.take_up()
            return signing.signer is not signer
