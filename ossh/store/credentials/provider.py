"""Holds the credentials in use, and fetches them again before they expire or when asked to."""

import threading
import time
from collections.abc import Callable

from ossh.errors import OsshError, StoreError
from ossh.language import Words, _, said
from ossh.store.asking import interruptible
from ossh.store.credentials.keys import Credentials

ROUTES = Words(
    "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, name a profile with --profile, "
    "or connect with --anonymous"
)
# Keys are renewed so long before their end, or when so much of their life is over: whatever is
# later. A request that was signed just before the end must still arrive.
EARLY_SECONDS = 300.0
LATEST_SHARE = 0.8
PAUSE_SECONDS = 5.0  # between two attempts to renew keys that are still good


class Provider:
    """Holds the credentials in use and fetches them again on request.

    Threads may share one: what it holds is replaced, never changed.

    Args:
        find: Looks for credentials; raises `OsshError` when their source is unusable.
        first: What it would find now, if that is known.
        now: The present moment, in seconds since 1970.
    """

    def __init__(
        self,
        find: Callable[[], Credentials | None],
        first: Credentials | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._find = find
        self._now = now
        self._lock = threading.Lock()  # a source that is asked over the network is asked once
        self._current: Credentials | None = None
        self._due = float("inf")
        self.problem = ""  # why the last look brought nothing, for people
        if first is not None:
            self._hold(first)

    @property
    def held(self) -> Credentials | None:
        """Return the credentials as they were last found, without looking for any."""
        return self._current

    @property
    def is_due(self) -> bool:
        """Tell whether the credentials should be replaced before they expire."""
        return self._now() >= self._due

    def current(self) -> Credentials:
        """Return the credentials, looked for at the first call and when they are about to expire.

        Raises:
            StoreError: There are no credentials, or whoever gives them cannot be asked.
            UsageError: Their source cannot be used.
        """
        if self._current is None:
            interruptible(self._begin)  # another thread may be asking, and not be answered
        elif self.is_due:
            self.reload()
        if self._current is None:
            raise StoreError(
                _("no credentials found"),
                hint=_("'connect' asks for them; or {routes}").format(routes=said(ROUTES)),
            )
        return self._current

    def _begin(self) -> None:
        with self._lock:
            if self._current is None and (found := self._find()) is not None:
                self._hold(found)

    def reload(self) -> bool:
        """Look for credentials again; return whether they changed.

        A source that is unusable at the moment (a file being rewritten) leaves all as it is, as
        does a function of a script's own that fails: a run goes on while its keys are good.
        """
        return interruptible(self._reload)

    def _reload(self) -> bool:
        before = self._current
        with self._lock:
            if self._current is not before:  # another thread was faster
                return True
            self._due = self._now() + PAUSE_SECONDS if self.is_due else self._due
            try:
                found = self._find()
            except OsshError as error:
                self.problem = str(error)
                return False
            except Exception as error:  # noqa: BLE001 - of a script's own function, unlike `OsshError`
                # not its words, which may be secrets
                kind = type(error).__name__
                self.problem = _("looking for credentials failed with {kind}").format(kind=kind)
                return False
            self.problem = ""
            if found is None or found == before:
                return False
            self._hold(found)
            if self.is_due:  # the clock is wrong here or there: asking all the time mends neither
                self._due = self._now() + PAUSE_SECONDS
            return before is None or not found.same_keys(before)

    def follow(self, other: "Provider") -> None:
        """Use the keys of another provider from now on, wherever they come from.

        Raises:
            OsshError: It has none.
        """
        former = self.current()

        def find() -> Credentials:
            other.reload()
            return other.current().instead_of(former)

        found = other.current().instead_of(former)
        with self._lock:
            self._find = find
            self._hold(found)

    def _hold(self, found: Credentials) -> None:
        self._current = found
        self._due = float("inf")
        if found.expires is not None:
            now = self._now()
            life = found.expires.timestamp() - now
            self._due = now + max(life - EARLY_SECONDS, life * LATEST_SHARE)
