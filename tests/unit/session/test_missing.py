"""Objects that are not there: a slip, a prefix, or no fault of the person's."""

import pytest

from ossh.errors import StoreError, UsageError
from ossh.session import Place, Session, missing_is_a_slip


def refused(session: Session, key: str, code: str) -> UsageError:
    place = Place(session.place.bucket, key)
    with pytest.raises(UsageError) as caught, missing_is_a_slip(session, place):
        raise StoreError("cannot look", code=code)
    return caught.value


def test_a_key_that_is_not_there_is_a_slip(session: Session) -> None:
    error = refused(session, "nothing", "NoSuchKey")

    assert str(error) == "cannot look"
    assert "case-sensitive" in (error.hint or "")


@pytest.mark.parametrize("key", ["logs", "logs/"])
def test_a_prefix_is_said_to_be_one(session: Session, key: str) -> None:
    error = refused(session, key, "NoSuchKey")

    assert str(error) == "'logs/' is a prefix, not an object"
    assert error.hint == "'ls logs/' shows the objects below it, 'get logs/' downloads them"


def test_a_version_that_is_not_there_is_no_prefix(session: Session) -> None:
    assert "list the versions" in (refused(session, "logs", "NoSuchVersion").hint or "")


def test_other_trouble_is_nobodys_slip(session: Session) -> None:
    with pytest.raises(StoreError), missing_is_a_slip(session, session.place):
        raise StoreError("cannot look", code="AccessDenied")
