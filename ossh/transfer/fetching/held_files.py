"""Objects whose files another program has open: they get their names when it lets go.

No thread sleeps for a file: it goes on with others.
"""

import time
from collections.abc import Callable

from ossh import patient
from ossh.patient import InUseError
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.messages import Reply

Finish = Callable[[], Reply]
GiveUp = Callable[[OSError | CorruptError | None], Reply]
"""Returns what to post of what cannot be finished, for an error or because the run stops."""


class HeldFiles:
    """Finishes what has arrived, at once or when a file is free; `post` takes the replies."""

    def __init__(self, post: Callable[[Reply], None]) -> None:
        self._post = post
        self._held: list[tuple[Finish, GiveUp, float]] = []
        self._next_try = 0.0

    def __len__(self) -> int:
        return len(self._held)

    def finish(self, finish: Finish, give_up: GiveUp, until: float = 0.0) -> None:
        """Post what `finish` returns; if it raises `InUseError`, keep it for `try_again`.

        It is given up once the monotonic clock is past `until`, by default after a few seconds.
        """
        try:
            reply = finish()
        except (OSError, CorruptError) as error:
            until = until or time.monotonic() + patient.BODY_SECONDS
            if isinstance(error, InUseError) and time.monotonic() < until:
                self._held.append((finish, give_up, until))
                return
            reply = give_up(error)
        self._post(reply)

    def try_again(self) -> None:
        """Finish what can be finished by now; say so where that was in vain for too long."""
        if not self._held or time.monotonic() < self._next_try:
            return
        held, self._held = self._held, []
        for one in held:
            self.finish(*one)
        self._next_try = time.monotonic() + patient.PAUSE_SECONDS

    def hand_back(self) -> None:
        """Wait no longer, and give up all that does."""
        for _finish, give_up, _until in self._held:
            self._post(give_up(None))
        self._held = []
