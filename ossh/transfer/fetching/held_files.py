"""Objects whose files another program has open: they get their names when it lets go.

A lane has one thread for many connections, so it never sleeps for a file: it goes on with others.
"""

import time
from collections.abc import Callable

from ossh import patient
from ossh.model import value
from ossh.patient import InUseError
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.messages import Reply

GiveUp = Callable[[OSError | CorruptError | None], Reply]
"""Returns what to post of what cannot be finished, for an error or because the run stops."""


@value
class _Held:
    """What waits for another program to close a file."""

    finish: Callable[[], Reply]
    give_up: GiveUp
    until: float  # by the monotonic clock; then it is given up


class HeldFiles:
    """Finishes what has arrived, at once or when a file is free; `post` takes the replies."""

    def __init__(self, post: Callable[[Reply], None]) -> None:
        self._post = post
        self._held: list[_Held] = []
        self._next_try = 0.0

    def finish(self, finish: Callable[[], Reply], give_up: GiveUp) -> None:
        """Post what `finish` returns; if it raises `InUseError`, keep it for `try_again`."""
        try:
            reply = finish()
        except InUseError:
            self._held.append(_Held(finish, give_up, time.monotonic() + patient.BODY_SECONDS))
            return
        except (OSError, CorruptError) as error:
            reply = give_up(error)
        self._post(reply)

    def try_again(self) -> None:
        """Finish what can be finished by now; say so where that was in vain for too long."""
        if not self._held or time.monotonic() < self._next_try:
            return
        held, self._held = self._held, []
        for one in held:
            try:
                reply = one.finish()
            except (OSError, CorruptError) as error:
                if isinstance(error, InUseError) and time.monotonic() < one.until:
                    self._held.append(one)
                    continue
                reply = one.give_up(error)
            self._post(reply)
        self._next_try = time.monotonic() + patient.PAUSE_SECONDS

    def hand_back(self) -> None:
        """Wait no longer, and give up all that does."""
        for one in self._held:
            self._post(one.give_up(None))
        self._held = []
