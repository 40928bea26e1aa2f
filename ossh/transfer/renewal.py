"""Has credentials renewed in a thread of its own: whoever gives them may answer late, or never."""

import threading
from dataclasses import replace

from ossh.store.credentials import Credentials, Provider
from ossh.transfer.messages import Progress

# A person is asked for what so many looks in a row did not find: the first may come while a file is
# being rewritten, or before the service was asked with what somebody else has found.
LOOKS = 2


class Renewal:
    """Looks for new credentials during a run, or waits for them.

    Args:
        provider: Where they come from.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._looking: threading.Thread | None = None
        self._vain: tuple[Credentials | None, int] = (None, 0)  # in whose place, and how often

    def begin(self) -> None:
        """Look now, unless somebody looks already."""
        if self._looking is None or not self._looking.is_alive():
            self._looking = threading.Thread(target=self._look, name="ossh-renew", daemon=True)
            self._looking.start()

    def _look(self) -> None:
        before, (former, looks) = self._provider.held, self._vain
        if self._provider.reload():
            self.forget()
        else:
            self._vain = (before, looks + 1 if before is former else 1)

    def forget(self) -> None:
        """Take it that the credentials are good again."""
        self._vain = (None, 0)

    @property
    def looks(self) -> int:
        """Return how often others were looked for in vain since the present ones are used."""
        former, looks = self._vain
        return looks if former is self._provider.held else 0

    def explained(self, progress: Progress) -> Progress:
        """Return how far a run is that waits for credentials, with why there are none."""
        looks, held, problem = self.looks, self._provider.held, self._provider.problem
        if not looks or held is None:
            return progress
        return replace(
            progress,
            note=f"{progress.note}: {problem}" if problem else progress.note,
            needs_person=looks >= LOOKS and not held.is_renewable,
        )
