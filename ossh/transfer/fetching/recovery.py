"""What a run does to end a wait: it looks for other credentials, or asks the service."""

from dataclasses import replace

from ossh.model import Failure
from ossh.store.credentials import Credentials
from ossh.store.interruptible import BackgroundCall
from ossh.store.listing import Lister, PageQuery
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.scheduling.scheduler import Scheduler
from ossh.transfer.watching import Progress

LOOK_SECONDS = 5.0  # between two looks for what is waited for
# After so many looks in vain a person is asked: the first may come while a file is being rewritten,
# or before the service was asked with what another run has found.
LOOKS = 2


class Recovery:
    """Looks for what a run waits for; every method runs on the run's thread.

    Others may find credentials too: whoever shares the provider, or a person who types them. Looks
    have threads of their own: the source of credentials may answer late, or never.
    """

    def __init__(self, scheduler: Scheduler, signing: Signing, lister: Lister) -> None:
        self._scheduler = scheduler
        self._signing = signing
        self._provider = signing.provider
        self._lister = lister
        # what is not answered yet, and its number among the tasks of the run
        self._question: tuple[int, BackgroundCall[Failure | None]] | None = None
        self._look: BackgroundCall[None] | None = None  # the last one
        self._next_look = 0.0  # monotonic seconds
        # what others were looked for in place of, and how often in vain
        self._failed: tuple[Credentials | None, int] = (None, 0)

    def turn(self, now: float) -> None:
        """Take what looks have found, and begin those that are due.

        Credentials are also looked for before they expire.
        """
        scheduler, service = self._scheduler, self._scheduler.service
        number = scheduler.attempts.question(now)
        if number is not None and self._question is None:
            self._question = number, BackgroundCall(self._ask)
        if self._question is not None and self._question[1].is_done():
            (number, call), self._question = self._question, None
            scheduler.attempts.heard(number, call.result(), now)
        if self._signing.refresh() and service.wants_credentials:
            scheduler.mended(now)
        if self._provider.is_due:
            self._begin_look()
        if not service.wants_credentials:
            self._next_look = 0.0  # the next wait begins with a look
            self._failed = (None, 0)
        elif now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._begin_look()

    def _ask(self) -> Failure | None:
        """Return why the service does not answer as it should, None when it does.

        The question is the shortest page of a listing. It is about no object, so a filter that
        blocks some of them lets it pass; a login page in front of the whole network does not. The
        lister corrects its signer's clock from the answer.
        """
        page = self._lister.page(PageQuery(self._signing.source.prefix, max_keys=1))
        return page if isinstance(page, Failure) else None

    def _begin_look(self) -> None:
        """Look now, unless a look is under way; a bug of the last one is raised here."""
        if self._look is not None:
            if not self._look.is_done():
                return
            self._look.result()
        self._look = BackgroundCall(self._look_for_others)

    def _look_for_others(self) -> None:
        before, looks = self._provider.held, self.looks
        if not self._provider.reload():
            self._failed = (before, looks + 1)

    @property
    def looks(self) -> int:
        """Return how often others were looked for in vain since the present ones came."""
        former, looks = self._failed
        return looks if former is self._provider.held else 0

    def explained(self, progress: Progress) -> Progress:
        """Return a snapshot; while the run waits for credentials, with why there are none."""
        looks, held, problem = self.looks, self._provider.held, self._provider.problem
        if not self._scheduler.service.wants_credentials or not looks or held is None:
            return progress
        return replace(
            progress,
            note=f"{progress.note}: {problem}" if problem else progress.note,
            needs_person=looks >= LOOKS and not held.is_renewable,
        )
