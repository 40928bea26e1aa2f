import sys
from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.shell.local import local_error, private_file


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history"

    assert private_file(path)
    path.chmod(0o644)
    assert private_file(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_history_is_done_without_where_it_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    assert not private_file(tmp_path / "file" / "history")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(28, "No space left on device"), "the disk is full"),
        (PermissionError(13, "Permission denied", "/x"), "cannot use '/x': permission denied"),
        (OSError(5, "Input/output error"), "cannot use the output: input/output error"),
    ],
)
def test_an_error_of_this_machine_says_what_cannot_be_used(error: OSError, message: str) -> None:
    found = local_error(error)

    assert isinstance(found, LocalError)
    assert str(found) == message
