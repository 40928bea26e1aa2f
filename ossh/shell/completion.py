"""What the Tab key offers: keys, prefixes, buckets, profiles, jobs, causes and values of filters.

cmd2 calls each of these functions with the shell, what is typed, and where in the line that stands.
It does so in a thread of its own while the user goes on typing, so nothing here prints or changes
the session, not even by connecting, and of a manifest only one short question is asked. An answer
that does not come soon is not waited for: the next Tab finds it. When the service does not answer
at all, Tab offers nothing and prints no error.
"""

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from cmd2 import CompletionError, CompletionItem, Completions

from ossh.catalog import Prefix, name_of
from ossh.errors import OsshError, StoreError
from ossh.model import ObjectInfo
from ossh.printable import printable
from ossh.session import SCHEME, Connection, Session, resolve
from ossh.session.jobs.job_facts import reader_of
from ossh.shell.console import Console
from ossh.shell.views.text import count
from ossh.store import credentials
from ossh.store.interruptible import BackgroundCall
from ossh.units import format_size, local_time

T = TypeVar("T")

PATIENCE_SECONDS = 2.0  # a list that takes longer comes too late


_under_way: dict[Hashable, BackgroundCall[Any]] = {}  # questions whose answer nobody has taken


def keys(shell: Console, text: str, *_where: object) -> Completions:
    """Return the keys and prefixes that begin with what is typed."""
    return _names(shell.session, text, prefixes_only=False)


def prefixes(shell: Console, text: str, *_where: object) -> Completions:
    """Return the prefixes, or buckets, that begin with what is typed."""
    return _names(shell.session, text, prefixes_only=True)


def suffixes(shell: Console, text: str, *_where: object) -> Completions:
    """Return the ends of keys that are seen below here, for the last of values with commas."""

    def suffix(info: ObjectInfo) -> str:
        stem, dot, end = info.key.rpartition("/")[2].rpartition(".")
        return f"{dot}{end}" if stem and end else ""

    return _values(shell.session, text, suffix)


def storage_classes(shell: Console, text: str, *_where: object) -> Completions:
    """Return the storage classes that are seen below here, as `suffixes` does."""
    return _values(shell.session, text, lambda info: info.storage_class)


def _values(session: Session, text: str, value: Callable[[ObjectInfo], str]) -> Completions:
    """Return what some objects below here have, with how many of them do."""
    place = session.place
    objects = _answer(
        session,
        ("sample", place),
        lambda connection: connection.catalog(place).sample(place.prefix),
    )
    return _counted(Counter(map(value, objects or ())).items(), text)


def causes(shell: Console, text: str, *_where: object) -> Completions:
    """Return why objects of the open job are not at the target, as `suffixes` does."""
    if (job := shell.session.job) is None:
        return Completions()
    with suppress(OsshError):  # it has never run, or `status` tells what is wrong
        return _counted(reader_of(job).failures_by_cause(), text)
    return Completions()


def _counted(seen: Iterable[tuple[str, int]], text: str) -> Completions:
    """Return values with the number of objects that have them, for the last one with commas."""
    given, comma, _ = text.rpartition(",")
    already = given.split(",")
    values = (
        CompletionItem(f"{given}{comma}{one}", display=one, display_meta=count(number, "object"))
        for one, number in seen
        if one and one not in already
    )
    return _offered(text, values)


def _names(session: Session, text: str, *, prefixes_only: bool) -> Completions:
    if text.rpartition("/")[2] in {".", ".."}:
        return _offered(text, [CompletionItem(f"{text}/")])
    is_bucket = SCHEME.startswith(text) or text.startswith(SCHEME)
    if is_bucket and "/" not in text[len(SCHEME) :] and (text or not session.place.bucket):
        return _buckets(session, text)
    try:
        place = resolve(session.place, text)
    except OsshError as error:
        raise CompletionError(f"\n{error}") from error
    found = _answer(
        session,
        ("level", place),
        lambda connection: connection.catalog(place).completions(place.prefix),
    )
    typed = text[: text.rfind("/") + 1]  # what stays as it is
    items = (item for item in found or () if isinstance(item, Prefix) or not prefixes_only)
    return _offered(text, (_item(item, typed, place.folder) for item in items))


def _item(item: Prefix | ObjectInfo, typed: str, level: str) -> CompletionItem:
    name = name_of(item).removeprefix(level)
    facts = ""
    if isinstance(item, ObjectInfo):
        facts = f"{format_size(item.size)}  {local_time(item.last_modified)}"
    return CompletionItem(typed + name, display=name, display_meta=facts)


def _buckets(session: Session, text: str) -> Completions:
    buckets = (
        CompletionItem(f"{SCHEME}{one.name}/", display=one.name, display_meta=printable(one.region))
        for one in _answer(session, ("buckets",), Connection.buckets) or ()
    )
    return _offered(text, buckets)


def profiles(shell: Console, text: str, *_where: object) -> Completions:
    """Return the profiles of other tools' configuration files."""
    session = shell.session
    names = credentials.profiles(credentials.Environment(session.environ, session.home))
    return _offered(text, map(CompletionItem, names))


def jobs(shell: Console, text: str, *_where: object) -> Completions:
    """Return the names of the jobs in the jobs folder."""
    return _offered(text, (CompletionItem(path.stem) for path in shell.session.job_files()))


def folders(shell: Console, text: str, line: str, begidx: int, endidx: int) -> Completions:
    """Return folders of this machine."""
    return shell.path_complete(text, line, begidx, endidx, path_filter=os.path.isdir)


def running(shell: Console, text: str, *_where: object) -> Completions:
    """Return the names of the jobs that run in the background, with what each is doing."""
    runs = shell.session.runs.alive
    states = (CompletionItem(one.job.name, display_meta=str(one.state)) for one in runs)
    return _offered(text, states)


def _offered(text: str, items: Iterable[CompletionItem]) -> Completions:
    # What cannot be shown cannot be typed, and must not reach the terminal.
    found = [one for one in items if one.text.startswith(text) and one.text == printable(one.text)]
    # After a prefix one goes on typing, so no space follows it.
    is_open = len(found) == 1 and found[0].text.endswith("/")
    return Completions(items=found, allow_finalization=not is_open)


def _answer(
    session: Session, what: tuple[Hashable, ...], ask: Callable[[Connection], T]
) -> T | None:
    """Return the answer to a question of the service, None when it does not come soon.

    A question that is under way already is not asked again, except after connecting again; `what`
    tells questions apart.

    Raises:
        CompletionError: The service refuses to answer; one that cannot be reached says nothing.
    """
    connection = session.existing_connection
    question = (session, connection, *what)
    call = _under_way.get(question)
    if call is None or call.is_done():  # nobody took that answer: it may be old
        call = BackgroundCall(lambda: ask(connection or session.provisional_connection()))
        _under_way[question] = call
    if not call.is_done(PATIENCE_SECONDS):
        return None
    _under_way.pop(question, None)
    try:
        found: T = call.result()
    except OsshError as error:
        if isinstance(error, StoreError) and not error.code:
            return None
        raise CompletionError(f"\n{error}") from error
    return found
