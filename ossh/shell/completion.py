"""What the Tab key offers: keys, prefixes, buckets, profiles, jobs, causes and values of filters.

Called in a thread of its own while the user goes on typing, so nothing here prints or changes
the session, not even by connecting, and of a manifest only one short question is asked. An answer
that does not come soon is not waited for: the next Tab finds it. A service that does not answer at
all is no news here, and nothing is said.
"""

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from cmd2 import CompletionError, CompletionItem, Completions

from ossh.catalog import Prefix, name_of
from ossh.errors import OsshError, StoreError
from ossh.model import ObjectInfo
from ossh.paths import printable
from ossh.session import SCHEME, Connection, Place, Session, resolve
from ossh.session.ledger import reader_of
from ossh.shell.text import count
from ossh.store import credentials
from ossh.units import format_size, local_time

T = TypeVar("T")

PATIENCE_SECONDS = 2.0  # a list that takes longer comes too late

_under_way: dict[Hashable, Future[Any]] = {}  # questions that have no answer yet


def keys(session: Session, text: str) -> Completions:
    """Return the keys and prefixes that begin with what is typed."""
    return _names(session, text, prefixes_only=False)


def prefixes(session: Session, text: str) -> Completions:
    """Return the prefixes, or buckets, that begin with what is typed."""
    return _names(session, text, prefixes_only=True)


def suffixes(session: Session, text: str) -> Completions:
    """Return the ends of keys that are seen below here, for the last of values with commas."""

    def suffix(info: ObjectInfo) -> str:
        stem, dot, end = info.key.rpartition("/")[2].rpartition(".")
        return f"{dot}{end}" if stem and end else ""

    return _values(session, text, suffix)


def storage_classes(session: Session, text: str) -> Completions:
    """Return the storage classes that are seen below here, as `suffixes` does."""
    return _values(session, text, lambda info: info.storage_class)


def _values(session: Session, text: str, value: Callable[[ObjectInfo], str]) -> Completions:
    """Return what some objects below here have, with how many of them do."""
    place = session.place
    objects = _answer(
        session, ("sample", place), lambda held: held.catalog(place).sample(place.prefix)
    )
    return _counted(Counter(map(value, objects or ())).items(), text)


def causes(session: Session, text: str) -> Completions:
    """Return why objects of the open job are not at the target, as `suffixes` does."""
    if (job := session.job) is None:
        return Completions()
    with suppress(OsshError):  # it has never run, or `status` tells what is wrong
        return _counted(reader_of(job).failures_by_cause(), text)
    return Completions()


def _counted(seen: Iterable[tuple[str, int]], text: str) -> Completions:
    """Return values with the number of objects that have them, for the last one with commas."""
    given, comma, _ = text.rpartition(",")
    already = given.split(",")
    return _offered(
        CompletionItem(f"{given}{comma}{one}", display=one, display_meta=count(number, "object"))
        for one, number in seen
        if one and one not in already and f"{given}{comma}{one}".startswith(text)
    )


def _names(session: Session, text: str, *, prefixes_only: bool) -> Completions:
    if text.rpartition("/")[2] in {".", ".."}:
        return _offered([CompletionItem(f"{text}/")])
    is_bucket = SCHEME.startswith(text) or text.startswith(SCHEME)
    if is_bucket and "/" not in text[len(SCHEME) :] and (text or not session.place.bucket):
        return _buckets(session, text)
    place = _resolved(session, text)
    found = _answer(
        session, ("level", place), lambda held: held.catalog(place).completions(place.prefix)
    )
    typed = text[: text.rfind("/") + 1]  # what stays as it is
    return _offered(
        _item(item, typed, place.folder)
        for item in found or ()
        if isinstance(item, Prefix) or not prefixes_only
    )


def _resolved(session: Session, text: str) -> Place:
    try:
        return resolve(session.place, text)
    except OsshError as error:
        raise CompletionError(f"\n{error}") from error


def _item(item: Prefix | ObjectInfo, typed: str, level: str) -> CompletionItem:
    name = name_of(item).removeprefix(level)
    facts = ""
    if isinstance(item, ObjectInfo):
        facts = f"{format_size(item.size)}  {local_time(item.last_modified)}"
    return CompletionItem(typed + name, display=name, display_meta=facts)


def _buckets(session: Session, text: str) -> Completions:
    return _offered(
        CompletionItem(address, display=bucket.name, display_meta=printable(bucket.region))
        for bucket in _answer(session, ("buckets",), Connection.buckets) or ()
        if (address := f"{SCHEME}{bucket.name}/").startswith(text)
    )


def profiles(session: Session, text: str) -> Completions:
    """Return the profiles of other tools' configuration files."""
    names = credentials.profiles(credentials.Outside(session.environ, session.home))
    return _offered(CompletionItem(name) for name in names if name.startswith(text))


def jobs(session: Session, text: str) -> Completions:
    """Return the names of the jobs in the jobs folder."""
    names = (path.stem for path in session.job_files())
    return _offered(CompletionItem(name) for name in names if name.startswith(text))


def running(session: Session, text: str) -> Completions:
    """Return the names of the jobs that run in the background, with what each is doing."""
    return _offered(
        CompletionItem(one.job.name, display_meta=str(one.state))
        for one in session.runs.alive
        if one.job.name.startswith(text)
    )


def _offered(items: Iterable[CompletionItem]) -> Completions:
    # What cannot be shown cannot be typed, and must not reach the terminal.
    found = [item for item in items if item.text == printable(item.text)]
    # After a prefix one goes on typing, so no space follows it.
    is_open = len(found) == 1 and found[0].text.endswith("/")
    return Completions(items=found, allow_finalization=not is_open)


def _answer(
    session: Session, what: tuple[Hashable, ...], ask: Callable[[Connection], T]
) -> T | None:
    """Return the answer to a question of the service, None when it does not come soon.

    A question that is under way already is not asked again, except after connecting again.

    Args:
        session: Whose connection asks, as it is now.
        what: Tells questions apart.
        ask: Asks; the connection remembers the answer for the next time.

    Raises:
        CompletionError: The service refuses to answer; one that cannot be reached says nothing.
    """
    held = session.held
    question = (session, held, *what)
    answer = _under_way.get(question)
    if answer is None:
        answer = _under_way[question] = Future()
        asked = partial(_ask, question, lambda: ask(held or session.aside()), answer)
        threading.Thread(target=asked, daemon=True).start()
    try:
        found: T = answer.result(PATIENCE_SECONDS)
    except TimeoutError:
        return None
    except StoreError as error:
        if not error.code:
            return None
        raise CompletionError(f"\n{error}") from error
    except OsshError as error:
        raise CompletionError(f"\n{error}") from error
    return found


def _ask(question: Hashable, ask: Callable[[], T], answer: "Future[T]") -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        answer.set_exception(error)
    finally:
        _under_way.pop(question, None)
