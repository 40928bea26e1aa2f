"""What this machine allows: open files, and which start of it this is."""

import subprocess
import sys
from pathlib import Path

import pytest

import ossh
from ossh.transfer import machine

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
def test_enough_files_stay_as_they_are() -> None:
    assert affordable(512, 512, 64) == (64, 512)


@pytest.mark.fault("F34")
@unix
def test_the_soft_limit_is_raised_as_far_as_needed() -> None:
    assert affordable(100, 1000, 64) == (64, 256)


@pytest.mark.fault("F34")
@unix
def test_connections_are_capped_where_the_hard_limit_is_low() -> None:
    assert affordable(100, 128, 64) == (21, 128)


@pytest.mark.fault("F34")
@unix
def test_there_is_always_one_connection() -> None:
    assert affordable(50, 50, 64) == (1, 50)


def test_a_start_of_the_machine_is_told_from_others() -> None:
    assert machine.boot_id()
    assert machine.boot_id() == machine.boot_id()
