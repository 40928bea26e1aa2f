"""What the Tab key offers: keys, prefixes, buckets, profiles, jobs, causes and values of filters.

Each host calls these functions with the session and what is typed. The shell does so in a thread of
its own while the user goes on typing, so nothing here prints or changes the session, not even by
connecting, and of a manifest only one short question is asked. An answer that does not come soon is
not waited for: the next Tab finds it. When the service does not answer at all, nothing is offered
and no error is raised; when it refuses, a StoreError says why.
"""

import argparse
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from ossh.catalog.catalog import Prefix, name_of
from ossh.console.views.text import count
from ossh.errors import OsshError, StoreError
from ossh.model import ObjectInfo, value
from ossh.printable import printable
from ossh.session import SCHEME, Connection, Session, resolve
from ossh.session.browsing.place import named
from ossh.session.jobs.job_choice import named_job
from ossh.session.jobs.job_facts import reader_of
from ossh.store import credentials
from ossh.store.interruptible import BackgroundCall
from ossh.units import format_size, local_time

T = TypeVar("T")

PATIENCE_SECONDS = 1.0  # a list that takes longer comes too late


@value
class Offer:
    """A text that the Tab key offers."""

    text: str  # what would stand in the line
    shown: str = ""  # how it is shown in a list; "": as it is
    about: str = ""  # what is said of it there


# What completes an argument: a question about the session, what is typed and the job that the line
# names ("" for none); or a kind of path.
Completer = Callable[[Session, str, str], Iterable[Offer]] | str
FILES, FOLDERS = "files", "folders"

_under_way: dict[Hashable, BackgroundCall[Any]] = {}  # questions whose answer nobody has taken


def _suffix(info: ObjectInfo) -> str:
    stem, dot, end = info.key.rpartition("/")[2].rpartition(".")
    return f"{dot}{end}" if stem and end else ""


def _values(
    session: Session, text: str, job: str = "", *, value: Callable[[ObjectInfo], str]
) -> Iterable[Offer]:
    """Return what some objects below here have, as `_counted` does."""
    place = session.place
    objects = _answer(
        session,
        ("sample", place),
        lambda connection: connection.catalog(place).sample(place.prefix),
    )
    return _counted(Counter(map(value, objects or ())).items(), text)


suffixes = partial(_values, value=_suffix)
storage_classes = partial(_values, value=attrgetter("storage_class"))


def causes(session: Session, text: str, job: str = "") -> Iterable[Offer]:
    """Return why objects of a job, or of the open one, are not here, as `_counted` does."""
    with suppress(OsshError):  # there is none, it has never run, or `status` tells what is wrong
        return _counted(reader_of(named_job(session, job)).failures_by_cause(), text)
    return ()


def _counted(seen: Iterable[tuple[str, int]], text: str) -> Iterable[Offer]:
    """Return values with the number of objects that have them, for the last one with commas."""
    given, comma, _ = text.rpartition(",")
    already = given.split(",")
    values = (
        Offer(f"{given}{comma}{one}", shown=one, about=count(number, "object"))
        for one, number in seen
        if one and one not in already
    )
    return _offered(text, values)


def _names(session: Session, text: str, job: str = "", *, prefixes_only: bool) -> Iterable[Offer]:
    """Return the names here, or the buckets, that begin with what is typed.

    What a name alone would not mean is offered as an address.
    """
    is_bucket = SCHEME.startswith(text) or text.startswith(SCHEME)
    if is_bucket and "/" not in text[len(SCHEME) :] and (text or not session.place.bucket):
        return _buckets(session, text)
    here, typed = session.place, text[: text.rfind("/") + 1]
    last = text.removeprefix(typed)
    place, offers = resolve(here, text), list[Offer]()
    if last in {".", ".."} and not text.startswith(SCHEME):
        offers.append(Offer(f"{text}/"))  # or it begins a name
        place = replace(place, prefix=resolve(here, typed).folder + last)
    found = _answer(
        session,
        ("level", place),
        lambda connection: connection.catalog(place).completions(place.prefix),
    )
    for item in found or ():
        if isinstance(item, Prefix) or not prefixes_only:
            name = name_of(item).removeprefix(place.folder)
            word = named(here, replace(place, prefix=name_of(item)), typed + name)
            offers.append(
                Offer(word, shown=name if word == typed + name else "", about=_facts(item))
            )
    return _showable(offers)


keys = partial(_names, prefixes_only=False)  # and prefixes
prefixes = partial(_names, prefixes_only=True)  # or buckets


def _facts(item: Prefix | ObjectInfo) -> str:
    if isinstance(item, Prefix):
        return ""
    return f"{format_size(item.size)}  {local_time(item.last_modified)}"


def _buckets(session: Session, text: str) -> Iterable[Offer]:
    buckets = (
        Offer(f"{SCHEME}{one.name}/", shown=one.name, about=printable(one.region))
        for one in _answer(session, ("buckets",), Connection.buckets) or ()
    )
    return _offered(text, buckets)


def profiles(session: Session, text: str, job: str) -> Iterable[Offer]:
    names = credentials.profiles(credentials.Environment(session.environ, session.home))
    return _offered(text, map(Offer, names))


def jobs(session: Session, text: str, job: str) -> Iterable[Offer]:
    names = dict.fromkeys(path.stem for path in session.job_files())
    return _offered(text, map(Offer, names))


def running(session: Session, text: str, job: str) -> Iterable[Offer]:
    """Return the names of the jobs that run in the background, with what each is doing."""
    states = (Offer(one.job.name, about=str(one.state)) for one in session.runs.alive)
    return _offered(text, states)


def _offered(text: str, offers: Iterable[Offer]) -> Iterable[Offer]:
    return _showable(one for one in offers if one.text.startswith(text))


def _showable(offers: Iterable[Offer]) -> list[Offer]:
    """Return what can be shown; the rest cannot be typed, and may be harmful."""
    return [one for one in offers if one.text == printable(one.text)]


def _answer(
    session: Session, what: tuple[Hashable, ...], ask: Callable[[Connection], T]
) -> T | None:
    """Return the answer to a question of the service, None when it does not come soon.

    A question that is under way already is not asked again, except after connecting again; `what`
    tells questions apart.

    Raises:
        StoreError: The service refuses to answer; one that cannot be reached says nothing.
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
    except StoreError as error:
        if not error.request_id:
            return None
        raise
    return found


# By the name of an argument, or else by what its help calls it, of which the first word counts.
_COMPLETERS: dict[str, Completer | None] = {
    "name": None,  # of a new job
    "running": running,
    "CAUSE": causes,
    "CLASS": storage_classes,
    "DIR": FOLDERS,
    "EXT": suffixes,
    "FILE": FILES,
    "JOB": jobs,
    "KEY": keys,
    "PLACE": prefixes,
    "PREFIX": prefixes,
    "PROFILE": profiles,
}


def completer_for(action: argparse.Action) -> Completer | None:
    kind = re.split(r"\W", str(action.metavar).removeprefix("."))[0]
    return _COMPLETERS.get(action.dest, _COMPLETERS.get(kind))
