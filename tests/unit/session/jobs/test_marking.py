"""What was marked becomes place and filters, or is refused in one line."""

from pathlib import Path

import pytest

from ossh.catalog.catalog import NameMatch
from ossh.commands.browsing.entries import Entry
from ossh.errors import UsageError
from ossh.selection import Selection
from ossh.session import Place, Session
from ossh.session.jobs.marking import select

BUCKET = Place("bucket")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    session = Session(environ={}, home=tmp_path, jobs_directory=tmp_path)
    session.go_to(BUCKET)
    return session


def key(name: str) -> NameMatch:
    return Entry(name, 1, 1.0).match


def test_ten_thousand_objects_become_a_list_of_keys(session: Session) -> None:
    names = [f"a/b/{number}" for number in range(10_000)]

    select(session, BUCKET, list(map(key, names)), Selection())

    assert session.place.prefix == "a/b/"
    assert session.selection.listed == frozenset(names)


def test_too_many_marks_with_folders_are_refused(session: Session) -> None:
    with pytest.raises(UsageError, match="more than 200 marks"):
        select(session, BUCKET, [NameMatch(f"{n}/") for n in range(201)], Selection())

    assert not session.selection


def test_members_and_what_is_outside_their_archive_are_refused(session: Session) -> None:
    with pytest.raises(UsageError, match="members of an archive"):
        select(session, BUCKET, [key("d.zip/a"), key("e")], Selection())
