"""Errors as Python knows them."""

import copy
import errno
import pickle
import traceback

import pytest

from ossh.catalog.catalog import NothingThereError
from ossh.errors import JobLockedError, LocalError, MissingError, OsshError, StoreError, UsageError
from ossh.model import Cause
from ossh.python.errors import for_python, translated, translated_items


@pytest.mark.parametrize(
    ("error", "kind", "number"),
    [
        (StoreError("no", cause=Cause.GONE), FileNotFoundError, errno.ENOENT),
        (StoreError("no", cause=Cause.NO_BUCKET), FileNotFoundError, errno.ENOENT),
        (NothingThereError("no"), FileNotFoundError, errno.ENOENT),
        (StoreError("no", cause=Cause.DENIED), PermissionError, errno.EACCES),
        (StoreError("no", cause=Cause.BAD_CREDENTIALS), PermissionError, errno.EACCES),
        (StoreError("no", cause=Cause.EXPIRED), PermissionError, errno.EACCES),
        (StoreError("no", cause=Cause.NETWORK), OSError, errno.EIO),
        (StoreError("no", cause=Cause.DISK_FULL), OSError, errno.ENOSPC),
        (StoreError("no"), OSError, errno.EIO),
        (LocalError("no"), OSError, errno.EIO),
    ],
)
def test_an_error_is_what_the_system_has_for_it_and_what_it_was(
    error: OsshError, kind: type[OSError], number: int
) -> None:
    made = for_python(error, filename="oss://bucket/key")

    assert isinstance(made, type(error))
    assert isinstance(made, kind)
    assert kind is not OSError or not isinstance(made, FileNotFoundError | PermissionError)
    assert (made.errno, made.strerror, made.filename) == (number, "no", "oss://bucket/key")
    assert str(made) == "no"


@pytest.mark.parametrize("kind", [UsageError, MissingError, JobLockedError])
def test_what_the_system_does_not_know_stays_what_it_is(kind: type[OsshError]) -> None:
    assert type(for_python(kind("no"))) is kind


def test_within_ossh_an_error_of_the_store_is_none_of_the_disk() -> None:
    assert not issubclass(StoreError, OSError)
    assert not issubclass(LocalError, OSError)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (FileNotFoundError(errno.ENOENT, "no"), FileNotFoundError),
        (PermissionError(errno.EPERM, "no"), PermissionError),
        (NotADirectoryError(errno.ENOTDIR, "no"), OSError),
    ],
)
def test_an_error_of_the_disk_is_as_the_one_that_it_comes_from(
    cause: OSError, kind: type[OSError]
) -> None:
    @translated()
    def write() -> None:
        raise LocalError("cannot write to 'x'") from cause

    with pytest.raises(kind) as raised:
        write()

    assert isinstance(raised.value, LocalError)
    assert raised.value.errno == cause.errno
    assert raised.value.__cause__ is cause


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("cause", [Cause.GONE, Cause.SERVER])
def test_another_process_gets_the_whole_error(cause: Cause, protocol: int) -> None:
    error = StoreError("no", hint="'retry' tries", code="C", request_id="R", cause=cause)
    made = for_python(error, filename="oss://bucket/key")

    sent = pickle.loads(pickle.dumps(made, protocol))  # noqa: S301 - our own
    for other in (sent, copy.copy(made), copy.deepcopy(made)):
        assert isinstance(other, StoreError)
        assert type(other) is type(made)
        assert pickle.loads(pickle.dumps(type(made), protocol)) is type(made)  # noqa: S301 - as above
        assert vars(other) == vars(made)
        assert (other.args, str(other), other.hint) == (("no",), "no", "the same call tries")
        assert (other.code, other.request_id, other.status) == ("C", "R", 3)
        assert (other.errno, other.filename) == (made.errno, "oss://bucket/key")  # type: ignore[attr-defined]


def test_a_traceback_ends_with_the_words_and_the_hint_of_python() -> None:
    error = for_python(StoreError("no", hint="'whoami' says", cause=Cause.DENIED))

    assert "".join(traceback.format_exception(error)) == (
        "ossh.python.errors.ForbiddenError: no\nhint: 'ossh whoami' says\n"
    )


def test_options_in_a_message_are_arguments() -> None:
    made = for_python(UsageError("--cname needs a domain", hint="give --endpoint https://DOMAIN"))

    assert str(made) == "options=ossh.Options(cname=True) needs a domain"
    assert made.hint == 'give options=ossh.Options(endpoint="https://DOMAIN")'


def test_to_translate_twice_is_to_translate_once() -> None:
    made = for_python(StoreError("no", hint="'whoami' says", cause=Cause.GONE))

    assert for_python(made) is made


def test_the_error_of_a_later_item_is_translated_too() -> None:
    def items() -> "list[int]":
        raise StoreError("no", cause=Cause.GONE)

    with pytest.raises(FileNotFoundError):
        list(translated_items(item for _ in [1] for item in items()))
