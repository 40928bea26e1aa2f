"""What this machine offers: open files, space on its disks; and which start of it this is."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import ossh
from ossh.errors import LocalError
from ossh.transfer import machine
from tests.planting import where_nobody_can_look

ROOT = Path(ossh.__file__).parents[1]
unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
SCRIPT = """
import resource, sys
from ossh.transfer import machine
soft, hard, wished = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(machine.affordable(wished), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def affordable(soft: int, hard: int, wished: int) -> tuple[int, int]:
    """Ask a process with other limits; return what it affords and its soft limit then."""
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(soft), str(hard), str(wished)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    connections, limit = map(int, result.stdout.split())
    return connections, limit


@unix
@pytest.mark.fault("F34")
@pytest.mark.parametrize(
    ("soft", "hard", "connections", "raised"),
    [
        pytest.param(512, 512, 64, 512, id="enough"),
        pytest.param(100, 1000, 64, 288, id="raised as far as needed"),
        pytest.param(100, 160, 21, 160, id="capped by the hard limit"),
        pytest.param(50, 50, 1, 50, id="always one"),
    ],
)
def test_connections_are_as_many_as_the_limit_of_open_files_allows(
    soft: int, hard: int, connections: int, raised: int
) -> None:
    assert affordable(soft, hard, 64) == (connections, raised)


@pytest.mark.skipif(sys.platform != "win32", reason="other systems count sockets as files")
def test_windows_allows_as_many_connections_as_a_job_may_have() -> None:
    assert machine.affordable(1024) == 1024


def test_a_start_of_the_machine_is_told_from_others() -> None:
    assert machine.boot_id()
    assert machine.boot_id() == machine.boot_id()


def test_where_the_system_names_no_start_its_minute_serves(tmp_path: Path) -> None:
    """As on macOS and Windows, which have no /proc."""
    start = int(machine.boot_id(tmp_path / "none"))

    assert abs(start - (time.time() - time.monotonic()) / 60) < 24 * 60 * 366
    assert abs(start - int(machine.boot_id(tmp_path / "none"))) <= 1  # a minute may just end


def test_the_nearest_folder_is_the_one_that_exists(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert machine.nearest_folder(tmp_path) == tmp_path
    assert machine.nearest_folder(tmp_path / "a" / "b") == tmp_path
    assert machine.nearest_folder(tmp_path / "file" / "b") == tmp_path


def test_free_space_is_that_of_the_disk_where_a_folder_would_be(tmp_path: Path) -> None:
    assert machine.free_space(tmp_path / "not" / "yet") > 0


def test_a_start_that_cannot_be_told_just_now_is_not_another_one(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot read"):
        machine.boot_id(where_nobody_can_look(tmp_path))
