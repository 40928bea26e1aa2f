"""What a piece of code takes of memory and processor, seen from a process of its own."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak")

_ASK = """
import sys, time
print(
    next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")),
    time.process_time(),
    file=sys.stderr,
)
"""


def peak_of(code: str, arguments: Sequence[str] = ()) -> tuple[float, float, str]:
    """Run code; return its peak of memory in MiB, seconds of its processor, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code + _ASK, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    kibibytes, seconds = done.stderr.split()[-2:]
    return int(kibibytes) / 1024, float(seconds), done.stdout
