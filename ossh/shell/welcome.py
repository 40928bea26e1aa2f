"""The start of a session: at the target of the command line, with a greeting and the guide."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Timer

import ossh
from ossh.console.console import Console
from ossh.console.dialogue.guide import offer_guide
from ossh.console.dialogue.questions import ask_credentials
from ossh.errors import OsshError, StoreError
from ossh.language import _
from ossh.session import SCHEME
from ossh.session.jobs.opening import open_job
from ossh.store.credentials import Credentials

_PATIENCE_SECONDS = 1.0  # with a blank screen


def start_at(
    shell: Console, target: str, *, ask: Callable[[], Credentials] | None = None
) -> None:
    """Go to an address, or open a job; with "" stay.

    `ask` asks a person for credentials where there are none.
    """
    session = shell.session
    if not target.startswith(SCHEME):
        if target:
            open_job(session, target, ask=ask)
        return
    if session.existing_connection is None:
        session.connect(ask=ask)
    try:
        with _told_of_waiting(shell, target):
            session.enter(target)
    except StoreError as error:
        # Nobody can go there, and a doctor without a target checks only where one is.
        closer = _("'doctor {target}' finds out why").format(target=target)
        error.advise(_("; ").join(filter(None, [error.hint, closer])))
        raise


@contextmanager
def _told_of_waiting(shell: Console, target: str) -> Iterator[None]:
    """Tell a person who sees nothing yet that an answer takes its time."""
    text = _("waiting for an answer about '{target}'; Ctrl-C leads to the prompt")
    text = text.format(target=target)
    timer = Timer(_PATIENCE_SECONDS, lambda: shell.note(text) if shell.interactive else None)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def welcome(shell: Console, target: str, *, is_first_start: bool) -> None:
    """Go to the target and greet the person at the prompt; offer the guide at a first start."""
    try:
        start_at(shell, target, ask=partial(ask_credentials, shell, shell.session.defaults))
    except KeyboardInterrupt:
        pass  # at a question: the prompt comes without an answer
    except OsshError as error:
        shell.show_failure(error)  # the prompt stays usable, for another way to connect
    shell.note(
        _("ossh {version}: 'help' lists the commands, Ctrl-D exits").format(
            version=ossh.__version__
        )
    )
    if is_first_start:
        offer_guide(shell)
