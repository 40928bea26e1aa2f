"""What the Tab key offers: keys, prefixes, buckets, profiles and job names.

Called in a thread of its own while the user goes on typing, so nothing here prints or changes
the session, and no manifest is opened.
"""

from collections.abc import Iterable

from cmd2 import CompletionError, CompletionItem, Completions

from ossh.catalog import Prefix, name_of
from ossh.errors import OsshError
from ossh.model import ObjectInfo
from ossh.paths import printable
from ossh.session import SCHEME, Session, resolve
from ossh.shell.text import local_time
from ossh.store import credentials
from ossh.units import format_size


def keys(session: Session, text: str) -> Completions:
    """Return the keys and prefixes that begin with what is typed."""
    return _names(session, text, prefixes_only=False)


def prefixes(session: Session, text: str) -> Completions:
    """Return the prefixes, or buckets, that begin with what is typed."""
    return _names(session, text, prefixes_only=True)


def _names(session: Session, text: str, *, prefixes_only: bool) -> Completions:
    if text.rpartition("/")[2] in {".", ".."}:
        return _offered([CompletionItem(f"{text}/")])
    try:
        is_bucket = SCHEME.startswith(text) or text.startswith(SCHEME)
        if is_bucket and "/" not in text[len(SCHEME) :] and (text or not session.place.bucket):
            return _buckets(session, text)
        place = resolve(session.place, text)
        found = session.catalog(place).completions(place.prefix)
    except OsshError as error:
        raise CompletionError(f"\n{error}") from error
    typed = text[: text.rfind("/") + 1]  # what stays as it is
    return _offered(
        _item(item, typed, place.folder)
        for item in found
        if isinstance(item, Prefix) or not prefixes_only
    )


def _item(item: Prefix | ObjectInfo, typed: str, level: str) -> CompletionItem:
    name = name_of(item).removeprefix(level)
    facts = ""
    if isinstance(item, ObjectInfo):
        facts = f"{format_size(item.size)}  {local_time(item.last_modified)}"
    return CompletionItem(typed + name, display=name, display_meta=facts)


def _buckets(session: Session, text: str) -> Completions:
    return _offered(
        CompletionItem(address, display=bucket.name, display_meta=printable(bucket.region))
        for bucket in session.connection.buckets()
        if (address := f"{SCHEME}{bucket.name}/").startswith(text)
    )


def profiles(session: Session, text: str) -> Completions:
    """Return the profiles of other tools' configuration files."""
    names = credentials.profiles(environ=session.environ, home=session.home)
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
