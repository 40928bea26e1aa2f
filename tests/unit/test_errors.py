"""Errors: one line, perhaps a hint, and the exit status they lead to."""

import errno
import traceback

import pytest

from ossh import errors
from ossh.errors import (
    STATUSES,
    JobFileError,
    JobLockedError,
    LocalError,
    ManifestError,
    OsshError,
    Stopped,
    StoreError,
    UsageError,
    limits_explained,
    reason,
    worst,
)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [((0, 0), 0), ((0, 4), 4), ((4, 1), 1), ((1, 4, 3), 3), ((3, 130), 130), ((70, 4), 70)],
)
def test_what_is_not_done_is_worse_than_findings(statuses: tuple[int, ...], status: int) -> None:
    assert worst(*statuses) == status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (OsshError, 2),
        (UsageError, 2),
        (JobFileError, 2),
        (ManifestError, 2),
        (JobLockedError, 3),
        (StoreError, 3),
        (LocalError, 3),
        (Stopped, 130),
    ],
)
def test_each_class_leads_to_its_exit_status(kind: type[OsshError], status: int) -> None:
    error = kind("cannot list 'logs/'", hint="check the bucket's name")

    assert (str(error), error.hint, error.status) == (
        "cannot list 'logs/'",
        "check the bucket's name",
        status,
    )


def test_an_error_may_lead_to_a_status_of_its_own() -> None:
    assert UsageError("no", status=3).status == 3
    assert UsageError("no").status == 2


def test_a_traceback_ends_with_the_hint() -> None:
    error = UsageError("no bucket is chosen", hint="'buckets' lists them")

    assert "".join(traceback.format_exception(error)) == (
        "ossh.errors.UsageError: no bucket is chosen\nhint: 'buckets' lists them\n"
    )
    assert "".join(traceback.format_exception(UsageError("no"))) == "ossh.errors.UsageError: no\n"


def test_a_reason_reads_as_part_of_a_message_and_changes_no_name_in_it() -> None:
    assert reason(FileNotFoundError(2, "No such file or directory", "/x")) == (
        "no such file or directory"
    )
    assert reason(OSError("'/Data' leaves the target")) == "'/Data' leaves the target"


def test_each_status_has_a_meaning_and_each_meaning_a_status() -> None:
    told = {int(number) for numbers, _meaning in STATUSES for number in numbers.split(", ")}
    used = {one for name, one in vars(errors).items() if name.startswith("STATUS_")}
    signals = (1, 2, 15, 21)  # SIGHUP, SIGINT, SIGTERM and, on Windows, SIGBREAK

    ended = {errors.STATUS_SIGNALLED + number for number in signals}
    assert told == {0} | used - {errors.STATUS_SIGNALLED} | ended


class NamedError(LocalError, OSError):
    """One that says already what it is about, as for Python."""

    __init__ = OSError.__init__
    __str__ = OSError.__str__


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (MemoryError(), LocalError, "there is not enough memory"),
        (RuntimeError("can't start new thread"), LocalError, "the system allows no more threads"),
        (OSError(errno.EMFILE, ""), LocalError, "the system allows no more open files"),
        (RuntimeError("a fault in the code"), RuntimeError, "a fault in the code"),
        (NamedError(errno.EMFILE, "cannot lock 'a.lock'"), NamedError, "cannot lock"),
    ],
)
def test_what_the_machine_has_no_more_of_is_named(
    error: Exception, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message), limits_explained():
        raise error
