"""Asks whether the service itself answers, in a thread of its own, when something else did.

The question is about no object, so a filter that blocks some of them lets it pass; a login page
in front of the whole network does not.
"""

import threading
import traceback
from collections.abc import Callable

from ossh.errors import OsshError
from ossh.model import Cause, Failure
from ossh.store.listing import Lister
from ossh.transfer.messages import Crashed, Heard, Reply


class Witness(threading.Thread):
    """Asks for the shortest page of a listing and posts whether that came from the service.

    Args:
        lister: Asks the bucket.
        prefix: Of the listing.
        number: Of the question, among the tasks of the run.
        post: Takes the reply.
    """

    def __init__(
        self, lister: Lister, prefix: str, number: int, post: Callable[[Reply], None]
    ) -> None:
        super().__init__(name="ossh-witness", daemon=True)
        self._lister = lister
        self._prefix = prefix
        self._number = number
        self._post = post

    def run(self) -> None:
        """Ask; a bug travels as `Crashed`."""
        try:
            answer = self._lister.page(self._prefix, max_keys=1)
            self._post(Heard(self._number, answer if isinstance(answer, Failure) else None))
        except OsshError as error:
            failure = Failure(Cause.BAD_CREDENTIALS, "no credentials", str(error))
            self._post(Heard(self._number, failure))
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post(Crashed(traceback.format_exc()))
