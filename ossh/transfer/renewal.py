"""Has credentials renewed in a thread of its own: whoever gives them may answer late, or never."""

import threading

from ossh.store.credentials import Credentials, Provider


class Renewal:
    """Looks for new credentials while a run goes on, or waits for them.

    Args:
        provider: Where they come from.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._looking: threading.Thread | None = None
        self._vain_for: Credentials | None = None  # the last look brought none in their place

    def begin(self) -> None:
        """Look now, unless somebody looks already."""
        if self._looking is None or not self._looking.is_alive():
            self._looking = threading.Thread(target=self._look, name="ossh-renew", daemon=True)
            self._looking.start()

    def _look(self) -> None:
        before = self._provider.held
        self._vain_for = None if self._provider.reload() else before

    def forget(self) -> None:
        """Take it that the credentials are good again."""
        self._vain_for = None

    @property
    def is_vain(self) -> bool:
        """Tell whether the last look brought nothing in the place of the present credentials."""
        return self._vain_for is not None and self._vain_for is self._provider.held

    @property
    def needs_person(self) -> bool:
        """Tell whether only a person can bring new credentials: their source has no others."""
        return self.is_vain and self._vain_for is not None and not self._vain_for.is_renewable

    @property
    def problem(self) -> str:
        """Return why the last look brought nothing, "" when it is not known."""
        return self._provider.problem if self.is_vain else ""
