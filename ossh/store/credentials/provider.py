"""Holds the credentials in use, and fetches them again before they expire or when asked to."""

import os
import threading
import time
import weakref
from collections.abc import Callable

from ossh.errors import OsshError, StoreError
from ossh.language import _, said
from ossh.model import Cause, Failure
from ossh.store.credentials.access_keys import KEYS_HINT, Credentials
from ossh.store.interruptible import interruptible

# Keys are renewed this long before they expire, or after this share of their life, whichever is
# later. A request that was signed just before must still arrive.
EARLY_SECONDS = 300.0
LATEST_SHARE = 0.8
PAUSE_SECONDS = 5.0  # between two attempts to renew keys that are still good


class Provider:
    """Holds the credentials in use, and fetches them again.

    Threads may share it: what it holds is replaced, never changed.

    `find` raises `OsshError` when their source is unusable; `first` is what it would find now.
    """

    def __init__(
        self,
        find: Callable[[], Credentials | None],
        first: Credentials | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._find = find
        self._now = now
        self._lock = threading.Lock()  # only one thread asks a source
        _providers.add(self)
        self.held: Credentials | None = None  # those last found; before the first search, None
        self._due = float("inf")
        self.problem = ""  # why the last search failed, for people
        if first is not None:
            self._hold(first)

    @property
    def is_due(self) -> bool:
        """Return whether the credentials should be replaced before they expire."""
        return self._now() >= self._due

    def current(self) -> Credentials:
        """Return the credentials; look for them first, and again when they are about to expire.

        Raises:
            StoreError: There are none, or their source cannot be reached.
            UsageError: Their source cannot be used.
        """
        if self.held is None:
            interruptible(self._begin)  # another thread may hold the lock, waiting for a source
        elif self.is_due:
            self.reload()
        if self.held is None:
            raise StoreError(
                _("no credentials found"),
                hint=_("{routes}; or 'connect' asks for them").format(routes=said(KEYS_HINT)),
                cause=Cause.BAD_CREDENTIALS,
            )
        return self.held

    def _begin(self) -> None:
        with self._lock:
            if self.held is None and (found := self._find()) is not None:
                self._hold(found)

    def reload(self) -> bool:
        """Look for credentials again; return whether they changed.

        If the source is unusable at the moment (a file being rewritten), or a script's own function
        fails, they stay as they are: a run goes on while its keys are valid.
        """
        return interruptible(self._reload)

    def _reload(self) -> bool:
        before = self.held
        with self._lock:
            if self.held is not before:  # another thread was faster
                return True
            self._due = self._now() + PAUSE_SECONDS if self.is_due else self._due
            try:
                found = self._find()
            except Exception as error:  # noqa: BLE001 - of a script's own function
                # not the words of such a one, which may be secrets
                kind = type(error).__name__
                failed = _("looking for credentials failed with {kind}").format(kind=kind)
                self.problem = str(error) if isinstance(error, OsshError) else failed
                return False
            self.problem = ""
            if found is None or found == before:
                return False
            self._hold(found)
            if self.is_due:  # a clock is wrong, here or there: do not search all the time
                self._due = self._now() + PAUSE_SECONDS
            return before is None or not found.same_keys(before)

    def follow(self, other: "Provider") -> None:
        """Use the keys of another provider from now on.

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
        self.held = found
        self._due = float("inf")
        if found.expires is not None:
            now = self._now()
            life = found.expires.timestamp() - now
            self._due = now + max(life - EARLY_SECONDS, life * LATEST_SHARE)


_providers = weakref.WeakSet[Provider]()


def _renew_locks() -> None:
    """Free a forked process from waiting for a thread that asks a source in its parent."""
    for provider in list(_providers):
        provider._lock = threading.Lock()  # noqa: SLF001 - its own module


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew_locks)


class Renewal:
    """Looks for other keys than a request was refused with: a way to mend, as `retried` takes it.

    It is of one request and its repetitions. Threads that were refused the same keys all go on with
    what one of them finds, however late they come.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._tried = provider.held

    def __call__(self, why: Failure) -> bool:
        """Return whether there are other keys now."""
        if why.cause is Cause.WRONG_ENDPOINT:
            return False
        if self._provider.held is self._tried:
            self._provider.reload()
        before, self._tried = self._tried, self._provider.held
        if before is None or self._tried is None:
            return self._tried is not before
        return not self._tried.same_keys(before)
