"""What errors of the disk mean."""

import errno
import os
from pathlib import Path

import pytest

from ossh.language import CHINESE, ENGLISH, said, speak
from ossh.model import Cause
from ossh.transfer.disk.disk_errors import failure_of, unusable


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (errno.ENOSPC, Cause.DISK_FULL),
        (errno.EDQUOT, Cause.DISK_FULL),
        (errno.EROFS, Cause.READ_ONLY),
        (errno.ENODEV, Cause.TARGET_GONE),
        (errno.ENXIO, Cause.TARGET_GONE),
        (errno.ESTALE, Cause.TARGET_GONE),
        (errno.ENOTCONN, Cause.TARGET_GONE),
        (errno.EHOSTDOWN, Cause.TARGET_GONE),
        (errno.ETIMEDOUT, Cause.TARGET_GONE),
        (errno.EISDIR, Cause.LOCAL_CONFLICT),
        (errno.ENOTDIR, Cause.LOCAL_CONFLICT),
        (errno.EMFILE, Cause.TOO_MANY_FILES),
        (errno.ENOENT, Cause.CORRUPT),
        (errno.EACCES, Cause.CANNOT_WRITE),
        (errno.ENAMETOOLONG, Cause.CANNOT_WRITE),
        (errno.EIO, Cause.CANNOT_WRITE),
    ],
)
def test_each_error_of_the_disk_has_a_cause(number: int, cause: Cause) -> None:
    failure = failure_of(OSError(number, os.strerror(number)))

    assert (failure.cause, failure.code) == (cause, errno.errorcode[number])
    assert failure.message


def test_what_the_system_says_is_read_in_the_language_that_is_spoken() -> None:
    failure = failure_of(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    assert failure.message == "no space left on device"
    speak(CHINESE, {})
    try:
        assert said(failure.message) == "磁盘空间不足"
    finally:
        speak(ENGLISH, {})


def test_an_error_without_a_number_is_one_file_s() -> None:
    failure = failure_of(OSError("odd"))

    assert (failure.cause, failure.code, failure.message) == (Cause.CANNOT_WRITE, "OSError", "odd")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "choose another folder"),
        (errno.ENOTDIR, "choose another folder"),
        (errno.ENOSPC, "free some space"),
        (errno.EROFS, "choose another folder"),
    ],
)
def test_where_a_run_cannot_begin_the_hint_fits_the_error(number: int, advice: str) -> None:
    error = unusable("/data", OSError(number, os.strerror(number)))

    assert str(error).startswith("cannot write to target '/data': ")
    assert error.hint is not None
    assert advice in error.hint


def test_another_user_s_folder_in_a_target_is_named_where_the_target_is_writable(
    tmp_path: Path,
) -> None:
    denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    assert str(unusable(str(tmp_path), denied)).startswith(f"cannot write to target '{tmp_path}': ")
    (tmp_path / ".ossh").mkdir()

    error = unusable(str(tmp_path), denied)
    assert str(error).startswith(f"cannot write to '{tmp_path / '.ossh'}': ")
    assert error.hint is not None
    assert "choose another folder" in error.hint
